"""Contours whose positions were rounded so far that those of several slices lie on one plane.

Positions in whole millimetres on slices of 0.6 mm put two contours onto one plane, the smaller one
inside the larger one as if it were a hole. The images that they name tell them apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rtstruct.dicom.image_series import ImageSeries
    from rtstruct.dicom.structure_set import Contour
    from rtstruct.geometry.contours import Contours

# Units that positions are rounded to, in mm, the coarsest first.
UNITS = (1.0, 0.1, 0.01)
EXACT_MM = 1e-4


def on_named_images(
    drawn: Sequence[Contour], contours: Contours, series: ImageSeries
) -> tuple[Contours, float]:
    """Move contours onto the images that they name, where rounding put several onto one plane.

    Only where each names an image that is here, all are flat, and the distance between each and
    its image is no more than the rounding of their own positions explains.

    Returns
    -------
    contours
        Moved along the normal of the slices, or as they were.
    moved
        By how many mm at most; 0 where they are as they were.
    """
    starts = np.cumsum(contours.counts) - contours.counts
    if len(drawn) != len(contours.counts) or len(drawn) < 2 or not (contours.counts > 0).all():
        return contours, 0.0
    named = heights_of_named(drawn, series)
    if not np.isfinite(named).all():
        return contours, 0.0
    along = contours.points_mm @ series.grid.normal
    low, high = np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)
    if (high - low).max() > EXACT_MM:
        return contours, 0.0
    shift = named - low
    # The unit in which all positions are written.
    unit = next((u for u in UNITS if np.abs(low / u - np.rint(low / u)).max() * u < EXACT_MM), 0.0)
    if np.abs(shift).max() > unit / 2 + EXACT_MM or not _collide(low, named):
        return contours, 0.0
    points = contours.points_mm + np.outer(np.repeat(shift, contours.counts), series.grid.normal)
    return replace(contours, points_mm=points), float(np.abs(shift).max())


def heights_of_named(drawn: Sequence[Contour], series: ImageSeries) -> NDArray[np.float64]:
    """(contours,) mm along the normal of the image that each names, nan where it is not here."""
    heights = series.heights
    return np.array(
        [heights.get(c.image, heights.get(c.image.partition("#")[0], np.nan)) for c in drawn]
    )


def _collide(low: NDArray[np.float64], named: NDArray[np.float64]) -> bool:
    """Whether contours at one height name images at several."""
    order = np.lexsort((named, low))
    together = np.diff(low[order]) < EXACT_MM
    return bool((together & (np.diff(named[order]) > EXACT_MM)).any())
