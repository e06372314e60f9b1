"""Listing a series and fetching its objects, each verified; patient with what passes."""

from __future__ import annotations

import hashlib
import os
import random
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from rtstruct.errors import RtstructError
from rtstruct.fetch.series import is_uuid
from rtstruct.quoting import for_terminal

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from obstore import ObjectMeta
    from obstore.store import ObjectStore

    from rtstruct.fetch.series import Series

    Advance: TypeAlias = Callable[[int], None]

T = TypeVar("T")

_CHUNK = 8 << 20
_ATTEMPTS = {"checksum": 2, "throttled": 6, "network_error": 6}
"""How often something is tried; what is not here does not pass."""
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_MOST_FILES = 100_000
"""Of a series; the largest of IDC has some thousands."""
_THROTTLED = re.compile(r"SlowDown|TooManyRequests|Too Many Requests|\b(429|503)\b")
_MD5 = re.compile(r"[0-9a-f]{32}", re.ASCII)


class TransferError(RtstructError):
    """Why an object did not come, after so many attempts."""

    attempts = 1


class Stopped(KeyboardInterrupt):
    """The user wants to stop: what is under way is given up."""


@dataclass(frozen=True)
class RemoteFile:
    """An object as the bucket lists it."""

    key: str
    size: int
    """Bytes."""
    md5: str | None
    """None if the bucket does not say, as of objects that were put in several parts."""

    @property
    def name(self) -> str:
        """The file name in its key."""
        return self.key.rpartition("/")[2]


def list_series(store: ObjectStore, series: Series) -> list[RemoteFile]:
    """All objects of a series.

    Raises
    ------
    TransferError
        ``not_found``, ``forbidden``, ``throttled``, ``network_error``; ``incomplete_series`` if
        the bucket has fewer than the catalog; ``unexpected_object`` for a name that is no uuid.
    """
    prefix = f"{series.crdc_series_uuid}/"
    listed: list[ObjectMeta] = []
    with explained(prefix):
        for page in store.list(prefix):
            listed += page
            if len(listed) > _MOST_FILES:
                raise TransferError("unexpected_object", f"{prefix} has too many files")
    files = {}
    for each in listed:
        folder, _, name = each["path"].rpartition("/")
        instance, _, extension = name.rpartition(".")
        if name.startswith("."):
            continue  # what systems leave in folders, and we in a cache
        if folder != series.crdc_series_uuid or extension != "dcm" or not is_uuid(instance):
            raise TransferError("unexpected_object", f"{each['path']!r} is no instance of a series")
        tag = (each["e_tag"] or "").strip('"')
        files[name] = RemoteFile(each["path"], each["size"], tag if _MD5.fullmatch(tag) else None)
    if not files:
        raise TransferError("not_found", f"there is nothing in {series.bucket}/{prefix}")
    if series.files is not None and len(files) < series.files:
        raise TransferError(
            "incomplete_series",
            f"{series.bucket}/{prefix} has {len(files)} files, the catalog {series.files}",
        )
    if len(files) == 1 and series.md5 and _MD5.fullmatch(series.md5):
        return [replace(file, md5=series.md5) for file in files.values()]
    return list(files.values())


def fetch_file(store: ObjectStore, file: RemoteFile, target: Path, advance: Advance) -> None:
    """Fetch one object into ``target``, which is verified and on the disk or not there.

    Raises
    ------
    TransferError
        ``not_found``, ``forbidden``, ``throttled``, ``network_error``, ``checksum``.
    """
    draft = target.with_suffix(".tmp")
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    try:
        with draft.open("wb") as stream, explained(file.key):
            for chunk in store.get(file.key).stream(min_chunk_size=_CHUNK):
                digest.update(chunk)
                stream.write(chunk)
                size += len(chunk)
                advance(len(chunk))
                if size > file.size:
                    break  # an answer without end must not fill the disk
            stream.flush()
            os.fsync(stream.fileno())
        if size < file.size:
            raise TransferError("network_error", f"{file.key} broke off at {size} bytes")
        if size > file.size or (file.md5 is not None and digest.hexdigest() != file.md5):
            raise TransferError("checksum", f"{file.key} has other bytes than it should have")
    except TransferError:
        advance(-size)
        raise
    draft.replace(target)


def patiently(action: Callable[[], T], stopping: threading.Event) -> T:
    """Do something again, after growing pauses, while what goes wrong may pass.

    Raises
    ------
    TransferError
        What it was the last time, and after how many attempts.
    Stopped
        ``stopping`` was set.
    """
    attempt = 0
    while not stopping.is_set():
        attempt += 1
        try:
            return action()
        except TransferError as error:
            error.attempts = attempt
            if attempt >= _ATTEMPTS.get(error.code, 1):
                raise
        # Random, so that those who failed together do not come back together.
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (attempt - 1))
        stopping.wait(random.uniform(0, longest))  # noqa: S311 - no secret hangs on it
    raise Stopped


@contextmanager
def explained(key: str) -> Iterator[None]:
    """What the store says about an object, as a TransferError."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except FileNotFoundError as error:
        raise TransferError("not_found", f"{key} is not in the bucket") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise TransferError("forbidden", f"{key} is not open to everybody") from error
    except BaseError as error:
        said = " ".join(str(error).partition("Debug source")[0].split())
        if _THROTTLED.search(said):
            raise TransferError("throttled", f"{key}: the server asks to slow down") from error
        raise TransferError("network_error", f"{key}: {for_terminal(said)}") from error
