"""NIfTI-1 (https://nifti.nimh.nih.gov/nifti-1), compressed, straight from runs of voxels."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.errors import RtstructError
from rtstruct.geometry.spans import Spans
from rtstruct.write.mask_gzip import gzip_mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

HEADER_SIZE = 352
LARGEST_DIMENSION = 32767
# Codes of the data types that we write.
DATA_TYPES = {"uint8": 2, "int16": 4, "int32": 8, "float32": 16, "uint16": 512}
GZIP = 31  # what zlib calls its window of 32 KiB in a gzip member
SCANNER_COORDINATES = 1
MILLIMETRES = 2


def nifti_mask(mask: Spans, grid: ImageGrid) -> bytes:
    """Return the bytes of a ``.nii.gz`` file, 1 inside the mask.

    Raises
    ------
    RtstructError
        ``format_limit`` if the image is larger than NIfTI-1 can say.
    """
    return gzip_mask(nifti_header(grid), mask)


def nifti_stack(masks: Sequence[Spans], grid: ImageGrid) -> bytes:
    """Return the bytes of a ``.nii.gz`` file of as many volumes as masks.

    Raises
    ------
    RtstructError
        ``format_limit`` if the image is larger than NIfTI-1 can say.
    """
    slices, rows, columns = grid.shape
    shifts = np.arange(len(masks)) * (slices * rows * columns)
    stack = Spans(
        np.concatenate([mask.starts + shift for mask, shift in zip(masks, shifts, strict=True)]),
        np.concatenate([mask.ends + shift for mask, shift in zip(masks, shifts, strict=True)]),
        (len(masks) * slices, rows, columns),
    )
    return gzip_mask(nifti_header(grid, volumes=len(masks)), stack)


def nifti_planes(planes: Iterable[NDArray[Any]], data_type: str, grid: ImageGrid) -> bytes:
    """Return the bytes of a ``.nii.gz`` file of any voxels, slice by slice (rows, columns).

    Raises
    ------
    RtstructError
        ``format_limit`` if the image is larger than NIfTI-1 can say.
    """
    # The image is never in memory as a whole on account of this.
    stream = zlib.compressobj(level=4, wbits=GZIP)
    stored = np.dtype(data_type).newbyteorder("<")
    parts = [stream.compress(nifti_header(grid, data_type))]
    parts += [stream.compress(plane.astype(stored, copy=False).tobytes()) for plane in planes]
    return b"".join([*parts, stream.flush()])


# All masks of a structure set have the same.
@lru_cache(maxsize=4)
def nifti_header(grid: ImageGrid, data_type: str = "uint8", volumes: int | None = None) -> bytes:
    """Return header and extension flag; both transforms say the same, in RAS as NIfTI wants it."""
    slices, rows, columns = grid.shape
    if max(*grid.shape, volumes or 1) > LARGEST_DIMENSION:
        raise RtstructError(
            "format_limit", f"NIfTI cannot hold {columns} x {rows} x {slices} voxels"
        )
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.affine
    between_slices, between_rows, between_columns = grid.spacing_mm
    b, c, d = _quaternion(affine[:3, :3] / [between_columns, between_rows, between_slices])
    header = bytearray(HEADER_SIZE)
    struct.pack_into("<i", header, 0, 348)
    dimensions = 3 if volumes is None else 4
    struct.pack_into("<8h", header, 40, dimensions, columns, rows, slices, volumes or 1, 1, 1, 1)
    bits = 8 * np.dtype(data_type).itemsize
    struct.pack_into("<2h", header, 70, DATA_TYPES[data_type], bits)
    pixdim = (1, between_columns, between_rows, between_slices, dimensions - 3, 0, 0, 0)
    struct.pack_into("<8f", header, 76, *pixdim)
    struct.pack_into("<2f", header, 108, HEADER_SIZE, 1)
    header[123] = MILLIMETRES
    struct.pack_into("<2h", header, 252, SCANNER_COORDINATES, SCANNER_COORDINATES)
    struct.pack_into("<6f", header, 256, b, c, d, *affine[:3, 3])
    struct.pack_into("<12f", header, 280, *affine[:3].ravel())
    header[344:348] = b"n+1\0"
    return bytes(header)


def _quaternion(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """b, c, d of a rotation matrix, with a >= 0."""
    # The largest of the four is found first: dividing by a small one would lose digits.
    trace = np.trace(rotation)
    squares = np.array([1 + trace, *(1 + 2 * np.diag(rotation) - trace)]) / 4
    largest = int(np.argmax(squares))
    minus = rotation - rotation.T
    plus = rotation + rotation.T
    products = np.array(
        [
            [4 * squares[0], minus[2, 1], minus[0, 2], minus[1, 0]],
            [minus[2, 1], 4 * squares[1], plus[0, 1], plus[0, 2]],
            [minus[0, 2], plus[0, 1], 4 * squares[2], plus[1, 2]],
            [minus[1, 0], plus[0, 2], plus[1, 2], 4 * squares[3]],
        ]
    )
    a, b, c, d = products[largest] / (4 * np.sqrt(squares[largest]))
    sign = -1 if a < 0 else 1
    return float(sign * b), float(sign * c), float(sign * d)
