"""A proxy that spoils a share of the answers of a server, the same ones in every run."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW_DOWN: Final = (
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message>"
    b"</Error>"
)
STATUSES: Final = {"forbidden": 403, "not found": 404, "slow down": 503, "server error": 500}
STUCK: Final = "stuck"
"""The answer begins, and never goes on."""
KINDS: Final = (*STATUSES, "slow", "cut", "truncated", "wrong bytes")


class Proxy(ThreadingHTTPServer):
    """Forwards GET to a server; ``faults`` counts what it did to the answers."""

    daemon_threads = True

    def __init__(
        self, address: str, seed: int, share: float, kinds: tuple[str, ...], only: str
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(address).netloc
        self.seed = seed
        self.share = share
        self.kinds = kinds
        self.only = only
        self.faults: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        """Requests by path and query."""
        self.closing = threading.Event()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fault(self, path: str) -> str | None:
        """What is wrong with the next answer to a path: a matter of seed, path and how often."""
        with self._lock:
            self.asked[path] += 1
            chance = random.Random(f"{self.seed} {path} {self.asked[path]}")
            if self.only not in path or chance.random() >= self.share:
                return None
            kind = chance.choice(self.kinds)
            if kind == "wrong bytes" and "list-type" in path:
                # A listing says what is right.
                return None
            self.faults[kind] += 1
            return kind


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        kind = self.server.fault(self.path)
        if kind in STATUSES:
            self.send_response(STATUSES[kind])
            self.send_header("Content-Length", str(len(SLOW_DOWN)))
            self.end_headers()
            self.wfile.write(SLOW_DOWN)
            return
        connection = http.client.HTTPConnection(self.server.upstream)
        connection.request("GET", self.path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if kind == "wrong bytes":
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "date"):
                self.send_header(name, value)
        # A body that is cut ends before its stated length; a truncated one lies about it.
        shown = body[: len(body) // 2] if kind in ("cut", "truncated") else body
        self.send_header("Content-Length", str(len(shown if kind == "truncated" else body)))
        self.end_headers()
        if kind == "slow":
            time.sleep(0.3)
        if kind == STUCK:
            self.wfile.write(body[:1])
            self.server.closing.wait()
            return
        self.wfile.write(shown)
        self.close_connection = True


@contextmanager
def proxy(
    address: str,
    *,
    seed: int = 0,
    share: float = 0.3,
    kinds: tuple[str, ...] = KINDS,
    only: str = "",
) -> Iterator[Proxy]:
    """A proxy before ``address`` while the context lasts; ``only`` paths with this in them fail."""
    with Proxy(address, seed, share, kinds, only) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield server
        server.closing.set()
        server.shutdown()
