"""Voxels back from files; from NIfTI-1 files slice by slice, as many masks are mostly nothing."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from zlib_ng import gzip_ng, zlib_ng

from rtstruct.write.nifti import DATA_TYPES, HEADER_SIZE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_KINDS = {code: np.dtype(name).newbyteorder("<") for name, code in DATA_TYPES.items()}
_DIMENSIONS = (3, 4)
# Of sizes that no memory holds the last two are raised.
_DAMAGE: tuple[type[Exception], ...] = (
    *(OSError, EOFError, cast("type[Exception]", zlib_ng.error)),
    *(MemoryError, ValueError),
)
_UNSCALED = ((0.0, 0.0), (1.0, 0.0))
# Of a single file, little-endian (nifti1.h).
_SIZE_AND_MAGIC = (348, b"n+1\0")


def read_voxels(path: Path) -> NDArray[Any]:
    """Read ([volumes,] slices, rows, columns), as they are stored, of a NIfTI, NRRD or MHA file.

    Raises
    ------
    RuntimeError
        SimpleITK cannot read it.
    """
    voxels = read_nifti(path)
    if voxels is None:
        import SimpleITK

        voxels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    return voxels


def read_nifti(path: Path) -> NDArray[Any] | None:
    """Read ([volumes,] slices, rows, columns), as they are stored, of a ``.nii.gz`` file.

    Slices of zeros take no memory. None if the file is not one as we write them, or is damaged:
    SimpleITK reads the other kinds, and says what is wrong.
    """
    if not path.name.endswith(".nii.gz"):
        return None
    try:
        # Four times as fast as zlib on a mask: a run of zeros is set, not copied byte by byte.
        with gzip_ng.GzipNGFile(path, "rb") as stream:
            described = _described(stream.read(HEADER_SIZE))
            if described is None:
                return None
            shape, kind = described
            # Memory that is not written to is not taken.
            voxels = np.zeros(shape, dtype=kind)
            flat = voxels.reshape(-1, *shape[-2:])
            size = flat[:1].nbytes
            nothing = bytes(size)
            for k in range(len(flat)):
                content = stream.read(size)
                if len(content) != size:
                    return None
                if content != nothing:
                    flat[k] = np.frombuffer(content, dtype=kind).reshape(shape[-2:])
            # What follows is none of ours; reading to the end checks the sum.
            return voxels if stream.read(1) == b"" else None
    except _DAMAGE:
        return None


def _described(header: bytes) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """Shape and kind of number, of headers that leave no question open."""
    if len(header) != HEADER_SIZE:
        return None
    (size,) = struct.unpack_from("<i", header)
    count, *sizes = struct.unpack_from("<8h", header, 40)
    (code,) = struct.unpack_from("<h", header, 70)
    offset, slope, intercept = struct.unpack_from("<3f", header, 108)
    if (
        (size, header[344:348]) != _SIZE_AND_MAGIC
        or any(header[348:])  # extensions lie in front of the voxels
        or offset != HEADER_SIZE
        or (slope, intercept) not in _UNSCALED
        or count not in _DIMENSIONS
        or code not in _KINDS
        or min(sizes[:count]) < 1
    ):
        return None
    return tuple(sizes[count - 1 :: -1]), _KINDS[code]
