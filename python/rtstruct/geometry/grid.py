"""The voxels of an image series: where each slice truly lies, and whether an affine can say so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Spacing = Literal["uniform", "completed", "irregular", "sheared"]

# A slice that is further from where the affine puts it would make the affine a lie.
POSITION_TOLERANCE = 0.01  # of the slice spacing
POSITION_TOLERANCE_MM = 0.01  # scanners write positions in hundredths of a millimetre
IN_PLANE_TOLERANCE = 0.05  # of a pixel
# A contour so close below the border of two slabs lies on the border: decimal strings are rounded.
BORDER_TOLERANCE = 1e-3  # of the slice spacing
MOST_VOXELS = 2**31
# Between the pixels of a microscope slide and those of a test object; a number outside is damage.
SMALLEST_MM = 1e-4
LARGEST_MM = 1e4
FAR_MM = 1e8
# So many wide gaps in a row are another slice spacing, no lost slices.
MOST_GAPS_IN_A_ROW = 2
# A stack that would be longer by more than this is no stack with lost slices: a slice went astray.
LONGEST_COMPLETION = 2  # times the slices that there are


@dataclass(frozen=True, eq=False)
class ImageGrid:
    """Voxels in the patient's coordinate system (mm; left, posterior, superior).

    Slices are in the order of their positions along the normal (row direction x column direction),
    whatever the order of the files, so that the axes (column, row, slice) are right-handed.
    """

    shape: tuple[int, int, int]
    """Slices, rows, columns."""
    spacing_mm: tuple[float, float, float]
    """Between slices, between rows, between columns; between slices the mean where irregular."""
    row_direction: NDArray[np.float64]
    """(3,) unit vector along a row: the way in which the column index grows."""
    column_direction: NDArray[np.float64]
    """(3,) unit vector along a column: the way in which the row index grows."""
    slice_origins: NDArray[np.float64]
    """(slices, 3) centre of the first voxel of each slice."""
    kind: Spacing
    missing_slices: tuple[int, ...] = ()
    """Slices of a completed grid that have no image."""

    @cached_property
    def normal(self) -> NDArray[np.float64]:
        """(3,) unit vector in which the slice index grows."""
        return np.cross(self.row_direction, self.column_direction)

    @cached_property
    def slice_positions(self) -> NDArray[np.float64]:
        """(slices,) mm along the normal, ascending."""
        return self.slice_origins @ self.normal

    @cached_property
    def voxel_volume(self) -> float:
        """In mL."""
        return float(np.prod(self.spacing_mm)) / 1000

    @property
    def is_affine(self) -> bool:
        """Whether one affine without shear puts every voxel where it is."""
        return self.kind in ("uniform", "completed")

    @property
    def affine(self) -> NDArray[np.float64]:
        """(4, 4) from (column, row, slice) to mm. Only true where ``is_affine``."""
        directions = (self.row_direction, self.column_direction, self.normal)
        return affine_of(directions, self.spacing_mm[::-1], self.slice_origins[0])

    @cached_property
    def slab_borders(self) -> NDArray[np.float64]:
        """(slices + 1,) mm along the normal: half way between neighbours, and as far outside."""
        positions = self.slice_positions
        if len(positions) == 1:
            half = self.spacing_mm[0] / 2
            return np.array([positions[0] - half, positions[0] + half])
        middles = (positions[1:] + positions[:-1]) / 2
        first, last = 2 * positions[0] - middles[0], 2 * positions[-1] - middles[-1]
        return np.concatenate([[first], middles, [last]])

    def slices_at(self, positions: NDArray[np.float64]) -> NDArray[np.int64]:
        """The slice whose half-open slab holds each position (mm along the normal), else -1.

        A position exactly between two slices belongs to the upper one.
        """
        borders = self.slab_borders
        tolerance = BORDER_TOLERANCE * self.spacing_mm[0]
        slices = np.searchsorted(borders, positions + tolerance, side="right") - 1
        slices[slices == self.shape[0]] = -1
        return slices.astype(np.int64)


def affine_of(
    directions: ArrayLike, spacing_mm: ArrayLike, origin_mm: ArrayLike
) -> NDArray[np.float64]:
    """Build the affine (4, 4) from (column, row, slice) to mm.

    Parameters
    ----------
    directions
        (3, 3) unit vectors in which the column, row and slice index grow.
    spacing_mm
        (3,) between columns, rows, slices.
    origin_mm
        (3,) centre of the first voxel.
    """
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(directions) * np.asarray(spacing_mm)
    affine[:3, 3] = origin_mm
    return affine


def grid_from_slices(
    origins: ArrayLike,
    row_direction: ArrayLike,
    column_direction: ArrayLike,
    *,
    rows: int,
    columns: int,
    row_spacing_mm: float,
    column_spacing_mm: float,
    slice_thickness_mm: float | None = None,
) -> ImageGrid:
    """Build the grid of a stack of parallel slices given in any order.

    Parameters
    ----------
    origins
        (n, 3) ImagePositionPatient; slices at one position count once.
    row_direction, column_direction
        (3,) each: ImageOrientationPatient.
    row_spacing_mm, column_spacing_mm
        PixelSpacing: between the centres of rows, and of columns.
    slice_thickness_mm
        Only used when there is one slice.

    Raises
    ------
    RtstructError
        ``invalid_geometry`` if the numbers span no grid, ``too_many_voxels``.
    """
    along_row, along_column = _orthonormal(row_direction, column_direction)
    sizes = np.array([rows, columns, row_spacing_mm, column_spacing_mm], dtype=np.float64)
    points = np.asarray(origins, dtype=np.float64).reshape(-1, 3)
    if not (np.isfinite(sizes).all() and (sizes > 0).all() and np.isfinite(points).all()):
        raise RtstructError("invalid_geometry", "the images have no valid size or position")
    if len(points) == 0:
        raise RtstructError("invalid_geometry", "there is no image with a position")
    lengths = np.append(sizes[2:], slice_thickness_mm or 1.0 if len(points) == 1 else 1.0)
    if lengths.min() < SMALLEST_MM or lengths.max() > LARGEST_MM or np.abs(points).max() > FAR_MM:
        raise RtstructError(
            "invalid_geometry", "the spacing or the position of the images is that of nothing real"
        )
    normal = np.cross(along_row, along_column)
    points = points[np.argsort(points @ normal, kind="stable")]
    positions = points @ normal
    points = points[np.concatenate([[True], np.diff(positions) > POSITION_TOLERANCE_MM])]
    pixel = np.array([column_spacing_mm, row_spacing_mm])
    if len(points) == 1:
        thickness = slice_thickness_mm if slice_thickness_mm and slice_thickness_mm > 0 else 1.0
        kind: Spacing = "uniform"
        missing: tuple[int, ...] = ()
    else:
        kind, points, missing = _classify(points, along_row, along_column, pixel)
        thickness = float((points[-1] - points[0]) @ normal) / (len(points) - 1)
    check_voxels(len(points), rows, columns)
    return ImageGrid(
        shape=(len(points), rows, columns),
        spacing_mm=(thickness, row_spacing_mm, column_spacing_mm),
        row_direction=along_row,
        column_direction=along_column,
        slice_origins=points,
        kind=kind,
        missing_slices=missing,
    )


def check_voxels(slices: float, rows: float, columns: float) -> None:
    """Refuse a grid that no memory holds: raises RtstructError ``too_many_voxels``."""
    if slices * rows * columns > MOST_VOXELS:
        raise RtstructError(
            "too_many_voxels",
            f"the image would have {columns:.0f} x {rows:.0f} x {slices:.0f} voxels",
        )


def _orthonormal(
    row_direction: ArrayLike, column_direction: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    row = np.asarray(row_direction, dtype=np.float64)
    column = np.asarray(column_direction, dtype=np.float64)
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    # Direction cosines are decimal strings, rounded: nearly orthogonal is orthogonal.
    if not (np.allclose(lengths, 1, atol=0.01) and abs(row @ column) < 0.01):
        raise RtstructError("invalid_geometry", "the image orientation is no pair of directions")
    row = row / lengths[0]
    column = column - (column @ row) * row
    return row, column / np.linalg.norm(column)


def _classify(
    points: NDArray[np.float64],
    along_row: NDArray[np.float64],
    along_column: NDArray[np.float64],
    pixel: NDArray[np.float64],
) -> tuple[Spacing, NDArray[np.float64], tuple[int, ...]]:
    """What kind of stack it is, the origins of its slices, and which of them have no image."""
    normal = np.cross(along_row, along_column)
    positions = points @ normal
    in_plane = (points - points[0]) @ np.column_stack([along_row, along_column]) / pixel
    if np.abs(in_plane).max() > IN_PLANE_TOLERANCE:
        travel = (positions - positions[0]) / (positions[-1] - positions[0])
        bend = np.abs(in_plane - np.outer(travel, in_plane[-1])).max()
        return ("sheared" if bend <= IN_PLANE_TOLERANCE else "irregular"), points, ()
    gaps = np.diff(positions)
    if positions[-1] - positions[0] > LONGEST_COMPLETION * len(points) * gaps.min():
        return "irregular", points, ()
    steps = np.rint(gaps / gaps.min()).astype(np.int64)
    index = np.concatenate([[0], np.cumsum(steps)])
    spacing = (positions[-1] - positions[0]) / index[-1]
    deviation = np.abs(positions - positions[0] - index * spacing).max()
    if deviation > max(POSITION_TOLERANCE * spacing, POSITION_TOLERANCE_MM):
        return "irregular", points, ()
    if (steps == 1).all():
        return "uniform", points[0] + np.outer(positions - positions[0], normal), ()
    wide = "".join("w" if step > 1 else " " for step in steps)
    if 2 * wide.count("w") >= len(wide) or "w" * (MOST_GAPS_IN_A_ROW + 1) in wide:
        return "irregular", points, ()
    everywhere = np.arange(index[-1] + 1)
    offsets = np.interp(everywhere, index, positions - positions[0])
    missing = tuple(int(k) for k in np.setdiff1d(everywhere, index))
    return "completed", points[0] + np.outer(offsets, normal), missing
