"""Throughput of `rtstruct fetch` beside s5cmd, from the same server on this machine.

The server is a plain one that speaks as much S3 as both need (listings, ranges) and does no work
of its own: a real server in Python would be what is measured. Both fetch the same series as whole
commands, in turn, into an empty folder; rtstruct also verifies MD5, syncs each file to the disk
and registers each series, so that s5cmd with `md5sum` after it stands there too. First as fast as
this machine can serve itself, where an MD5 costs as much as all else; then over a good line.

    python benchmarks/fetch.py [SERIES [ROUNDS]]
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb

from support.contracts import create_table

BUCKET = "idc-open-data"
FILES = 120
FILE_SIZE = 527_000
"""Bytes of a CT slice; a series of that many is usual."""
LINE = 125e6
"""Bytes per second of 1 Gbit/s."""
PIECE = 1 << 16
CORES = os.cpu_count() or 1
MARTS = ("rtstruct_series", "rtstruct_rois", "conversion_worklist", "image_instances")


class Server(ThreadingHTTPServer):
    """Accepts as many at once as s5cmd opens: 256."""

    request_queue_size = 1024

    def handle_error(self, *_: object) -> None:
        """Who hangs up has what they wanted."""


class Line:
    """What all answers pass through, one piece after the other."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free = 0.0
        self._lock = threading.Lock()

    def wait(self, count: int) -> None:
        with self._lock:
            self._free = max(self._free, time.monotonic()) + count / self._rate
            passed = self._free
        time.sleep(max(0.0, passed - time.monotonic()))


class Handler(BaseHTTPRequestHandler):
    """Serves ``bytes`` under every name of ``listing``: series -> names of objects."""

    protocol_version = "HTTP/1.1"
    line: Line | None
    listing: dict[str, list[str]]
    content: bytes
    tag: str

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.answer(b"")

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        if "list-type" in query:
            prefix = query["prefix"][0]
            contents = "".join(
                f"<Contents><Key>{prefix}{name}</Key><Size>{FILE_SIZE}</Size>"
                f"<ETag>&quot;{self.tag}&quot;</ETag>"
                "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
                for name in self.listing[unquote(prefix).rstrip("/")]
            )
            body = (
                f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
            )
            self.answer(body.encode())
        else:
            self.answer(self.content)

    def answer(self, body: bytes) -> None:
        ranged = self.headers.get("Range")
        self.send_response(206 if ranged else 200)
        if ranged:
            self.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) or FILE_SIZE))
        self.send_header("ETag", f'"{self.tag}"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.line is None:
            self.wfile.write(body)
            return
        for start in range(0, len(body), PIECE):
            piece = body[start : start + PIECE]
            self.line.wait(len(piece))
            self.wfile.write(piece)


def serve(
    listing: dict[str, list[str]], rate: float | None, ports: multiprocessing.SimpleQueue[int]
) -> None:
    Handler.line = Line(rate) if rate else None
    Handler.listing = listing
    Handler.content = os.urandom(FILE_SIZE)
    Handler.tag = hashlib.md5(Handler.content, usedforsecurity=False).hexdigest()
    with Server(("127.0.0.1", 0), Handler) as server:
        ports.put(server.server_port)
        server.serve_forever()


def write_catalog(path: Path, listing: dict[str, list[str]]) -> None:
    """One structure set without a ROI of interest on each image series."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema rtstruct")
        for mart in MARTS:
            connection.execute(create_table(mart))
        for number, (name, files) in enumerate(listing.items()):
            row = {
                "structure_set_key": str(number),
                "SeriesInstanceUID": str(number),
                "SOPInstanceUID": str(number),
                "file_path": "/at/hand.dcm",
                "referenced_SeriesInstanceUID": f"image {number}",
                "image_instance_count": len(files),
                "image_crdc_series_uuid": name,
                "image_aws_bucket": BUCKET,
                "image_series_size_MB": len(files) * FILE_SIZE / 1e6,
                "is_convertible": True,
            }
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            connection.execute(
                f"insert into rtstruct.conversion_worklist ({names}) values ({marks})",  # noqa: S608
                list(row.values()),
            )


def measure(command: list[str], folder: Path, variables: dict[str, str]) -> float:
    started = time.monotonic()
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - started


def main(count: int = 20, rounds: int = 5) -> None:
    listing = {
        str(uuid.uuid4()): [f"{uuid.uuid4()}.dcm" for _ in range(FILES)] for _ in range(count)
    }
    megabytes = count * FILES * FILE_SIZE / 1e6
    print(f"{count} series, {count * FILES} files, {megabytes:.0f} MB; MB/s")
    for rate in (None, LINE):
        print(f"\nline of {rate / LINE:.0f} Gbit/s" if rate else "this machine's own pace")
        print("round  rtstruct  s5cmd  with MD5  ratio  with MD5")
        ports: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
        server = multiprocessing.Process(target=serve, args=(listing, rate, ports), daemon=True)
        server.start()
        address = f"http://127.0.0.1:{ports.get()}"
        ratios = []
        try:
            for number in range(rounds):
                with tempfile.TemporaryDirectory() as scratch:
                    ratios.append(compare(Path(scratch), address, listing, megabytes, number))
        finally:
            server.kill()
        plain, verified = (statistics.median(each) for each in zip(*ratios, strict=True))
        print(f"median ratio {plain:.2f}, with MD5 {verified:.2f}", flush=True)


def compare(
    scratch: Path, address: str, listing: dict[str, list[str]], megabytes: float, number: int
) -> tuple[float, float]:
    home, other = scratch / "home", scratch / "other"
    home.mkdir()
    other.mkdir()
    write_catalog(home / "catalog.duckdb", listing)
    variables = {"RTSTRUCT_HOME": str(home), "RTSTRUCT_FETCH_FROM": address}
    rtstruct = [sys.executable, "-m", "rtstruct", "fetch", "--where", "true"]
    measure([*rtstruct, "--manifest", str(other / "manifest")], scratch, variables)
    program = shutil.which("s5cmd", path=str(Path(sys.executable).parent)) or "s5cmd"
    s5cmd = [program, "--no-sign-request", "--endpoint-url", address, "run", "manifest"]

    md5sum = ["sh", "-c", f"find . -name '*.dcm' -print0 | xargs -0 -n 64 -P {CORES} md5sum"]

    def ours() -> float:
        return measure(rtstruct, scratch, variables)

    # In turn, so that neither always has the warmer machine.
    if number % 2:
        theirs, summing, own = measure(s5cmd, other, {}), measure(md5sum, other, {}), ours()
    else:
        own, theirs, summing = ours(), measure(s5cmd, other, {}), measure(md5sum, other, {})
    for folder in (home / "cache", other):
        files = sum(1 for path in folder.glob("*/*.dcm") if path.stat().st_size == FILE_SIZE)
        if files != len(listing) * FILES:
            raise SystemExit(f"{folder.name} has {files} files")
    rates = [megabytes / each for each in (own, theirs, theirs + summing)]
    ratios = rates[0] / rates[1], rates[0] / rates[2]
    print(
        f"{number + 1:5} {rates[0]:9.0f} {rates[1]:6.0f} {rates[2]:9.0f}"
        f" {ratios[0]:6.2f} {ratios[1]:9.2f}",
        flush=True,
    )
    return ratios


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
