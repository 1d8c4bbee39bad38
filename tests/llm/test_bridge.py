import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from interviewer.errors import ModelFailed
from interviewer.llm import Bridge


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "models"]


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def silent(begun: threading.Event) -> AsyncIterator[int]:
    begun.set()
    await asyncio.sleep(300)
    yield 0


def test_nothing_runs_before_the_first_call_or_after_the_last():
    before = len(threads())
    bridge = Bridge()
    assert len(threads()) == before
    assert bridge.submit(double, 3).result(30) == 6
    assert len(threads()) == before + 1
    bridge.close()
    bridge.close()
    assert len(threads()) == before


def test_a_closed_bridge_opens_again(bridge):
    assert bridge.submit(double, 1).result(30) == 2
    bridge.close()
    assert bridge.submit(double, 2).result(30) == 4


def test_many_threads_share_one_loop(bridge):
    before = len(threads())
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: bridge.submit(double, n).result(30), range(50))) == [
            2 * number for number in range(50)
        ]
    assert len(threads()) == before + 1


def test_calls_run_beside_each_other(bridge):
    barrier = asyncio.Barrier(10)

    async def meet():
        await barrier.wait()

    for future in [bridge.submit(meet) for _ in range(10)]:
        future.result(30)


def test_items_come_as_they_are_made(bridge):
    seen = [threading.Event() for _ in range(3)]

    async def made():
        for number, event in enumerate(seen):
            yield number
            assert await asyncio.to_thread(event.wait, 30), "the next was asked for before this"

    found = []
    for number in bridge.iterate(made):
        found.append(number)
        seen[number].set()
    assert found == [0, 1, 2]


def test_an_error_comes_after_the_items_before_it(bridge):
    async def breaks():
        yield 1
        raise ModelFailed("Broken.")

    items = bridge.iterate(breaks)
    assert next(items) == 1
    with pytest.raises(ModelFailed, match="Broken"):
        next(items)


def test_closing_the_generator_stops_what_feeds_it(bridge):
    stopped = threading.Event()

    async def endless():
        try:
            while True:
                yield 1
                await asyncio.sleep(0.01)
        finally:
            stopped.set()

    items = bridge.iterate(endless)
    assert next(items) == 1
    items.close()
    assert stopped.wait(30)


def test_closing_the_bridge_ends_who_is_waiting(bridge):
    begun = threading.Event()
    items = bridge.iterate(lambda: silent(begun))
    waiting = bridge.submit(asyncio.sleep, 300)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(lambda: list(items))
        assert begun.wait(30)
        bridge.close()
        with pytest.raises(ModelFailed, match="closed"):
            held.result(30)
    with pytest.raises(CancelledError):
        waiting.result(30)


def test_a_cancelled_call_is_stopped(bridge):
    begun, stopped = threading.Event(), threading.Event()

    async def long():
        begun.set()
        try:
            await asyncio.sleep(300)
        finally:
            stopped.set()

    future = bridge.submit(long)
    assert begun.wait(30)
    future.cancel()
    assert stopped.wait(30)
