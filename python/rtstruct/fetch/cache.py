"""The folder of fetched series: ``<crdc_series_uuid>/<crdc_instance_uuid>.dcm``.

A series is worked on in ``<crdc_series_uuid>.part`` and gets its name when it is whole: what has
a name is verified and on the disk, whatever was killed when. How many files and bytes it has then
is noted beside them, so that what somebody removes or cuts later is fetched again. A lock of the
operating system keeps two processes from fetching the same; it ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.atomic_write import sync, write_whole
from rtstruct.fetch.series import is_uuid
from rtstruct.fetch.transfer import Stopped
from rtstruct.private import make_private

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

_POLL_S = 0.1
_NOTE = ".fetched"
_LOCK = ".lock"


@dataclass(frozen=True)
class Cache:
    """The cache below a folder, which need not be there yet."""

    root: Path

    def is_whole(self, crdc_series_uuid: str) -> bool:
        """Whether all files of a series are there."""
        return bool(self.files(crdc_series_uuid))

    def files(self, crdc_series_uuid: str) -> list[Path]:
        """Files of a series that is whole; empty if it is not, or not any longer."""
        folder = self.root / crdc_series_uuid
        if not is_uuid(crdc_series_uuid):
            return []
        try:
            noted = (folder / _NOTE).read_bytes()
            sizes = _sizes(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(sizes) if noted == _note(sizes).encode() else []

    @contextmanager
    def working_on(self, crdc_series_uuid: str, stopping: threading.Event) -> Iterator[Path | None]:
        """The folder to fetch a series into, ours alone; None if the series is whole.

        Waits while another process has it. What is left of a series that was whole is in it.

        Raises
        ------
        Stopped
            ``stopping`` was set.
        """
        partial = self.root / f"{crdc_series_uuid}.part"
        while not self.is_whole(crdc_series_uuid):
            if stopping.is_set():
                raise Stopped
            make_private(partial)
            lock = _lock(partial / _LOCK)
            if lock is None:
                time.sleep(_POLL_S)
                continue
            try:
                # Another process may have finished the series just before we made the folder.
                if not self.is_whole(crdc_series_uuid):
                    self._take_apart(crdc_series_uuid, partial)
                    yield partial
                    return
                (partial / _LOCK).unlink()
                with suppress(OSError):  # a third process is about to do the same
                    partial.rmdir()
            finally:
                os.close(lock)
        yield None

    def finish(self, crdc_series_uuid: str) -> None:
        """Declare that the series which is worked on is whole."""
        partial, folder = self.root / f"{crdc_series_uuid}.part", self.root / crdc_series_uuid
        write_whole(partial / _NOTE, _note(_sizes(partial)))
        partial.rename(folder)
        sync(self.root)
        (folder / _LOCK).unlink()

    def _take_apart(self, crdc_series_uuid: str, partial: Path) -> None:
        """Move what is left of a series that was whole to where it is worked on."""
        folder = self.root / crdc_series_uuid
        if folder.is_symlink() or not folder.is_dir():
            folder.unlink(missing_ok=True)
            return
        for path in folder.glob("*.dcm"):
            path.replace(partial / path.name)
        shutil.rmtree(folder)


def move_hint(cache: Cache) -> str:
    """What to do about a disk that is too small."""
    return (
        f"Make room, or move {cache.root} to another disk and leave a symbolic link in its place;"
        " the same command goes on where it stopped"
    )


def _sizes(folder: Path) -> dict[Path, int]:
    with os.scandir(folder) as entries:
        return {Path(each): each.stat().st_size for each in entries if each.name.endswith(".dcm")}


def _note(sizes: dict[Path, int]) -> str:
    return f"{len(sizes)} files, {sum(sizes.values())} bytes\n"


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock on a file; None if another process has it."""
    try:
        # NFS locks only what is open for writing.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    except FileNotFoundError:
        return None
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    os.close(descriptor)
    return None
