"""What the tests' HTTP servers share: a free port, a thread, an end."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class HttpServer:
    """A server on a free port of 127.0.0.1; a context manager.

    The handler finds it as ``self.server.owner``.
    """

    def __init__(self, handler: type[Handler]) -> None:
        """Open the port; ``start`` begins to answer."""
        self._http = _Http(("127.0.0.1", 0), handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL a client is given."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more; the port is closed."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    owner: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open and says nothing on the console."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def body_sent(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def head(self, status: int, size: int, kind: str = "application/json", **more: str) -> None:
        """Send the head of a reply with its length."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(size))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
