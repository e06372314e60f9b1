"""Slices between contours that hold none, filled with what lies between those: only if asked for.

Beyond the first and the last contour a structure reaches half as far as to the next one, as in its
volume: there the contour itself is repeated.

Shape-based interpolation (Raya and Udupa 1990): between two slices the signed distance to the
outline changes linearly. The distances are SimpleITK's (Maurer 2003), from voxel to voxel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.geometry.spans import Spans, from_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.grid import ImageGrid


def fill_between(
    mask: Spans, empty: NDArray[np.int64], grid: ImageGrid, spacing: float = 1.0
) -> Spans:
    """Return the mask with slices filled that lie between others that have voxels.

    Parameters
    ----------
    empty
        Numbers of slices to fill, ascending; those with no voxels on one side stay empty.
    spacing
        Usual distance between planes of contours, in slices: the first and the last contour are
        repeated up to half of it, or of the distance to the next one, further.
    """
    import SimpleITK

    _, rows, columns = mask.shape
    of_run = mask.starts // (rows * columns)
    held = np.unique(of_run)
    distances: dict[int, NDArray[Any]] = {}

    def signed(voxels: NDArray[np.uint8]) -> NDArray[Any]:
        image = SimpleITK.GetImageFromArray(voxels)
        image.SetSpacing((grid.spacing_mm[2], grid.spacing_mm[1]))
        return np.asarray(
            SimpleITK.GetArrayFromImage(
                SimpleITK.SignedMaurerDistanceMap(
                    image, insideIsPositive=True, squaredDistance=False, useImageSpacing=True
                )
            )
        )

    def distance(k: int) -> NDArray[Any]:
        """(rows, columns) twice the mm to the outline on a slice, positive inside."""
        if k not in distances:
            first, end = np.searchsorted(of_run, [k, k + 1])
            offset = k * rows * columns
            runs = Spans(
                mask.starts[first:end] - offset, mask.ends[first:end] - offset, (1, rows, columns)
            )
            voxels = runs.to_array()[0]
            # A map has 0 on the outermost voxels of its object: of inside and outside together the
            # outline lies between their voxels.
            distances[k] = signed(voxels) - signed(1 - voxels)
        return distances[k]

    starts, ends = [mask.starts], [mask.ends]
    positions = grid.slice_positions
    for k in empty.tolist():
        place = int(np.searchsorted(held, k))
        if place in (0, len(held)) or held[place] == k:
            continue
        below, above = int(held[place - 1]), int(held[place])
        share = (positions[k] - positions[below]) / (positions[above] - positions[below])
        inside = distance(below) * (1 - share) + distance(above) * share > 0
        made = from_array(inside[None])
        starts.append(made.starts + k * rows * columns)
        ends.append(made.ends + k * rows * columns)
    for k, source in _beyond(held, spacing, mask.shape[0]):
        first, end = np.searchsorted(of_run, [source, source + 1])
        offset = (k - source) * rows * columns
        starts.append(mask.starts[first:end] + offset)
        ends.append(mask.ends[first:end] + offset)
    order = np.argsort(np.concatenate(starts), kind="stable")
    return Spans(np.concatenate(starts)[order], np.concatenate(ends)[order], mask.shape)


def _beyond(held: NDArray[np.int64], spacing: float, count: int) -> list[tuple[int, int]]:
    """Slices that the first and the last contour reach to, and the slice that each repeats.

    Exactly half way belongs to the upper side, as everywhere.
    """
    if len(held) < 2 or not np.isfinite(spacing):
        return []
    usual = int(np.rint(spacing))
    first, last = int(held[0]), int(held[-1])
    down = (min(int(held[1]) - first, usual) - 1) // 2
    up = min(last - int(held[-2]), usual) // 2
    found = [(k, first) for k in range(max(first - down, 0), first)]
    return found + [(k, last) for k in range(last + 1, min(last + up, count - 1) + 1)]
