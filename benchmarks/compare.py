"""How two masks agree, by us and by DeepMind's ``surface-distance``, in turn, in one process.

Prints medians of processor time and their ratio, and that both give the same values. Reading the
masks is left out on both sides; each gets what it works on: runs here, voxels there.
``make bench-compare`` runs it; LUNG1-001 beside the repository is used if it is there.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.dicom.image_series import read_image_series
from rtstruct.dicom.structure_set import parse_structure_set
from rtstruct.geometry.agreement import compare_masks
from rtstruct.geometry.contours import place
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.scanline import rasterise
from rtstruct.geometry.spans import from_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import surface_distance

LUNG = Path(__file__).parents[2] / "shared/dicom/idc-nsclc_radiomics-LUNG1-001"
ROUNDS = 3
TOLERANCE_MM = 2.0

Measures = dict[str, float]


def phantom_pairs() -> Iterator[tuple[str, Spans, Spans, ImageGrid]]:
    """Ellipsoids as two observers might draw them, and two that are far apart."""
    shape, spacing = (100, 256, 256), (3.0, 0.9765625, 0.9765625)
    grid = grid_from_slices(
        [(0, 0, k * spacing[0]) for k in range(shape[0])],
        (1, 0, 0),
        (0, 1, 0),
        rows=shape[1],
        columns=shape[2],
        row_spacing_mm=spacing[1],
        column_spacing_mm=spacing[2],
    )
    places = np.indices(shape) * np.reshape(spacing, (3, 1, 1, 1))

    def ellipsoid(centre: tuple[float, ...], axes: tuple[float, ...]) -> Spans:
        away = (places - np.reshape(centre, (3, 1, 1, 1))) / np.reshape(axes, (3, 1, 1, 1))
        return from_array((away**2).sum(axis=0) <= 1)

    organ = ellipsoid((150, 125, 125), (120, 90, 70))
    yield "ellipsoids, 3 mm apart", organ, ellipsoid((153, 127, 123), (116, 92, 70)), grid
    small = ellipsoid((60, 40, 40), (20, 20, 20))
    yield "small ones, alike", small, ellipsoid((60, 41, 40), (20, 19, 20)), grid
    yield "small ones, far apart", small, ellipsoid((240, 200, 200), (20, 20, 20)), grid


def lung_pairs() -> Iterator[tuple[str, Spans, Spans, ImageGrid]]:
    """ROIs of LUNG1-001 as drawn, beside the same half a voxel further on."""
    files = [(str(path), None) for path in sorted((LUNG / "CT").glob("*.dcm"))]
    path = LUNG / "RTSTRUCT/1-1.dcm"
    import pydicom

    first = pydicom.dcmread(files[0][0], stop_before_pixels=True)
    grid = read_image_series(files, first.SeriesInstanceUID).grid
    names = {item.ROINumber: item.ROIName for item in pydicom.dcmread(path).StructureSetROISequence}
    structure_set = parse_structure_set(path.read_bytes(), str(path))
    for number, roi in structure_set.rois.items():
        points, _ = structure_set.points(roi, ("CLOSED_PLANAR",))
        placed = place(points, grid)
        moved = type(placed)(**{**vars(placed), "column": placed.column + 2, "row": placed.row + 1})
        yield (
            f"LUNG1-001 {names[number]}",
            rasterise(placed, grid.shape),
            rasterise(moved, grid.shape),
            grid,
        )


def ours(one: Spans, other: Spans, grid: ImageGrid) -> Measures:
    found = compare_masks(one, other, grid, TOLERANCE_MM)
    return {
        "dice": found.dice or 0,
        "surface_dice": found.surface_dice or 0,
        "hausdorff_95": found.hausdorff_95_mm or 0,
        "mean": found.mean_surface_distance_mm or 0,
    }


def theirs(one: Any, other: Any, spacing: tuple[float, float, float]) -> Measures:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distances = surface_distance.compute_surface_distances(one, other, spacing)
        return {
            "dice": surface_distance.compute_dice_coefficient(one, other),
            "surface_dice": surface_distance.compute_surface_dice_at_tolerance(
                distances, TOLERANCE_MM
            ),
            "hausdorff_95": surface_distance.compute_robust_hausdorff(distances, 95),
            "mean": sum(surface_distance.compute_average_surface_distance(distances)) / 2,
        }


def main() -> None:
    pairs = [*phantom_pairs(), *(lung_pairs() if LUNG.is_dir() else ())]
    print(f"{'pair':32} {'rtstruct':>10} {'surface-distance':>17} {'ratio':>7} {'differ by':>10}")
    for name, one, other, grid in pairs:
        voxels = [mask.to_array().astype(bool) for mask in (one, other)]
        times: tuple[list[float], list[float]] = [], []
        differ = 0.0
        ours(one, other, grid)  # what is imported is imported
        for _ in range(ROUNDS):
            started = time.process_time()
            here = ours(one, other, grid)
            between = time.process_time()
            there = theirs(*voxels, grid.spacing_mm)
            times[1].append(time.process_time() - between)
            times[0].append(between - started)
            differ = max(differ, *(abs(here[key] - there[key]) for key in here))
        mine, other_s = median(times[0]), median(times[1])
        ratio = other_s / mine
        print(f"{name:32} {mine:8.3f} s {other_s:15.3f} s {ratio:7.1f} {differ:10.1e}")


if __name__ == "__main__":
    main()
