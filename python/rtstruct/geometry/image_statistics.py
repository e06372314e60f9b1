"""What an image is inside a mask: plain statistics of its voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rtstruct.geometry.spans import Spans

PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class ImageStatistics:
    """Of the voxels of a mask that have an image, in the units of its headers (CT: HU)."""

    image_voxel_count: int
    """Voxels of the mask on slices that have an image; all else here is of these."""
    image_mean: float
    image_SD: float
    """Root of the mean squared distance from the mean: of these voxels, not of a sample."""
    image_min: float
    image_max: float
    image_P05: float
    """Percentiles, linear between neighbouring values (Hyndman and Fan 1996, definition 7)."""
    image_P25: float
    image_P50: float
    image_P75: float
    image_P95: float


def image_statistics(
    mask: Spans, image: NDArray[Any], has_image: Sequence[bool]
) -> ImageStatistics | None:
    """Return the statistics of an image inside a mask; None where the two share no voxel.

    Parameters
    ----------
    image
        (slices, rows, columns), on the voxels of the mask.
    has_image
        (slices,), whether there is an image of the slice.
    """
    # Whoever only keeps what came of it starts faster without.
    import numpy as np

    box = mask.bounding_box
    if box is None:
        return None
    i0, j0, k0, i1, j1, k1 = box
    inside = mask.crop(box).astype(bool) & np.asarray(has_image)[k0 : k1 + 1, None, None]
    values = image[k0 : k1 + 1, j0 : j1 + 1, i0 : i1 + 1][inside].astype(np.float64)
    if values.size == 0:
        return None
    return ImageStatistics(
        int(values.size),
        float(values.mean()),
        float(values.std()),
        float(values.min()),
        float(values.max()),
        *(float(value) for value in np.percentile(values, PERCENTILES)),
    )
