"""Throughput of `rtstruct fetch` beside s5cmd, from the same server on this machine.

The server is a plain one that speaks as much S3 as both need (listings, ranges) and does no work
of its own: a real server in Python would be what is measured. Both fetch the same series as whole
commands, in turn, into an empty folder; rtstruct also verifies MD5, syncs each file to the disk
and registers each series. Beside their seconds stand those of rtstruct without start and planning.

    python benchmarks/fetch.py [SERIES [ROUNDS]]
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb

BUCKET = "idc-open-data"
FILES = 120
FILE_SIZE = 527_000
"""Bytes of a CT slice; a series of that many is usual."""
SCHEMA = Path(__file__).parents[1] / "tests" / "python" / "convert" / "catalog.sql"


class Server(ThreadingHTTPServer):
    """Accepts as many at once as s5cmd opens: 256."""

    request_queue_size = 1024

    def handle_error(self, *_: object) -> None:
        """Who hangs up has what they wanted."""


class Handler(BaseHTTPRequestHandler):
    """Serves ``bytes`` under every name of ``listing``: series -> names of objects."""

    protocol_version = "HTTP/1.1"
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
        self.wfile.write(body)


def serve(listing: dict[str, list[str]], ports: multiprocessing.SimpleQueue[int]) -> None:
    Handler.listing = listing
    Handler.content = os.urandom(FILE_SIZE)
    Handler.tag = hashlib.md5(Handler.content, usedforsecurity=False).hexdigest()
    with Server(("127.0.0.1", 0), Handler) as server:
        ports.put(server.server_port)
        server.serve_forever()


def write_catalog(path: Path, listing: dict[str, list[str]]) -> None:
    """One structure set without a ROI of interest on each image series."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA.read_text())
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


def measure(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[float, str]:
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return time.monotonic() - started, done.stdout


def main(count: int = 20, rounds: int = 5) -> None:
    listing = {
        str(uuid.uuid4()): [f"{uuid.uuid4()}.dcm" for _ in range(FILES)] for _ in range(count)
    }
    megabytes = count * FILES * FILE_SIZE / 1e6
    ports: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    server = multiprocessing.Process(target=serve, args=(listing, ports), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{ports.get()}"
    print(f"{count} series, {count * FILES} files, {megabytes:.0f} MB; MB/s")
    print("round  rtstruct  without start  s5cmd  ratio  without start")
    ratios = []
    try:
        for number in range(rounds):
            with tempfile.TemporaryDirectory() as scratch:
                ratios.append(compare(Path(scratch), address, listing, megabytes, number))
    finally:
        server.kill()
    whole, inner = (statistics.median(each) for each in zip(*ratios, strict=True))
    print(f"median ratio {whole:.2f}, without start {inner:.2f}")


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

    def ours() -> tuple[float, float]:
        seconds, output = measure([*rtstruct, "--json"], scratch, variables)
        return seconds, float(json.loads(output)["seconds"])

    # In turn, so that neither always has the warmer machine.
    if number % 2:
        theirs = measure(s5cmd, other, {})[0]
        seconds, inner = ours()
    else:
        seconds, inner = ours()
        theirs = measure(s5cmd, other, {})[0]
    for folder in (home / "cache", other):
        files = sum(1 for path in folder.glob("*/*.dcm") if path.stat().st_size == FILE_SIZE)
        if files != len(listing) * FILES:
            raise SystemExit(f"{folder.name} has {files} files")
    rates = [megabytes / each for each in (seconds, inner, theirs)]
    ratios = rates[0] / rates[2], rates[1] / rates[2]
    print(
        f"{number + 1:5} {rates[0]:9.0f} {rates[1]:14.0f} {rates[2]:6.0f}"
        f" {ratios[0]:6.2f} {ratios[1]:14.2f}",
        flush=True,
    )
    return ratios


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
