"""Phantom patients as rows of a catalog, with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.shapes import sphere
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set
from support.workspace import Sketch

if TYPE_CHECKING:
    from pathlib import Path


def phantoms(folder: Path, count: int, voxels: int = 24, slices: int | None = None) -> list[Sketch]:
    """Patients with a sphere named `Lung [L]` and an empty `Heart` on an image of their own."""
    grid = Grid(columns=voxels, rows=voxels, slices_mm=uniform(slices or voxels, 1.0))
    sketches = []
    for number in range(count):
        study = Study(PatientID=f"P{number}")
        image = write_image_series(folder / str(number), grid, study)
        path = folder / f"{number}.dcm"
        rois = [
            DrawnROI(1, "Lung [L]", draw(sphere((0, 0, 0), voxels / 3), grid)),
            DrawnROI(2, "Heart"),
        ]
        sketches.append(
            Sketch(
                write_structure_set(path, rois, image),
                [roi.ROIName for roi in rois],
                image.SeriesInstanceUID,
                facts={"PatientID": study.PatientID},
                file_path=str(path),
                image_paths=tuple(map(str, image.paths)),
            )
        )
    return sketches
