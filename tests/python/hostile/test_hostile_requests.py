"""Requests, label tables, leftovers and answers that nobody in good faith would write."""

from __future__ import annotations

import io
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from rtstruct.cli import review
from rtstruct.errors import UsageError
from rtstruct.export.labels import LARGEST_LABEL, read_labels
from rtstruct.home import Home
from rtstruct.view.server import Server, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "index.html").write_text("a page")
    nothing: Any = None
    site = Site(Home(tmp_path / "home"), tmp_path, {}, nothing, lambda *_: None)
    with Server(site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def status(server: Server, target: bytes) -> int:
    """The status of an answer to a request of any bytes; 0 if the connection is closed."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as connection:
        host = f"127.0.0.1:{server.server_port}".encode()
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        answer = connection.recv(4096)
    return int(answer.split()[1]) if answer else 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"index.html", 200),
        (b"%ff", 400),
        (b"%C3%28.html", 400),
        (b"a" * 5000, 404),
        (b"a/" * 3000, 404),
        (b"\xff\xfe", 404),
        (b"api/slice/x/axial/0", 500),
        (b"%00", 403),
        (b"api/" + b"/" * 3000, 404),
    ],
)
def test_odd_paths_are_answered_and_never_a_traceback(
    server: Server, capfd: pytest.CaptureFixture[str], path: bytes, expected: int
) -> None:
    found = status(server, f"/{server.token}/".encode() + path)
    # 500: a scene that fails closes the connection, in one line.
    assert found == (0 if expected == 500 else expected)
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert said.count("\n") == (expected == 500)


def test_odd_targets_without_the_token(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    for target in (b"//[", b"http://[::1", b"*", b"/%ff%fe", b"\x00"):
        assert status(server, target) in (400, 403), target
    assert "Traceback" not in capfd.readouterr().err


def test_a_browser_that_goes_away_is_no_error(
    server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=30)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(b"GET /")
        connection.close()
    assert status(server, f"/{server.token}/index.html".encode()) == 200
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "table",
    [
        "label,name\n0,a\n",
        f"label,name\n{LARGEST_LABEL + 1},a\n",
        f"label,name\n{10**30},a\n",
        "label,name\n" + "9" * 5000 + ",a\n",
        "label,name\nnan,a\n",
        "label\n1\n",
        "label,name\n1\n",
        "label,name\n1,a\n1,b\n",
        "\0",
        "",
        "label,name\n1,\ud800",
    ],
)
def test_odd_tables_of_labels_are_refused_in_one_line(tmp_path: Path, table: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(table.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError) as raised:
        read_labels(path)
    assert "\n" not in str(raised.value)


def test_an_answer_that_is_no_text_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8"))
    assert review._answer() == "\ufffd"
