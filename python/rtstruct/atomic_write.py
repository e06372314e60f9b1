"""Files that are whole or not there, even if power fails."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from contextlib import contextmanager
from functools import cache
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import ThreadPoolExecutor

_MACHINE = f"{uuid.getnode():x}"
_AT_ONCE = 16


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is either whole or not there."""
    write_each_whole({path: text})


def write_each_whole(texts: Mapping[Path, str]) -> None:
    """Write text files that are each either whole or not there, many at once."""
    drafts = {path: draft_of(path) for path in texts}
    try:
        for path, text in texts.items():
            drafts[path].write_bytes(text.encode())
        sync_all(drafts.values())
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    for path in texts:
        _remove_drafts_of_the_dead(path)
    sync_all({path.parent for path in texts})


def replace_by(path: Path, text: str) -> None:
    """Write a text file that is whole or not there, unless power fails before it is synced."""
    draft = draft_of(path)
    draft.write_bytes(text.encode())
    draft.replace(path)


@contextmanager
def draft_file(path: Path) -> Iterator[Path]:
    """Where to write what becomes ``path`` when this ends well, and is gone when it does not.

    What a link leads to is replaced, not the link; a pipe or a device is written to as it is.

    Raises
    ------
    UsageError
        There is no such folder, or there is one of the file's name.
    """
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "Make it first")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "Name a file")
    if path.exists() and not path.is_file():
        yield path
        return
    path = Path(os.path.realpath(path))
    _remove_drafts_of_the_dead(path)
    draft = draft_of(path)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def draft_of(path: Path) -> Path:
    """Return where to write what becomes ``path`` when it is whole: a name of this thread alone.

    Several machines may share a folder, and number their processes alike.
    """
    return path.with_name(f"{path.name}.{_MACHINE}-{os.getpid()}-{threading.get_native_id()}.new")


def _remove_drafts_of_the_dead(path: Path) -> None:
    """Remove what processes of this machine left that were killed while they wrote the file."""
    for draft in path.parent.glob(f"{escape(path.name)}.{_MACHINE}-*.new"):
        process = draft.name.split("-")[-2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            if draft.is_dir() and not draft.is_symlink():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink(missing_ok=True)
        except (PermissionError, ValueError):
            continue


@contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """A folder for files that are not yet what they are to be; gone when this ends."""
    _remove_drafts_of_the_dead(path)
    folder = draft_of(path)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def sync(path: Path) -> None:
    """Bring what was written to a file, or renamed into a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """``sync`` many: a disk that is asked for all at once takes little longer than for one."""
    for_each(sync, paths)


def sync_below(folder: Path) -> None:
    """``sync`` all files below a folder."""
    sync_all([path for path in folder.rglob("*") if path.is_file()])


def for_each(function: Callable[[Path], object], paths: Iterable[Path]) -> None:
    """Call a function that waits for the disk with each path, several at once.

    What it raises is raised when all have ended.
    """
    places = list(paths)
    if len(places) < 2:
        for path in places:
            function(path)
        return
    from concurrent.futures import wait

    calls = [_threads().submit(function, path) for path in places]
    wait(calls)
    for call in calls:
        call.result()


# Kept: to start threads takes as long as what they are for.
@cache
def _threads() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(_AT_ONCE, "disk")


# A process that is forked has none of them.
os.register_at_fork(after_in_child=_threads.cache_clear)
