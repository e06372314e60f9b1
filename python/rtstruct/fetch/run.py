"""Many series at a time into the cache; what came and what did not is registered."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError
from rtstruct.fetch.transfer import (
    Stopped,
    TransferError,
    fetch_file,
    list_series,
    patiently,
)
from rtstruct.registry import runs
from rtstruct.registry.downloads import DownloadRows, downloaded, register_downloads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from obstore.store import ObjectStore

    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.place import Place
    from rtstruct.fetch.transfer import Advance, RemoteFile
    from rtstruct.fetch.wanted import Series

# At once. More gains nothing on a fast line; fewer leave a distant one idle.
_SERIES = 8
_FILES = 32
# Asked for before others are over: some are always to be fetched while these are registered.
_AHEAD = 8 * _SERIES
# What a transaction costs depends little on how much it registers: a fifth of the time is enough.
_PAUSE_PER_REGISTERING = 4


@dataclass(frozen=True)
class Failure:
    """What could not be fetched, and why."""

    object_key: str
    """Of the series, with a slash at its end, if it could not be listed."""
    error_code: str
    message: str
    attempts: int


@dataclass(frozen=True)
class Fetched:
    """What came of a series: whole where there are no failures."""

    series: Series
    files: int = 0
    """Of the whole series, as are the next two."""
    bytes: int = 0
    verified_by_md5: int | None = None
    """How many of the files, the others by their size; None if it was in the cache already."""
    received: int = 0
    """Bytes that came now."""
    failures: tuple[Failure, ...] = ()


@dataclass
class Tally:
    """What has come of a run so far."""

    series: int = 0
    """Whole by now."""
    failed_series: int = 0
    files: int = 0
    """Of the series that are whole."""
    bytes: int = 0
    """That came, of all series."""
    codes: Counter[str] = field(default_factory=Counter)
    """Failures by error code."""
    seconds: float = 0.0

    def add(self, fetched: Fetched) -> None:
        self.series += not fetched.failures
        self.failed_series += bool(fetched.failures)
        self.files += 0 if fetched.failures else fetched.files
        self.bytes += fetched.received
        self.codes.update(failure.error_code for failure in fetched.failures)


class Fetcher:
    """Fetches series in the background, a bounded number at once, in the order they are asked for.

    Use as a context; leaving it abandons what is under way, to be gone on with later.
    """

    def __init__(
        self,
        cache: Cache,
        place: Place,
        advance: Advance = lambda count: None,
    ) -> None:
        self._cache = cache
        self._place = place
        self._stopping = threading.Event()
        self._series = ThreadPoolExecutor(_SERIES, "series")
        self._files = ThreadPoolExecutor(_FILES, "file")
        self._advance = advance
        self._advancing = threading.Lock()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._series.shutdown(cancel_futures=True)
        self._files.shutdown(cancel_futures=True)

    def start(self, series: Series) -> Future[Fetched]:
        """Fetch a series unless it is whole. Raises OSError if the cache cannot be written."""
        return self._series.submit(self._fetch, series)

    def _fetch(self, series: Series) -> Fetched:
        name = series.crdc_series_uuid
        with self._cache.working_on(name, self._stopping.is_set) as folder:
            if folder is None:
                sizes = [path.stat().st_size for path in self._cache.files(name)]
                return Fetched(series, len(sizes), sum(sizes))
            store = self._place.store(series.bucket)
            try:
                listed = patiently(lambda: list_series(store, series), self._stopping)
            except TransferError as error:
                return Fetched(series, failures=(_failure(f"{name}/", error),))
            # Nothing but what the bucket lists: not the draft of a file that is gone from there.
            names = {file.name for file in listed}
            for path in folder.iterdir():
                if path.name not in names:
                    path.unlink()
            missing = [file for file in listed if not _is_there(file, folder)]
            failures = self._fetch_files(store, missing, folder)
            if not failures:
                self._cache.finish(name)
        failed = {failure.object_key for failure in failures}
        return Fetched(
            series,
            len(listed),
            sum(file.size for file in listed),
            sum(file.md5 is not None for file in listed),
            sum(file.size for file in missing if file.key not in failed),
            tuple(failures),
        )

    def _fetch_files(
        self, store: ObjectStore, files: Sequence[RemoteFile], folder: Path
    ) -> list[Failure]:
        def fetch_one(file: RemoteFile) -> None:
            patiently(
                lambda: fetch_file(store, file, folder / file.name, self._advanced),
                self._stopping,
            )

        futures = [self._files.submit(fetch_one, file) for file in files]
        # All are over before the lock on the folder ends.
        errors = [future.exception() for future in futures]
        failures = []
        for file, error in zip(files, errors, strict=True):
            if isinstance(error, TransferError):
                failures.append(_failure(file.key, error))
            elif error is not None:
                raise error
        return failures

    def _advanced(self, count: int) -> None:
        if self._stopping.is_set():
            raise Stopped
        with self._advancing:
            self._advance(count)


def _failure(key: str, error: TransferError) -> Failure:
    return Failure(key, error.code, error.message, error.attempts)


def _is_there(file: RemoteFile, folder: Path) -> bool:
    """Whether an earlier run has fetched a file: it got its name after it was verified."""
    path = folder / file.name
    return path.exists() and path.stat().st_size == file.size


def not_registered(cache: Cache, registry: Path, wanted: Sequence[Series]) -> list[Series]:
    """Series to fetch, and those that are whole but were not registered before a kill."""
    known = downloaded(registry)
    return [
        each
        for each in wanted
        if each.crdc_series_uuid not in known or not cache.is_whole(each.crdc_series_uuid)
    ]


def check_space(cache: Cache, wanted: Sequence[Series]) -> None:
    """Say it before the first byte if the disk is too small.

    Raises
    ------
    RtstructError
        ``disk_full``.
    """
    needed = sum(series.bytes for series in wanted if not cache.is_whole(series.crdc_series_uuid))
    existing = next(path for path in (cache.root, *cache.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise RtstructError(
            "disk_full",
            f"{needed / 1e9:.1f} GB are to be fetched and {free / 1e9:.1f} GB are free in"
            f" {cache.root}",
            "Make room, set RTSTRUCT_HOME to another disk, or select less",
        )


@contextmanager
def registered_run(registry: Path, command: str, parameters: str) -> Iterator[tuple[str, Tally]]:
    """A run's id and tally, with its row in the registry."""
    tally = Tally()
    started = time.monotonic()

    def counts() -> dict[str, int]:
        return {"done": tally.series, "failed": tally.failed_series}

    with runs.registered_run(registry, command, parameters, counts) as run_id:
        yield run_id, tally
    tally.seconds = time.monotonic() - started


def fetch_all(
    fetcher: Fetcher, registry: Path, run_id: str, tally: Tally, wanted: Sequence[Series]
) -> None:
    """Fetch series that are not in the cache; register each as soon as it is whole or given up.

    Raises
    ------
    OSError
        The cache cannot be written: the disk is full, or went away.
    """
    ahead = map(fetcher.start, wanted)
    pending = set(islice(ahead, _AHEAD))
    pause_s = 0.0
    while pending:
        wait(pending, pause_s)
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        pending.update(islice(ahead, len(done)))
        started = time.monotonic()
        register(registry, run_id, tally, [future.result() for future in done])
        pause_s = _PAUSE_PER_REGISTERING * (time.monotonic() - started)


def register(registry: Path, run_id: str, tally: Tally, fetched: Sequence[Fetched]) -> None:
    """Count series and write their rows, in one transaction."""
    downloads = []
    for each in fetched:
        tally.add(each)
        shared = {
            "crdc_series_uuid": each.series.crdc_series_uuid,
            "run_id": run_id,
            "collection_id": each.series.collection_id,
            "bucket": each.series.bucket,
        }
        facts = {
            "kind": each.series.kind,
            "files": each.files,
            "bytes": each.bytes,
            "verified_by_md5": each.verified_by_md5,
        }
        failures = tuple({**shared, **asdict(failure)} for failure in each.failures)
        downloads.append(DownloadRows({**shared, **facts}, failures))
    register_downloads(registry, downloads)
