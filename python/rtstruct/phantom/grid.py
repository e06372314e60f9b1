"""Where the voxels of a phantom image are: any orientation, any spacing, any slice positions.

Local coordinates are millimetres from ``centre_mm``: u along the rows (as the column index grows),
v along the columns (as the row index grows), w along the normal of the slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, tan
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

Vector = tuple[float, float, float]

AXIAL: tuple[Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
CORONAL: tuple[Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
SAGITTAL: tuple[Vector, Vector] = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))


def oblique(
    x_degrees: float, y_degrees: float = 0.0, z_degrees: float = 0.0
) -> tuple[Vector, Vector]:
    """Row and column directions of an axial image turned about x, then y, then z."""
    (cx, sx), (cy, sy), (cz, sz) = (
        (cos(radians(angle)), sin(radians(angle))) for angle in (x_degrees, y_degrees, z_degrees)
    )
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    turned = about_z @ about_y @ about_x
    return _vector(turned[:, 0]), _vector(turned[:, 1])


def uniform(count: int, spacing_mm: float, without: Collection[int] = ()) -> tuple[float, ...]:
    """Slice positions around zero, `spacing_mm` apart; slices whose index is in `without` miss."""
    middle = (count - 1) / 2
    return tuple((k - middle) * spacing_mm for k in range(count) if k not in without)


@dataclass(frozen=True)
class Grid:
    """The voxel grid of a phantom image."""

    columns: int
    rows: int
    slices_mm: tuple[float, ...]
    """w of each slice, ascending; gaps and uneven steps as you like."""
    row_spacing_mm: float = 1.0
    """Distance between rows: the first value of DICOM's PixelSpacing."""
    column_spacing_mm: float = 1.0
    """Distance between columns: the second value of DICOM's PixelSpacing."""
    slice_thickness_mm: float = 1.0
    centre_mm: Vector = (0.0, 0.0, 0.0)
    """Patient coordinates of u = v = w = 0, in the middle of the slice at w = 0."""
    directions: tuple[Vector, Vector] = AXIAL
    """Unit vectors of ImageOrientationPatient: along a row, along a column."""
    gantry_tilt_degrees: float = 0.0
    """Slices are shifted along v by tan(tilt) x w, as a tilted CT gantry shifts them."""

    @property
    def normal(self) -> Vector:
        """Direction of growing w."""
        return _vector(np.cross(*self.directions))

    def to_patient(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Local (u, v, w) to patient (x, y, z), both in mm, of shape (n, 3)."""
        axes = np.array([*self.directions, self.normal])
        patient: NDArray[np.float64] = np.array(self.centre_mm) + points @ axes
        return patient

    def position(self, k: int) -> Vector:
        """ImagePositionPatient of slice `k`: the centre of its first voxel."""
        w = self.slices_mm[k]
        u = -(self.columns - 1) / 2 * self.column_spacing_mm
        v = -(self.rows - 1) / 2 * self.row_spacing_mm + tan(radians(self.gantry_tilt_degrees)) * w
        return _vector(self.to_patient(np.array([[u, v, w]]))[0])


def _vector(values: NDArray[np.float64]) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z
