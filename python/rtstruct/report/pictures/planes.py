"""Three planes of a grid as radiologists look at them, whatever way its axes run.

Right of the patient is left on the screen; up is anterior or superior. On an oblique stack the
planes are those of the voxels, named after the nearest plane of the body, so that nothing is
resampled and edges stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid

# Patient coordinates: x to the left, y to posterior, z to superior (PS3.3 section C.7.6.2.1.1).
_LETTERS = (("R", "L"), ("A", "P"), ("I", "S"))
# A second letter where the direction leans by more than this towards another axis.
_LEANING = 0.35
# Name, patient axis of the normal, of the way right and of the way down with its sign.
_PLANES = (("axial", 2, 0, 1, 1), ("coronal", 1, 0, 2, -1), ("sagittal", 0, 1, 2, -1))


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of the voxels as it runs over the screen."""

    place: int
    """Of the array: 0 slices, 1 rows, 2 columns."""
    edges_mm: NDArray[np.float64]
    """(n + 1,) borders of voxels in array order, from 0."""
    is_flipped: bool
    """Whether the index falls where the screen's coordinate grows."""
    letters: tuple[str, str]
    """Where the screen's coordinate begins, and where it ends."""

    @property
    def screen_edges(self) -> NDArray[np.float64]:
        """(n + 1,) borders of voxels in the order of the screen, ascending, from 0."""
        return self.edges_mm[-1] - self.edges_mm[::-1] if self.is_flipped else self.edges_mm

    def to_screen(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions, mm on the screen, of continuous indexes: 0 is the first voxel's centre."""
        mm = np.interp(index + 0.5, np.arange(len(self.edges_mm)), self.edges_mm)
        # Contours may reach out of the image, on along the outermost voxels.
        first, last = self.edges_mm[1] - self.edges_mm[0], self.edges_mm[-1] - self.edges_mm[-2]
        mm = np.where(index < -0.5, (index + 0.5) * first, mm)
        beyond = index - (len(self.edges_mm) - 1.5)
        mm = np.where(beyond > 0, self.edges_mm[-1] + beyond * last, mm)
        return self.edges_mm[-1] - mm if self.is_flipped else mm


@dataclass(frozen=True, eq=False)
class Plane:
    """One plane of the voxels and its two axes on the screen."""

    name: str
    """``axial``, ``coronal`` or ``sagittal``: the nearest."""
    normal: int
    """The array's axis that the plane is a slice of."""
    right: Axis
    down: Axis

    def cut(self, voxels: NDArray[Any], index: int) -> NDArray[Any]:
        """(down, right): the slice as the screen shows it."""
        flat: NDArray[Any] = np.take(voxels, index, axis=self.normal)
        if self.down.place > self.right.place:
            flat = flat.T
        turned: NDArray[Any] = flat[
            :: -1 if self.down.is_flipped else 1,
            :: -1 if self.right.is_flipped else 1,
        ]
        return turned


def planes(grid: ImageGrid) -> tuple[Plane, Plane, Plane]:
    """Axial, coronal and sagittal."""
    directions = np.array([grid.normal, grid.column_direction, grid.row_direction])
    # Which patient axis each axis of the array runs along, all three at once.
    along = max(
        permutations(range(3)),
        key=lambda order: sum(abs(directions[axis, order[axis]]) for axis in range(3)),
    )
    axis_of = {patient: axis for axis, patient in enumerate(along)}

    def axis(patient: int, sign: int) -> Axis:
        place = axis_of[patient]
        way = directions[place] * sign
        is_flipped = bool(way[patient] < 0)
        on_screen = -directions[place] if is_flipped else directions[place]
        return Axis(place, _edges(grid, place), is_flipped, (_name(-on_screen), _name(on_screen)))

    made = [
        Plane(name, axis_of[normal], axis(right, 1), axis(down, sign))
        for name, normal, right, down, sign in _PLANES
    ]
    return made[0], made[1], made[2]


def _edges(grid: ImageGrid, place: int) -> NDArray[np.float64]:
    if place == 0:
        return np.asarray(grid.slab_borders - grid.slab_borders[0], dtype=np.float64)
    return np.arange(grid.shape[place] + 1, dtype=np.float64) * grid.spacing_mm[place]


def _name(direction: NDArray[np.float64]) -> str:
    strength = np.abs(direction)
    order = np.argsort(-strength, kind="stable")
    return "".join(
        _LETTERS[axis][int(direction[axis] > 0)]
        for place, axis in enumerate(order[:2])
        if place == 0 or strength[axis] > _LEANING
    )
