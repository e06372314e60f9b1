"""All series of a selection into the cache; what came and what did not is registered."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError
from rtstruct.fetch.cache import move_hint
from rtstruct.fetch.fetcher import SERIES
from rtstruct.registry import runs
from rtstruct.registry.downloads import DownloadRows, downloaded, register_downloads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rtstruct.fetch.cache import Cache
    from rtstruct.fetch.fetcher import Fetched, Fetcher
    from rtstruct.fetch.series import Series
    from rtstruct.fetch.transfer import Advance

# Asked for before others are over: some are always to be fetched while these are registered.
_AHEAD = 8 * SERIES
# What a transaction costs depends little on how much it registers: a fifth of the time is enough.
_PAUSE_PER_REGISTERING = 4
_LONGEST_PAUSE_S = 2.0


@dataclass
class FetchCounts:
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
        """Count a series that was fetched, or failed."""
        self.series += not fetched.failures
        self.failed_series += bool(fetched.failures)
        self.files += 0 if fetched.failures else fetched.files
        self.bytes += fetched.received
        self.codes.update(failure.error_code for failure in fetched.failures)


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
            f"Select less, or: {move_hint(cache)}",
        )


@contextmanager
def registered_run(
    registry: Path, command: str, parameters: str
) -> Iterator[tuple[str, FetchCounts]]:
    """A run's id and tally, with its row in the registry."""
    tally = FetchCounts()
    started = time.monotonic()

    def counts() -> dict[str, int]:
        return {"done": tally.series, "failed": tally.failed_series}

    with runs.registered_run(registry, command, parameters, counts) as run_id:
        yield run_id, tally
    tally.seconds = time.monotonic() - started


def fetch_all(
    fetcher: Fetcher,
    registry: Path,
    run_id: str,
    tally: FetchCounts,
    wanted: Sequence[Series],
    advance: Advance,
) -> None:
    """Fetch series that are not in the cache; register each as soon as it is whole or given up.

    Raises
    ------
    RtstructError
        ``cache_failed``: the disk is full, or went away. ``no_network``.
    KeyboardInterrupt
        The user wants to stop.
    """
    ahead = (fetcher.start(each, advance) for each in wanted)
    pending = set(islice(ahead, _AHEAD))
    pause_s = 0.0
    while pending:
        wait(pending, min(pause_s, _LONGEST_PAUSE_S))
        done = fetcher.finished(pending)
        pending -= done
        pending.update(islice(ahead, len(done)))
        started = time.monotonic()
        register(registry, run_id, tally, [future.result() for future in done])
        pause_s = _PAUSE_PER_REGISTERING * (time.monotonic() - started)


def register(registry: Path, run_id: str, tally: FetchCounts, fetched: Sequence[Fetched]) -> None:
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
