"""How well two masks of one grid agree, by the measures that the literature uses.

Volumes overlap by Dice and Jaccard. Surfaces are compared as in Nikolov et al. 2018
(arXiv:1809.04430): each patch of one surface is weighted by its area and measured to the nearest
patch of the other (``surface.py``). Added path length is that of Vaassen et al. 2020 (Phys Imaging
Radiat Oncol 13:1). Names follow Metrics Reloaded (Maier-Hein et al. 2024, Nat Methods 21:195).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.labels import shared_voxels
from rtstruct.geometry.outline import added_path_length
from rtstruct.geometry.surface import surface_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans
    from rtstruct.geometry.surface import Surface

DEFINITIONS_VERSION = 1
"""Counts on when any measure here is computed in another way."""
PERCENT = 95


@dataclass(frozen=True)
class Agreement:
    """Measures of two masks; None where they are not defined.

    Two empty masks have no measure. Against an empty mask nothing overlaps (0), and no surface has
    a distance.
    """

    dice: float | None
    jaccard: float | None
    shared_voxel_count: int
    surface_dice: float | None
    """Share of both surfaces, by area, that lies within the tolerance of the other one."""
    hausdorff_95_mm: float | None
    """The greater of the 95th percentiles of the distances from each surface to the other."""
    mean_surface_distance_mm: float | None
    """Mean of the two below (MASD)."""
    mean_distance_a_to_b_mm: float | None
    """Mean distance, by area, of the first surface from the second."""
    mean_distance_b_to_a_mm: float | None
    added_path_length_mm: float | None
    """Of the outlines of the first mask, slice by slice, what the second one lacks."""
    centroid_shift_mm: float | None
    """Distance between the centroids."""


def compare_masks(one: Spans, other: Spans, grid: ImageGrid, tolerance_mm: float) -> Agreement:
    """Compare two masks on one grid; the first is the reference where one is needed.

    Parameters
    ----------
    grid
        Of both; evenly spaced (``is_affine``).
    tolerance_mm
        Of the surface Dice; a distance equal to it is within.

    Raises
    ------
    ValueError
        The masks differ in shape, or no affine describes the grid.
    """
    if one.shape != other.shape or one.shape != grid.shape:
        raise ValueError("the masks do not have one shape")
    if not grid.is_affine:
        raise ValueError("the slices are not evenly spaced")
    shared = shared_voxels(one, other)
    total = one.voxel_count + other.voxel_count
    between = _between(
        surface_of(one, grid.spacing_mm), surface_of(other, grid.spacing_mm), grid.spacing_mm
    )
    centroids = one.centroid_mm(grid), other.centroid_mm(grid)
    shift = None
    if centroids[0] and centroids[1]:
        shift = float(np.linalg.norm(np.subtract(centroids[1], centroids[0])))
    return Agreement(
        dice=2 * shared / total if total else None,
        jaccard=shared / (total - shared) if total else None,
        shared_voxel_count=shared,
        surface_dice=between.within(tolerance_mm) if total else None,
        hausdorff_95_mm=between.percentile(PERCENT),
        mean_surface_distance_mm=between.mean(),
        mean_distance_a_to_b_mm=between.there.mean(),
        mean_distance_b_to_a_mm=between.back.mean(),
        added_path_length_mm=added_path_length(one, other, grid.spacing_mm) if total else None,
        centroid_shift_mm=shift,
    )


@dataclass(frozen=True, eq=False)
class _Distances:
    """From each patch of one surface to the nearest of another."""

    mm: NDArray[np.float64]
    """Infinite where there is no other surface."""
    areas: NDArray[np.float64]

    def mean(self) -> float | None:
        if len(self.mm) == 0 or not np.isfinite(self.mm[0]):
            return None
        return float(self.mm @ self.areas / self.areas.sum())

    def percentile(self, percent: float) -> float:
        order = np.argsort(self.mm, kind="stable")
        reached = np.cumsum(self.areas[order]) / self.areas.sum()
        place = min(int(np.searchsorted(reached, percent / 100)), len(order) - 1)
        return float(self.mm[order[place]])


@dataclass(frozen=True, eq=False)
class _Between:
    there: _Distances
    back: _Distances

    def within(self, tolerance_mm: float) -> float:
        inside = sum(float(d.areas[d.mm <= tolerance_mm].sum()) for d in (self.there, self.back))
        return inside / float(self.there.areas.sum() + self.back.areas.sum())

    def percentile(self, percent: float) -> float | None:
        if self.there.mean() is None or self.back.mean() is None:
            return None
        return max(self.there.percentile(percent), self.back.percentile(percent))

    def mean(self) -> float | None:
        means = self.there.mean(), self.back.mean()
        return None if means[0] is None or means[1] is None else (means[0] + means[1]) / 2


def _between(one: Surface, other: Surface, spacing_mm: tuple[float, float, float]) -> _Between:
    return _Between(
        _Distances(_nearest(one, other, spacing_mm), one.areas),
        _Distances(_nearest(other, one, spacing_mm), other.areas),
    )


def _nearest(
    here: Surface, there: Surface, spacing_mm: tuple[float, float, float]
) -> NDArray[np.float64]:
    """(patches of ``here``,) distance in mm to the nearest patch of ``there``."""
    if len(there.cells) == 0:
        return np.full(len(here.cells), np.inf)
    # Where both surfaces pass through one cell, as they mostly do, there is nothing to search.
    apart = np.flatnonzero(~np.isin(_keys(here), _keys(there)))
    distances = np.zeros(len(here.cells))
    if len(apart):
        from scipy.spatial import cKDTree

        # Built by halving boxes, without shrinking them: lattices of many equal coordinates make
        # the other ways ten times as slow where surfaces are far apart.
        tree = cKDTree(there.cells * np.array(spacing_mm), balanced_tree=False, compact_nodes=False)
        distances[apart] = tree.query(here.cells[apart] * np.array(spacing_mm))[0]
    return distances


def _keys(surface: Surface) -> NDArray[np.int64]:
    """(patches,) a number for each cell, the same for the same cell of any surface."""
    slices, rows, columns = surface.cells.T
    keys: NDArray[np.int64] = ((slices + 1) << 42) | ((rows + 1) << 21) | (columns + 1)
    return keys
