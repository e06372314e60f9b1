"""``rtstruct index``: from folders to the index, reading only what changed."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from rtstruct.errors import RtstructError, UsageError
from rtstruct.index.file_outcomes import FoundFile, line
from rtstruct.index.pool import read_all
from rtstruct.index.scan import walk
from rtstruct.index.store import Root, Spool, Store
from rtstruct.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rtstruct.progress import Progress


@dataclass(frozen=True)
class IndexResult:
    """Counts of a run, and what is not as it should be (see :meth:`Store.problems`)."""

    counts: dict[str, int]
    problems: list[dict[str, Any]]

    @property
    def is_clean(self) -> bool:
        """Whether every DICOM file is in the index, whole; of two in conflict one is."""
        return self.counts["problems"] == 0

    @property
    def holds_nothing(self) -> bool:
        """Whether there is no instance in the index at all."""
        return self.counts["instances"] == 0


def index_paths(
    paths: Sequence[Path], index: Path, progress: Progress, forget: Sequence[Path] = ()
) -> IndexResult:
    """Bring ``index`` up to date with what lies under ``paths``; other rows of it stay.

    What lies, or lay, under ``forget`` leaves the index; no file is touched.

    Raises UsageError where a path does not exist, RtstructError (``not_an_index``,
    ``index_in_use``, ``index_not_written``) where the index cannot be written. Whatever happens,
    and whenever the process is killed, ``index`` is either the old one or the new one, whole.
    """
    index = index.absolute()
    with _workspace(index) as work, closing(Store(index, work)) as store:
        roots = [_root(path, store) for path in paths]
        forgotten = [_forgotten(path, store) for path in forget]
        found = _SpoolWriter(work / "found.ndjson")
        rows = _SpoolWriter(work / "rows.ndjson")
        verdicts = _SpoolWriter(work / "verdicts.ndjson")
        with progress("Looking for files", None) as advance:
            for number, root in enumerate(roots):
                for met in walk(root.path, skip=str(work)):
                    if isinstance(met, FoundFile):
                        found.write(line(met._asdict() | {"root": number}))
                    else:
                        verdicts.write(line(met))
                    advance(1)
        count = store.plan([*roots, *forgotten], found.close())
        with progress("Reading DICOM", count) as advance:
            done, started = 0, time.monotonic()
            for files_read, batch in read_all(store.to_read(), count):
                rows.write(batch.rows)
                verdicts.write(batch.verdicts)
                done += files_read
                rate = done / max(time.monotonic() - started, 1e-3)
                advance(files_read, f"{rate:.0f} files/s")
        store.merge(rows.close(), verdicts.close())
        result = IndexResult(store.counts(), list(store.problems()))
        store.publish()
    return result


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay as the user named them


def _forgotten(path: Path, store: Store) -> Root:
    absolute = _absolute(path)
    if not store.knows(str(absolute)):
        raise UsageError(f"The index holds nothing of {path}", "Name a path as it was indexed")
    return Root(str(absolute), absolute.name)


def _root(path: Path, store: Store) -> Root:
    absolute = _absolute(path)
    if not absolute.exists():
        known = store.knows(str(absolute))
        raise UsageError(
            f"{path} does not exist",
            f"It was indexed earlier: `rtstruct index --forget {shlex.quote(str(path))}` drops what"
            " the index holds of it"
            if known
            else "Name a folder, a DICOM file or an archive (zip, tar, gz)",
        )
    folder = absolute if absolute.is_dir() else absolute.parent
    return Root(str(absolute), folder.name)


class _SpoolWriter:
    """Lines of JSON onto disk as they come, so that memory stays flat."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = path.open("wb")
        self._longest_line = 0

    def write(self, lines: bytes) -> None:
        self._stream.write(lines)
        self._longest_line = max(self._longest_line, *map(len, lines.split(b"\n")))

    def close(self) -> Spool:
        self._stream.close()
        return Spool(self._path, self._longest_line)


@contextmanager
def _workspace(index: Path) -> Iterator[Path]:
    """A scratch folder beside the index, held by one process at a time and empty at first."""
    work = index.with_name(f".{index.name}.partial")
    try:
        make_private(work)
        holder = os.open(work, os.O_RDONLY)
        try:
            _hold(holder, index)
            _empty(work)
            yield work
            shutil.rmtree(work)
        finally:
            os.close(holder)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise RtstructError(
            "index_not_written",
            f"{index} cannot be written: {error}",
        ) from error


def _hold(folder: int, index: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RtstructError(
            "index_in_use",
            f"Another rtstruct index is writing {index}",
        ) from None


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
