"""The surface of a mask, as patches of known area between voxel centres.

Each cell spanned by eight neighbouring voxel centres that are not all inside and not all outside
holds a patch: of marching cubes with the surface half way between an inner and an outer centre
(Lorensen & Cline 1987; as areas of surface elements in Nikolov et al. 2018, arXiv:1809.04430, whose
reference implementation gives the same areas to rounding).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans

    Corner = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Surface:
    """Patches of a surface."""

    cells: NDArray[np.int64]
    """(patches, 3) slice, row, column of the voxel before each cell; -1 before the first one."""
    areas: NDArray[np.float64]
    """(patches,) in mm2."""


def surface_of(mask: Spans, spacing_mm: tuple[float, float, float]) -> Surface:
    """Return the surface of a mask, closed where it meets the border of the image.

    Parameters
    ----------
    spacing_mm
        Between slices, between rows, between columns.
    """
    box = mask.bounding_box()
    if box is None:
        return Surface(np.empty((0, 3), np.int64), np.empty(0))
    octets, codes, (rows, columns) = _codes(mask, box)
    # 0 and 255 are outside and inside: 1 and 0 when counted on by one.
    which, bit = np.nonzero(codes + np.uint8(1) > 1)
    octet = octets[which]
    row, column = np.divmod(octet, columns)
    plane, in_slice = np.divmod(row, rows)
    cells = np.column_stack([plane + box[2], in_slice + box[1], column * 8 + bit + box[0]]) - 1
    return Surface(cells, _areas(spacing_mm)[codes[which, bit]])


def surface_area(mask: Spans, spacing_mm: tuple[float, float, float]) -> float:
    """Return the area in mm2 of the surface of a mask."""
    box = mask.bounding_box()
    if box is None:
        return 0.0
    _, codes, _ = _codes(mask, box)
    return float(np.bincount(codes.ravel(), minlength=256) @ _areas(spacing_mm))


def _codes(
    mask: Spans, box: tuple[int, int, int, int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.uint8], tuple[int, int]]:
    """Which corners of each cell are inside, of cells in groups of eight where a surface passes.

    Voxels are looked at as bits, eight at once: most are far from any surface.

    Returns
    -------
    octets : numpy.ndarray
        (groups,) place of each group among all, by slice, row and column.
    codes : numpy.ndarray
        (groups, 8) a bit for each corner, the one of the lowest slice, row and column highest.
    shape : tuple of int
        Rows of a slice, and groups of a row.
    """
    voxels = np.pad(mask.crop(box), ((1, 1), (1, 1), (1, 8)))
    here = np.packbits(voxels, axis=2)
    # The voxel after each: a bit further, across the border of octets.
    after = here << 1
    after[:, :, :-1] |= here[:, :, 1:] >> 7
    some, every = here | after, here & after
    some, every = some[:, :-1] | some[:, 1:], every[:, :-1] & every[:, 1:]
    some, every = some[:-1] | some[1:], every[:-1] & every[1:]
    octets = np.flatnonzero(some & ~every)
    _, rows, columns = here.shape
    # A slice has a row less of cells than of voxels.
    first = octets + octets // ((rows - 1) * columns) * columns
    codes = np.zeros(len(octets) * 8, np.uint8)
    for step in (0, columns, rows * columns, (rows + 1) * columns):
        for bits in (here, after):
            np.left_shift(codes, 1, out=codes)
            codes |= np.unpackbits(bits.ravel()[first + step])
    return octets, codes.reshape(-1, 8), (rows - 1, columns)


def _areas(spacing_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    """(256,) area in mm2 of what a cell holds, by which of its corners are inside."""
    slices, rows, columns = spacing_mm
    normals, code = _normals_of_all()
    lengths = np.linalg.norm(normals * [rows * columns, slices * columns, slices * rows], axis=1)
    return np.bincount(code, lengths, 256).astype(np.float64)


@cache
def _normals_of_all() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All vectors of all codes, and the code of each."""
    found = [(normal, code) for code in range(256) for normal in _normals(code)]
    return np.array([normal for normal, _ in found]), np.array([code for _, code in found])


def _normals(code: int) -> tuple[Corner, ...]:
    """Vectors as long as the patches of a cell of side 1 are large; signs do not matter."""
    inner = [number for number in range(8) if code >> number & 1]
    fewer = inner if len(inner) <= 4 else sorted({*range(8)} - {*inner})
    corners = [(number >> 2 & 1, number >> 1 & 1, number & 1) for number in fewer]
    # Corners that share no edge are cut off one by one.
    return tuple(normal for part in _connected(corners) for normal in _patch(part))


def _patch(corners: list[Corner]) -> list[Corner]:
    """Triangles that cut 1 to 4 corners, connected by edges, off a cube; those of one plane joined.

    Where the midpoints of the cut edges lie in no plane, it takes the triangles of Nikolov et al.
    """
    steps = [
        axis for one, other in combinations(corners, 2) if (axis := _edge(one, other)) is not None
    ]
    along = np.bincount(steps, minlength=3)
    unit, ones = np.eye(3), np.ones(3)
    if len(corners) == 1:
        found = [ones / 8]
    elif len(corners) == 2:
        found = [(1 - along) / 2]
    elif len(corners) == 3:
        found = [(along == 0) / 2, ones / 4, ones / 8]
    elif len(steps) == 4:
        found = [(along == 0) * 1.0]
    elif max(_edge_counts(corners)) == 3:
        found = [ones * 3 / 4]
    else:
        middle = _middle_axis(corners)
        ends = [axis for axis in range(3) if axis != middle]
        found = [ones / 2, *((unit[middle] + unit[end]) / 4 for end in ends)]
    return [tuple(normal) for normal in found]


def _edge(one: Corner, other: Corner) -> int | None:
    """The axis of the edge between two corners; None if they share none."""
    differ = [axis for axis in range(3) if one[axis] != other[axis]]
    return differ[0] if len(differ) == 1 else None


def _edge_counts(corners: list[Corner]) -> list[int]:
    return [sum(_edge(one, other) is not None for other in corners) for one in corners]


def _middle_axis(corners: list[Corner]) -> int:
    """Of a path along three edges: the axis of the second one."""
    first, second = (c for c, n in zip(corners, _edge_counts(corners), strict=True) if n == 2)
    axis = _edge(first, second)
    assert axis is not None  # noqa: S101 - a path of four corners has two inner ones, neighbours
    return axis


def _connected(corners: list[Corner]) -> list[list[Corner]]:
    """Corners in groups that are connected by edges."""
    groups: list[list[Corner]] = []
    for corner in corners:
        near = [group for group in groups if any(_edge(corner, each) is not None for each in group)]
        groups = [group for group in groups if group not in near]
        groups.append([corner, *(each for group in near for each in group)])
    return groups
