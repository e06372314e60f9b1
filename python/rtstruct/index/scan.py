"""Walk folders: every regular file once, whatever the layout; nothing is opened."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from rtstruct.index.file_outcomes import FoundFile, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.index.file_outcomes import Row


def walk(root: str, skip: str) -> Iterator[FoundFile | Row]:
    """Every regular file under ``root`` (itself, if it is a file), in the order of names.

    Symbolic links are followed, each folder is entered once, so loops end. What cannot be looked
    at is yielded as a verdict. Sockets, pipes, devices and the folder ``skip`` are passed over.
    """
    entered: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        if path == skip:
            continue
        if not _is_text(path):
            named = FoundFile(os.fsencode(path).decode("utf-8", "replace"), 0, 0)
            yield unreadable(named, "bad_name", "Its name is not valid UTF-8")
            continue
        try:
            state = os.stat(path)  # noqa: PTH116 - as fast as it can be: of every file, each time
            if stat.S_ISREG(state.st_mode):
                yield FoundFile(path, state.st_size, state.st_mtime_ns)
            elif stat.S_ISDIR(state.st_mode) and (state.st_dev, state.st_ino) not in entered:
                entered.add((state.st_dev, state.st_ino))
                with os.scandir(path) as entries:
                    pending += sorted((entry.path for entry in entries), reverse=True)
        except OSError as error:
            yield unreadable(FoundFile(path, 0, 0), "unreadable_file", error.strerror or str(error))


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
