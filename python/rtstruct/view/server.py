"""A web server for one person on this machine.

It listens on the loopback address only, answers only who knows the random token that is part of
every path, and only under its own name (else a page elsewhere could reach it through a name that
it controls). It reads and never writes; paths that lead out of the report are refused.
"""

from __future__ import annotations

import json
import mimetypes
import secrets
import sys
from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from rtstruct.errors import RtstructError, UsageError
from rtstruct.quoting import for_spreadsheet, for_terminal
from rtstruct.report.data_files import plain
from rtstruct.report.pages import CSP
from rtstruct.view.questions import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rtstruct.home import Home
    from rtstruct.view.scenes import OpenScene, Scenes

LIVE = b"rtstruct.live = true;\n"
_PLANES = {"axial": 0, "coronal": 1, "sagittal": 2}
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Site:
    """What is served."""

    home: Home
    root: Path
    """The report's folder."""
    pages: dict[str, str]
    """Pages that are not in the folder, by name."""
    scenes: Scenes
    patient: Callable[[str | None, str | None], str | None]
    """What the pages call a patient, from collection and PatientID."""


class RefusedError(Exception):
    """A request that is not answered."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Server(ThreadingHTTPServer):
    """Serves a site on a free port of the loopback address."""

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0) -> None:
        self.site = site
        self.token = secrets.token_urlsafe(24)
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no error; anything else is told in one line."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            what = for_terminal(f"{type(error).__name__}: {error}")
            print(f"rtstruct view: a request was not answered: {what}", file=sys.stderr)

    @property
    def url(self) -> str:
        """Where the first page is."""
        return f"http://127.0.0.1:{self.server_port}/{self.token}/index.html"

    @property
    def names(self) -> tuple[str, ...]:
        """Names that a browser may know the server by."""
        return f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; everything else is refused."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "rtstruct"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer one request, or say in one line why not."""
        try:
            status, kind, body = HTTPStatus.OK, *self._answer()
        except RefusedError as refused:
            status, kind, body = refused.status, "text/plain", refused.status.phrase.encode()
        except RtstructError as error:
            status, kind = HTTPStatus.BAD_REQUEST, "application/json"
            body = json.dumps({"error": str(error)}).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", f"{CSP}; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: paths hold the token."""

    def _answer(self) -> tuple[str, bytes]:
        if self.headers.get("Host") not in self.server.names:
            raise RefusedError(HTTPStatus.FORBIDDEN)
        try:
            parts = urlsplit(self.path)
            asked = unquote(parts.path, errors="strict")
        except ValueError:
            raise RefusedError(HTTPStatus.BAD_REQUEST) from None
        _, _, rest = asked.partition("/")
        token, _, path = rest.partition("/")
        if not compare_digest(token.encode(), self.server.token.encode()):
            raise RefusedError(HTTPStatus.FORBIDDEN)
        if path.startswith("api/"):
            return self._api(path.removeprefix("api/").split("/"), parse_qs(parts.query))
        if path == "static/live.js":
            return "text/javascript", LIVE
        if path in self.server.site.pages:
            return "text/html; charset=utf-8", self.server.site.pages[path].encode(
                "utf-8", "replace"
            )
        return self._file(path or "index.html")

    def _file(self, path: str) -> tuple[str, bytes]:
        root = self.server.site.root.resolve()
        if "\0" in path or "\\" in path:
            raise RefusedError(HTTPStatus.FORBIDDEN)
        # Links are followed before the check, so that none leads out.
        try:
            file = (root / path).resolve()
            if not file.is_relative_to(root):
                raise RefusedError(HTTPStatus.FORBIDDEN)
            if not file.is_file():
                raise RefusedError(HTTPStatus.NOT_FOUND)
        except OSError:  # a name longer than any file has
            raise RefusedError(HTTPStatus.NOT_FOUND) from None
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        text = kind.startswith("text/")
        return (f"{kind}; charset=utf-8" if text else kind), file.read_bytes()

    def _api(self, words: list[str], query: dict[str, list[str]]) -> tuple[str, bytes]:
        match words:
            case ["sql" | "sql.csv" as form]:
                return self._sql(query.get("q", [""])[0], is_csv=form == "sql.csv")
            case ["scene", conversion]:
                scene = self.server.site.scenes.get(conversion)
                patient = self.server.site.patient(*scene.patient)
                return _json(scene.facts(patient))
            case ["labels", conversion, "labels.nii.gz"]:
                return "application/gzip", self.server.site.scenes.get(conversion).labels()
            case ["slice" | "contours" | "edges" as what, conversion, plane, index]:
                scene = self.server.site.scenes.get(conversion)
                return _of_slice(scene, what, plane, index, query)
        raise RefusedError(HTTPStatus.NOT_FOUND)

    def _sql(self, query: str, *, is_csv: bool) -> tuple[str, bytes]:
        try:
            found, is_cut = answer(self.server.site.home, query)
        except UsageError as error:
            if is_csv:
                raise
            # Wrong SQL is an answer, not a failed request.
            return _json({"error": str(error)})
        if is_csv:
            lines = "".join(map(for_spreadsheet, [found.columns, *found.rows]))
            return "text/csv; charset=utf-8", lines.encode("utf-8", "replace")
        rows = [[plain(value) for value in row] for row in found.rows]
        return _json({"columns": found.columns, "rows": rows, "is_cut": is_cut})


def _of_slice(
    scene: OpenScene, what: str, plane_name: str, index_text: str, query: dict[str, list[str]]
) -> tuple[str, bytes]:
    if plane_name not in _PLANES or not index_text.isdecimal() or len(index_text) > _MOST_DIGITS:
        raise RefusedError(HTTPStatus.NOT_FOUND)
    plane, index = scene.planes[_PLANES[plane_name]], int(index_text)
    if index >= scene.grid.shape[plane.normal]:
        raise RefusedError(HTTPStatus.NOT_FOUND)
    if what == "contours":
        return _json(scene.contours(plane, index))
    if what == "edges":
        return _json(scene.edges(plane, index))
    try:
        low, high = (float(query[end][0]) for end in ("low", "high"))
    except (KeyError, ValueError):
        raise RefusedError(HTTPStatus.BAD_REQUEST) from None
    if not (abs(low) < 1e9 and abs(high) < 1e9) or low == high:
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    return "image/jpeg", scene.slice(plane, index, (low, high))


def _json(value: Any) -> tuple[str, bytes]:
    return "application/json", json.dumps(value, allow_nan=False).encode("ascii")
