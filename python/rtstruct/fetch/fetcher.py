"""Many series at a time into the cache, in the background."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError
from rtstruct.fetch.cache import move_hint
from rtstruct.fetch.endpoint import VARIABLE
from rtstruct.fetch.transfer import (
    Stopped,
    TransferError,
    explained,
    fetch_file,
    list_series,
    patiently,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from obstore.store import ObjectStore

    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.endpoint import Endpoint
    from rtstruct.fetch.series import Series
    from rtstruct.fetch.transfer import Advance, RemoteFile

# At once. More gains nothing on a fast line; fewer leave a distant one idle.
SERIES = 8
_FILES = 32
# How soon it is noticed that the user wants to stop.
_POLL_S = 0.5


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


class Fetcher:
    """Fetches series in the background, a bounded number at once, in the order they are asked for.

    Use as a context; leaving it sets ``stopping``, which abandons what is under way, to be gone on
    with later. Which place it is, is asked when there is something to fetch.
    """

    def __init__(
        self, cache: Cache, place: Callable[[], Endpoint], stopping: threading.Event
    ) -> None:
        self._cache = cache
        self._place = place
        self._stopping = stopping
        self._series = ThreadPoolExecutor(SERIES, "series")
        self._files = ThreadPoolExecutor(_FILES, "file")
        self._counting = threading.Lock()
        self._is_answered = False
        self._unanswered = 0

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # Who waits for the network may wait for long, and is not waited for.
        self._series.shutdown(wait=False, cancel_futures=True)
        self._files.shutdown(wait=False, cancel_futures=True)

    def start(self, series: Series, advance: Advance = lambda count: None) -> Future[Fetched]:
        """Fetch a series unless it is whole.

        Its result raises ``cache_failed`` if the cache cannot be written, and ``no_network`` if
        nothing has come of the first series.
        """
        return self._series.submit(self._fetch, series, advance)

    def finished(self, futures: set[Future[Fetched]]) -> set[Future[Fetched]]:
        """Those that are over, one at least, once there is one.

        Raises
        ------
        Stopped
            ``stopping`` was set.
        """
        while True:
            done, _ = wait(futures, _POLL_S, FIRST_COMPLETED)
            if self._stopping.is_set():
                raise Stopped
            if done:
                return done

    def _fetch(self, series: Series, advance: Advance) -> Fetched:
        try:
            return self._fetch_series(series, advance)
        except OSError as error:
            raise RtstructError(
                "cache_failed",
                f"{error.strerror}: {error.filename or self._cache.root}",
                move_hint(self._cache),
            ) from error

    def _fetch_series(self, series: Series, advance: Advance) -> Fetched:
        name = series.crdc_series_uuid
        if not series.has_address:
            message = f"{series.bucket!r}, {name!r} are no bucket and uuid of a series"
            return Fetched(series, failures=(Failure(f"{name}/", "bad_address", message, 0),))
        with self._cache.working_on(name, self._stopping) as folder:
            if folder is None:
                sizes = [path.stat().st_size for path in self._cache.files(name)]
                return Fetched(series, len(sizes), sum(sizes))
            place = self._place()
            try:
                with explained(f"{name}/"):
                    store = place.store(series.bucket)
                listed = patiently(lambda: list_series(store, series), self._stopping)
            except TransferError as error:
                self._count(place, error)
                return Fetched(series, failures=(_failure(f"{name}/", error),))
            self._is_answered = True
            # Nothing but what the bucket lists: not the draft of a file that is gone from there.
            names = {file.name for file in listed}
            for path in folder.glob("[!.]*"):
                if path.name not in names:
                    path.unlink()
            missing = [file for file in listed if not _is_there(file, folder)]
            failures = self._fetch_files(store, missing, folder, advance)
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

    def _count(self, place: Endpoint, error: TransferError) -> None:
        """Give up when no series of those that were under way together had any answer."""
        with self._counting:
            self._is_answered |= error.code != "network_error"
            self._unanswered += 1
            if self._unanswered >= SERIES and not self._is_answered:
                raise RtstructError(
                    "no_network",
                    f"nothing comes from {place.address}: {self._unanswered} series were tried"
                    f" {error.attempts} times each, the last one: {error.message}",
                    "Check the network, or fetch from another place: aws, google, an address or a"
                    f" folder, by `rtstruct fetch --from` or {VARIABLE}",
                )

    def _fetch_files(
        self,
        store: ObjectStore,
        files: Sequence[RemoteFile],
        folder: Path,
        advance: Advance,
    ) -> list[Failure]:
        def advanced(count: int) -> None:
            if self._stopping.is_set():
                raise Stopped
            with self._counting:
                advance(count)

        def fetch_one(file: RemoteFile) -> None:
            patiently(
                lambda: fetch_file(store, file, folder / file.name, advanced),
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


def _failure(key: str, error: TransferError) -> Failure:
    return Failure(key, error.code, error.message, error.attempts)


def _is_there(file: RemoteFile, folder: Path) -> bool:
    """Whether an earlier run has fetched a file: it got its name after it was verified."""
    path = folder / file.name
    return path.exists() and path.stat().st_size == file.size
