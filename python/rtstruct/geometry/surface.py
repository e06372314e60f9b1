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


NONE_INSIDE, ALL_INSIDE = 0, 255
# Four bits, each moved to twice its place.
_SPREAD = np.array(
    [n & 1 | (n & 2) << 1 | (n & 4) << 2 | (n & 8) << 3 for n in range(16)], np.uint8
)


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
    cells = _cells_of(mask)
    is_crossed = (cells.code != NONE_INSIDE) & (cells.code != ALL_INSIDE)
    place, count, code = (each[is_crossed] for each in (cells.place, cells.count, cells.code))
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    _, rows, columns = mask.shape
    line, column = np.divmod(np.repeat(place, count) + nth, columns + 1)
    plane, row = np.divmod(line, rows + 1)
    before = np.column_stack([plane, row, column]) - 1
    return Surface(before, _areas(spacing_mm)[np.repeat(code, count)])


def surface_area(mask: Spans, spacing_mm: tuple[float, float, float]) -> float:
    """Return the area in mm2 of the surface of a mask."""
    cells = _cells_of(mask)
    return float((np.bincount(cells.code, cells.count, 256) * _areas(spacing_mm)).sum())


@dataclass(frozen=True, eq=False)
class _Cells:
    """Sequences of cells along a row that have the same corners inside, in ascending order."""

    place: NDArray[np.int64]
    """(sequences,) place of the first cell, by slice, row and column; the one before the first
    voxel of the image has place 0."""
    count: NDArray[np.int64]
    """(sequences,) cells."""
    code: NDArray[np.uint8]
    """(sequences,) a bit for each corner, the one of the lowest slice, row and column highest."""


def _cells_of(mask: Spans) -> _Cells:
    """All cells that have a corner inside, and some that have none.

    Four rows of voxels bound a row of cells. Along it corners change where a run of one of the four
    begins or ends; between two such places all cells are alike.
    """
    _, rows, columns = mask.shape
    pitch = columns + 1
    row = mask.starts // columns
    shift = (row + row // rows) * pitch - row * columns
    changes = np.column_stack([mask.starts + shift, mask.ends + shift]).ravel()
    # A row of voxels bounds two rows of cells in its own slice of cells, and two in the next one.
    steps = [slice_ + line for slice_ in (0, (rows + 1) * pitch) for line in (0, pitch)]
    events = np.concatenate([(changes + step) * 4 + bit for bit, step in enumerate(steps)])
    events.sort(kind="stable")  # by which sorted parts are merged
    inside = np.bitwise_xor.accumulate(np.uint8(1) << (events & 3).astype(np.uint8))
    place = events >> 2
    last = np.flatnonzero(np.append(place[1:] != place[:-1], True)[: len(place)])
    place, after = place[last], _SPREAD[inside[last]]
    before = np.concatenate([np.zeros(1, np.uint8), after])[:-1]
    # The cell where corners change, then those up to the next change.
    return _Cells(
        place=np.column_stack([place, place + 1]).ravel(),
        count=np.column_stack(
            [np.ones_like(place), np.diff(place, append=place[-1:] + 1) - 1]
        ).ravel(),
        code=np.column_stack([before * 2 + after, after * 3]).ravel(),
    )


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
