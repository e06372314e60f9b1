"""Voxels as shades of grey: a window for CT by what the mask holds, percentiles for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Centre and width in HU, from the median inside of the mask.
LUNG, SOFT_TISSUE, BONE = (-600.0, 1500.0), (40.0, 400.0), (400.0, 1800.0)
_LUNG_BELOW, _BONE_ABOVE = -400.0, 300.0
# So many voxels tell the percentiles of a volume well enough.
_SAMPLE = 200_000


def window_of(
    modality: str | None, voxels: NDArray[Any], inside: NDArray[Any]
) -> tuple[float, float]:
    """The values that become black and white.

    Parameters
    ----------
    voxels
        Of the whole image, in its own units.
    inside
        Values inside of the mask.
    """
    if modality == "CT":
        median = float(np.median(inside)) if inside.size else 0.0
        centre, width = (
            LUNG if median < _LUNG_BELOW else BONE if median > _BONE_ABOVE else SOFT_TISSUE
        )
        return centre - width / 2, centre + width / 2
    flat = voxels.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE)]
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    if modality == "PT":
        # Uptake is shown dark on white, from nothing to what few voxels exceed.
        return max(float(np.percentile(sample, 99.7)), 1e-6), 0.0
    low, high = (float(np.percentile(sample, share)) for share in (1, 99.5))
    return (low, high) if high > low else (low - 1, low + 1)


def grey(values: NDArray[Any], window: tuple[float, float]) -> NDArray[np.uint8]:
    """Shades of 0 to 255."""
    black, white = window
    scaled = (values.astype(np.float32) - black) * (255 / (white - black))
    shades: NDArray[np.uint8] = np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)
    return shades
