"""From threads into one event loop that runs beside them, where every model call lives."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from interviewer.errors import ModelFailed
from interviewer.llm.library import close_clients

_P = ParamSpec("_P")
_T = TypeVar("_T")

_CLOSING_SECONDS = 5.0


class Bridge:
    """An event loop in a thread of its own; begins with the first call.

    Every method may be called from any thread but the loop's own.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def submit(
        self, function: Callable[_P, Coroutine[Any, Any, _T]], *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_T]:
        """Run a coroutine function in the loop; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(function(*args, **kwargs), self._running())

    def iterate(self, start: Callable[[], AsyncIterator[_T]]) -> Iterator[_T]:
        """The items of an async iterator as they come.

        The iterator is made and run in the loop, and cancelled when the
        consumer closes this generator.

        Args:
            start: Makes the async iterator.

        Raises:
            ModelFailed: The bridge was closed meanwhile.
        """
        items: SimpleQueue[tuple[_T] | None] = SimpleQueue()

        async def pump() -> None:
            stream = start()
            try:
                async for item in stream:
                    items.put((item,))
            finally:
                if isinstance(stream, AsyncGenerator):
                    await stream.aclose()

        pumping = self.submit(pump)
        pumping.add_done_callback(lambda _: items.put(None))
        try:
            while (item := items.get()) is not None:
                yield item[0]
            pumping.result()
        except CancelledError:
            raise ModelFailed("The connection to the model was closed. Try again.") from None
        finally:
            pumping.cancel()

    def close(self) -> None:
        """Cancel what is running, close the connections and end the thread; may be repeated."""
        with self._lock:
            loop, stop, thread = self._loop, self._stop, self._thread
            self._loop = self._stop = self._thread = None
        if loop is None or stop is None or thread is None:
            return
        atexit.unregister(self.close)
        loop.call_soon_threadsafe(stop.set)
        thread.join(_CLOSING_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
                self._thread = threading.Thread(
                    target=lambda: asyncio.run(_live(ready)), name="models", daemon=True
                )
                self._thread.start()
                self._loop, self._stop = ready.result()
                atexit.register(self.close)
            return self._loop


async def _live(ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    """Keep the loop running until it is told to stop."""
    stop = asyncio.Event()
    ready.set_result((asyncio.get_running_loop(), stop))
    await stop.wait()
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await close_clients()
