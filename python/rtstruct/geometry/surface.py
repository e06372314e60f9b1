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


_CELLS_AT_ONCE = 65536


@dataclass(frozen=True, eq=False)
class Surface:
    """Patches of a surface."""

    cells: NDArray[np.int64]
    """(patches, 3) slice, row, column of the voxel before each cell; -1 before the first one."""
    areas: NDArray[np.float64]
    """(patches,) in mm2."""

    @property
    def area_mm2(self) -> float:
        return float(self.areas.sum())


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
    voxels = np.pad(mask.crop(box), 1)
    first_column, first_row, first_slice = box[:3]
    cells, areas, table = [], [], _areas(spacing_mm)
    # A few slices at a time: what is worked on stays in the processor's cache.
    step = max(1, _CELLS_AT_ONCE // voxels[0].size)
    for k in range(0, len(voxels) - 1, step):
        code = voxels[k : k + step + 1]
        for axis, bits in ((2, 1), (1, 2), (0, 4)):
            before, after = _neighbours(code, axis)
            code = np.bitwise_or(np.left_shift(before, bits), after, dtype=np.uint8)
        # 0 and 255 are outside and inside: 1 and 0 when counted on by one.
        places = np.flatnonzero(code.ravel() + np.uint8(1) > 1)
        areas.append(table[code.ravel()[places]])
        plane, place = np.divmod(places, code[0].size)
        row, column = np.divmod(place, code.shape[2])
        cells.append(
            np.column_stack([plane + first_slice + k, row + first_row, column + first_column]) - 1
        )
    return Surface(np.concatenate(cells), np.concatenate(areas))


def _neighbours(
    voxels: NDArray[np.uint8], axis: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """All but the last and all but the first along an axis."""
    before = [slice(None)] * 3
    after = [slice(None)] * 3
    before[axis], after[axis] = slice(0, -1), slice(1, None)
    return voxels[tuple(before)], voxels[tuple(after)]


def _areas(spacing_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    """(256,) area in mm2 of what a cell holds, by which of its corners are inside."""
    slices, rows, columns = spacing_mm
    faces = np.array([rows * columns, slices * columns, slices * rows])
    return np.array(
        [
            sum(float(np.linalg.norm(faces * normal)) for normal in _normals(code))
            for code in range(256)
        ]
    )


@cache
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
