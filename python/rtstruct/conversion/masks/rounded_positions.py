"""Contours whose positions do not tell which slice they are of, where the images that they name do.

Positions in whole millimetres on slices of 0.6 mm put two contours onto one plane, the smaller one
inside the larger one as if it were a hole. Positions half way between slices, as of the border of
each, may be those of the slice above or below.
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
# So far from their images, all alike, contours may be half way between slices.
HALF_WAY = (0.45, 0.6)  # of the slice spacing
ALIKE = 0.1  # of the slice spacing


def on_named_images(
    drawn: Sequence[Contour], contours: Contours, series: ImageSeries
) -> tuple[Contours, str]:
    """Move contours onto the images that they name, where positions alone do not tell the slice.

    Only where each names an image that is here and all are flat, and either rounding put several
    onto one plane, and explains the distance between each and its image, or all lie half way
    between slices, on the same side of their images.

    Returns
    -------
    contours
        Moved along the normal of the slices, or as they were.
    note
        What a user should know of that; empty where they are as they were.
    """
    starts = np.cumsum(contours.counts) - contours.counts
    if len(drawn) != len(contours.counts) or len(drawn) < 2 or not (contours.counts > 0).all():
        return contours, ""
    named = heights_of_named(drawn, series)
    if not np.isfinite(named).all():
        return contours, ""
    along = contours.points_mm @ series.grid.normal
    low, high = np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)
    if (high - low).max() > EXACT_MM:
        return contours, ""
    shift = named - low
    # The unit in which all positions are written.
    unit = next((u for u in UNITS if np.abs(low / u - np.rint(low / u)).max() * u < EXACT_MM), 0.0)
    is_rounded = np.abs(shift).max() <= unit / 2 + EXACT_MM and _collide(low, named)
    if not (is_rounded or _is_half_way(shift, series.grid.spacing_mm[0])):
        return contours, ""
    points = contours.points_mm + np.outer(np.repeat(shift, contours.counts), series.grid.normal)
    far = f"contours put on the images that they name, up to {np.abs(shift).max():.2g} mm off"
    # What was rounded is where its image is; what lies half way may itself be half a slice off.
    note = f"off_slices: {far}" if is_rounded else f"moved: {far}"
    return replace(contours, points_mm=points), note


def _is_half_way(shift: NDArray[np.float64], spacing_mm: float) -> bool:
    least, most = HALF_WAY
    if np.abs(shift).max() < least * spacing_mm or np.ptp(shift) > ALIKE * spacing_mm:
        return False
    return bool(least * spacing_mm <= abs(np.median(shift)) <= most * spacing_mm)


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
