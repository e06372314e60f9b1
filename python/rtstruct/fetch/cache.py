"""The folder of fetched series: ``<crdc_series_uuid>/<crdc_instance_uuid>.dcm``.

A series is worked on in ``<crdc_series_uuid>.part`` and gets its name when it is whole: what has
a name is verified and on the disk, whatever was killed when. A lock of the operating system on
the folder keeps two processes from fetching the same; it ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.disk import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_POLL_S = 0.1


@dataclass(frozen=True)
class Cache:
    """The cache below a folder, which need not be there yet."""

    root: Path

    def folder(self, crdc_series_uuid: str) -> Path:
        """Where a series is once it is whole."""
        return self.root / crdc_series_uuid

    def is_whole(self, crdc_series_uuid: str) -> bool:
        return self.folder(crdc_series_uuid).is_dir()

    def files(self, crdc_series_uuid: str) -> list[Path]:
        """Files of a series that is whole; empty if it is not."""
        return sorted(self.folder(crdc_series_uuid).glob("*.dcm"))

    @contextmanager
    def working_on(
        self, crdc_series_uuid: str, is_stopping: Callable[[], bool]
    ) -> Iterator[Path | None]:
        """The folder to fetch a series into, ours alone.

        Waits while another process has it; None if the series is whole, or there is no more time.
        """
        partial = self.root / f"{crdc_series_uuid}.part"
        while not self.is_whole(crdc_series_uuid) and not is_stopping():
            partial.mkdir(parents=True, exist_ok=True)
            lock = _lock(partial)
            if lock is None:
                time.sleep(_POLL_S)
                continue
            try:
                # Another process may have finished the series just before we made the folder.
                if not self.is_whole(crdc_series_uuid):
                    yield partial
                    return
                partial.rmdir()
            finally:
                os.close(lock)
        yield None

    def finish(self, crdc_series_uuid: str) -> None:
        """Declare that the series which is worked on is whole."""
        partial = self.root / f"{crdc_series_uuid}.part"
        sync(partial)
        partial.rename(self.folder(crdc_series_uuid))
        sync(self.root)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the lock on a folder; None if another process has it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            return descriptor
    os.close(descriptor)
    return None
