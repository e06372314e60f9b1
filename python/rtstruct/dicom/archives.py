"""Archives of DICOM files: zip, tar, and what gzip made smaller; read in place, never unpacked.

A member is known by its name; of two of one name the last counts in a zip file (as for all who
read the table at its end), the first in a tar file (which is read from its beginning).
"""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

from rtstruct.limits import LARGEST_ARCHIVE_RATIO, LARGEST_OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIP: Final = (b"PK\3\4", b"PK\5\6")
_GZIP: Final = b"\x1f\x8b\x08"
_TAR: Final = b"ustar"
_TAR_MAGIC_AT: Final = 257
_OTHERS: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
_ENCRYPTED: Final = 0x1
# What the libraries of archives raise on damaged bytes. RuntimeError is of a member that is
# encrypted, or of a compression that Python does not have; OSError is what bz2 and gzip say of
# damage.
BAD_ARCHIVE: Final = (
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
_TOO_LARGE: Final = "more comes out of it than any real file of its size holds"


class TooLargeError(ValueError):
    """More comes out of an archive than any real one of its size holds."""


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    size: int | None
    """Of what comes out; None where only reading it tells."""
    is_encrypted: bool = False


class Archive(Protocol):
    """An open archive; a context manager."""

    def __enter__(self) -> Archive: ...
    def __exit__(self, *error: object) -> None: ...
    def members(self) -> Iterator[Member]:
        """Its files, each of which may be opened before the next is asked for."""

    def open(self, name: str) -> IO[bytes]:
        """Open a member; raises KeyError where there is none of that name."""


def is_archive(head: bytes) -> bool:
    """Whether a file that begins so is an archive that can be read here."""
    return head.startswith((*ZIP, _GZIP)) or _is_tar(head)


def other_archive(head: bytes) -> str | None:
    """The kind of archive that a file beginning so is, where it cannot be read here."""
    return next((kind for magic, kind in _OTHERS.items() if head.startswith(magic)), None)


def open_archive(path: str, stream: IO[bytes], size: int) -> Archive:
    """Open the archive at ``path`` of ``size`` bytes, of which ``stream`` is at the beginning.

    Raises what its libraries raise (:data:`BAD_ARCHIVE`).
    """
    head = stream.read(_TAR_MAGIC_AT + len(_TAR))
    stream.seek(0)
    if head.startswith(ZIP):
        return _Zip(stream)
    if not head.startswith(_GZIP):
        return _Tar(stream)
    inflated = cast("IO[bytes]", _Inflated(stream, largest_content(size)))
    is_tar = _is_tar(inflated.read(_TAR_MAGIC_AT + len(_TAR)))
    inflated.seek(0)
    return _Tar(inflated) if is_tar else Compressed(path, inflated)


def _is_tar(head: bytes) -> bool:
    return head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR)] == _TAR


class Budget:
    """How many bytes may still come out of an archive."""

    def __init__(self, size: int) -> None:
        self._left = largest_content(size)

    def spend(self, count: int) -> None:
        """Raises TooLargeError."""
        self._left -= count
        if self._left < 0:
            raise TooLargeError(_TOO_LARGE)


def largest_content(size: int) -> int:
    """Bytes that may come out of an archive of ``size`` bytes."""
    return max(LARGEST_OBJECT, LARGEST_ARCHIVE_RATIO * size)


class _Inflated(gzip.GzipFile):
    """What is inflated, up to a limit."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        super().__init__(fileobj=stream, mode="rb")
        self._limit = limit

    def read(self, size: int | None = -1) -> bytes:
        left = self._limit - self.tell()
        if size is None or size < 0 or size > left:
            data = super().read(left + 1)
            if len(data) > left:
                raise TooLargeError(_TOO_LARGE)
            return data
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # To go on is to inflate what lies between.
        if whence == io.SEEK_SET and offset > self._limit:
            raise TooLargeError(_TOO_LARGE)
        return super().seek(offset, whence)


class _Part(io.RawIOBase):
    """Some bytes of a stream."""

    def __init__(self, stream: IO[bytes], start: int, size: int) -> None:
        self._stream = stream
        self._position = start
        self._end = start + size

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._position
        self._stream.seek(self._position)
        data = self._stream.read(left if size < 0 else min(size, left))
        self._position += len(data)
        return data


class _Zip:
    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream)

    def __enter__(self) -> _Zip:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def members(self) -> Iterator[Member]:
        for member in {member.filename: member for member in self._zip.infolist()}.values():
            if not member.is_dir():
                encrypted = bool(member.flag_bits & _ENCRYPTED)
                yield Member(member.filename, member.file_size, encrypted)

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(name)


class _Tar:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tar: Any = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 - closed on exit
        self._places: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> _Tar:
        return self

    def __exit__(self, *error: object) -> None:
        self._tar.close()

    def members(self) -> Iterator[Member]:
        while (member := self._next()) is not None:
            yield member

    def open(self, name: str) -> IO[bytes]:
        while name not in self._places:
            if self._next() is None:
                raise KeyError(f"There is no item named {name!r} in the archive")
        return cast("IO[bytes]", _Part(self._stream, *self._places[name]))

    def _next(self) -> Member | None:
        """The next file whose name is new; links and devices are passed over."""
        while (member := self._tar.next()) is not None:
            # The library would remember every member: a hundred thousand take 100 MB.
            self._tar.members.clear()
            if member.isreg() and not member.issparse() and member.name not in self._places:
                self._places[member.name] = member.offset_data, member.size
                return Member(member.name, member.size)
        return None


class Compressed:
    """One file that gzip made smaller, as an archive of it alone."""

    def __init__(self, path: str, stream: IO[bytes]) -> None:
        self._stream = stream
        self._name = PurePath(path).name.removesuffix(".gz") or "data"

    def __enter__(self) -> Compressed:
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()

    def members(self) -> Iterator[Member]:
        """The one file that there is."""
        yield Member(self._name, None)

    def open(self, name: str) -> IO[bytes]:
        """The file, from its beginning."""
        if name != self._name:
            raise KeyError(f"There is no item named {name!r} in the archive")
        self._stream.seek(0)
        return self._stream
