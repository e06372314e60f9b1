"""The volume of the contours themselves: the area of each plane times the thickness of its slab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.scanline import upward_edges
from rtstruct.geometry.strips import Edges, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.geometry.grid import ImageGrid


def contour_volume(contours: PlacedContours, grid: ImageGrid) -> float:
    """Return, in mL, the even-odd area of the contours on each slice times its thickness.

    Exact but for a contour that is alone on its slice and crosses itself.
    """
    thickness = np.diff(grid.slab_borders)
    areas = _areas(contours, grid.shape[0])
    return float(areas @ thickness) * grid.spacing_mm[1] * grid.spacing_mm[2] / 1000


def _areas(contours: PlacedContours, slices: int) -> NDArray[np.float64]:
    """(slices,) even-odd area on each slice, in pixels."""
    areas = np.zeros(slices)
    alone = (np.bincount(contours.slices, minlength=slices) == 1)[contours.slices]
    if alone.any():
        np.add.at(areas, contours.slices[alone], _polygon_areas(contours)[alone])
    if not alone.all():
        areas += _union_areas(contours, ~alone, slices)
    return areas


def _polygon_areas(contours: PlacedContours) -> NDArray[np.float64]:
    """(contours,) area of each by the shoelace formula, right for keyholes too."""
    starts = np.cumsum(contours.counts) - contours.counts
    # Relative to the first point: far from the origin the products would cancel to noise.
    column = contours.column - np.repeat(contours.column[starts], contours.counts)
    row = contours.row - np.repeat(contours.row[starts], contours.counts)
    products = np.empty(len(column))
    products[:-1] = column[:-1] * row[1:] - column[1:] * row[:-1]
    # The edge back to the first point, where column and row are 0, adds nothing.
    products[starts + contours.counts - 1] = 0
    return np.abs(np.add.reduceat(products, starts)) / 2


def _union_areas(
    contours: PlacedContours, chosen: NDArray[np.bool_], slices: int
) -> NDArray[np.float64]:
    """(slices,) even-odd area of the chosen contours on each slice."""
    edge_chosen = np.repeat(chosen, contours.counts)
    plane = np.repeat(contours.slices, contours.counts)[edge_chosen]
    column0, row0, column1, row1 = (ends[edge_chosen] for ends in upward_edges(contours))
    pieces = cut(Edges(column0, row0, column1, row1, plane))
    width = np.diff(pieces.column_at_top + pieces.column_at_bottom)[::2] / 2
    area = width * (pieces.bottom - pieces.top)[::2]
    return np.bincount(pieces.plane[::2], weights=area, minlength=slices).astype(np.float64)
