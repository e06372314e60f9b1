"""The volume of the contours themselves: the area of each plane times the thickness of its slab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rtstruct.geometry.scanline import upward_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.geometry.grid import ImageGrid


def contour_volume(contours: PlacedContours, grid: ImageGrid) -> float:
    """Return, in mL, the even-odd area of the contours on each slice times its thickness.

    Exact up to contours that cross each other or themselves.
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
    """(slices,) even-odd area of the chosen contours on each slice.

    The plane is cut into strips at the row of every vertex. No edge ends inside a strip, so the
    width between two crossings changes linearly there: its value half way gives the exact area.
    """
    edge_chosen = np.repeat(chosen, contours.counts)
    column0, row0, column1, row1 = (edges[edge_chosen] for edges in upward_edges(contours))
    plane = np.repeat(contours.slices, contours.counts)[edge_chosen]
    top, height = row0.min(), row1.max() - row0.min() + 1
    lift = plane * height - top
    levels = np.sort(np.concatenate([row0 + lift, row1 + lift]))
    levels = levels[np.concatenate([[True], levels[1:] != levels[:-1]])]
    first = np.searchsorted(levels, row0 + lift)
    crossings = np.searchsorted(levels, row1 + lift) - first
    edge = np.repeat(np.arange(len(crossings)), crossings)
    if len(edge) == 0:
        return np.zeros(slices)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(crossings) - crossings, crossings)
    strip = first[edge] + nth
    middle = (levels[strip] + levels[strip + 1]) / 2 - lift[edge]
    share = (middle - row0[edge]) / (row1[edge] - row0[edge])
    column = column0[edge] + share * (column1[edge] - column0[edge])
    order = np.lexsort((column, strip))
    strip, column, plane = strip[order][1::2], column[order], plane[edge][order][1::2]
    area = (column[1::2] - column[0::2]) * (levels[strip + 1] - levels[strip])
    return np.bincount(plane, weights=area, minlength=slices).astype(np.float64)
