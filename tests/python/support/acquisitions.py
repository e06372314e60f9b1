"""The 29 acquisitions: one patient each with the same structures, drawn in voxels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.uid import RTDoseStorage

from rtstruct.phantom.grid import CORONAL, SAGITTAL, Grid, oblique, uniform
from rtstruct.phantom.identity import Study, phantom_uid
from rtstruct.phantom.image_series import new_dataset, save, write_image_series
from rtstruct.phantom.structure_set import Contour, DrawnROI, write_structure_set
from support.slow_rule import structures

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.phantom.image_series import ImageSeries

SLICES, ROWS, COLUMNS = 8, 26, 30
STRUCTURES = structures(SLICES)
PLAIN = Grid(
    columns=COLUMNS,
    rows=ROWS,
    slices_mm=uniform(SLICES, 3.0),
    slice_thickness_mm=3.0,
    centre_mm=(-37.1, 44.9, 613.2),
)


@dataclass(frozen=True)
class Acquisition:
    grid: Grid = PLAIN
    image: dict[str, Any] = field(default_factory=dict)
    """How the image is written."""
    structures: dict[str, Any] = field(default_factory=dict)
    """How the structure set is written."""
    lost: tuple[int, ...] = ()
    """Slices whose files are not there."""
    offset: float = 0.0
    """Of contours from their slices, in slices."""
    slope: float = 0.0
    """Of contours against the slices, in mm per row."""
    names: tuple[str, ...] | None = None
    beside: str | None = None
    """What else is in the folder."""


def turned(*directions: tuple[float, float, float]) -> Grid:
    return replace(PLAIN, directions=directions)


MR = {"modality": "MR"}
ACQUISITIONS = {
    "axial": Acquisition(),
    "sagittal": Acquisition(replace(PLAIN, directions=SAGITTAL), MR),
    "coronal": Acquisition(replace(PLAIN, directions=CORONAL), MR),
    "oblique": Acquisition(replace(PLAIN, directions=oblique(17.3)), MR),
    "double oblique": Acquisition(
        replace(PLAIN, directions=oblique(21, -13.7, 8.2), row_spacing_mm=0.8), MR
    ),
    "feet first": Acquisition(turned((-1, 0, 0), (0, 1, 0)), {"patient_position": "FFS"}),
    "prone": Acquisition(turned((-1, 0, 0), (0, -1, 0)), {"patient_position": "HFP"}),
    "feet first prone": Acquisition(turned((1, 0, 0), (0, -1, 0)), {"patient_position": "FFP"}),
    "decubitus": Acquisition(turned((0, -1, 0), (1, 0, 0)), {"patient_position": "HFDL"}),
    "descending": Acquisition(image={"order": "descending"}),
    "shuffled": Acquisition(image={"order": "shuffled"}),
    "non-square pixels": Acquisition(replace(PLAIN, row_spacing_mm=1.5, column_spacing_mm=2.25)),
    "anisotropic": Acquisition(
        replace(
            PLAIN,
            slices_mm=uniform(SLICES, 7.5),
            slice_thickness_mm=5.0,
            row_spacing_mm=0.4,
            column_spacing_mm=0.4,
        )
    ),
    "missing slices": Acquisition(lost=(3, 6)),
    "a quarter between": Acquisition(offset=0.25),
    "half between": Acquisition(offset=0.5),
    "tilted contours": Acquisition(slope=0.02),
    "several series": Acquisition(beside="series"),
    "dose and stray files": Acquisition(beside="dose"),
    "enhanced CT": Acquisition(image={"enhanced": True}),
    "enhanced MR": Acquisition(
        replace(PLAIN, directions=oblique(9, 4)), {**MR, "enhanced": True, "order": "shuffled"}
    ),
    "no ContourImageSequence": Acquisition(structures={"contour_images": False}),
    "only a frame of reference": Acquisition(
        structures={"contour_images": False, "referenced_series": False}
    ),
    "sequences in any order": Acquisition(structures={"shuffle": True}),
    "names repeat": Acquisition(names=("Lung",)),
    "names are paths": Acquisition(names=("../evil", "/etc/passwd", "a/b", "..", "", "C:\\x")),
    "another frame": Acquisition(
        structures={"frame_of_reference": phantom_uid("another frame of reference")}
    ),
    "tilted gantry": Acquisition(replace(PLAIN, gantry_tilt_degrees=15)),
    "non-uniform": Acquisition(
        replace(PLAIN, slices_mm=(-12.0, -9.0, -7.0, -3.0, 0.0, 3.0, 5.5, 8.5))
    ),
}


def drawn(acquisition: Acquisition) -> list[DrawnROI]:
    grid = acquisition.grid
    steps = np.array(grid.directions) * [[grid.column_spacing_mm], [grid.row_spacing_mm]]
    normal = np.array(grid.normal)
    between = float(np.mean(np.diff(grid.slices_mm)))
    names = acquisition.names or tuple(STRUCTURES)
    rois = []
    for number, planes in enumerate(STRUCTURES.values(), 1):
        contours = []
        for k, polygons in planes.items():
            for polygon in polygons:
                lift = acquisition.offset * between + acquisition.slope * (polygon[:, 1:] - 12)
                points = np.array(grid.position(k)) + polygon @ steps + lift * normal
                contours.append(Contour(points, slice_index=k))
        name = names[(number - 1) % len(names)]
        rois.append(DrawnROI(number, name, tuple(contours)))
    return rois


def write(folder: Path, name: str, acquisition: Acquisition) -> None:
    study = Study(PatientID=name)
    image = write_image_series(folder, acquisition.grid, study, **acquisition.image)
    write_structure_set(folder / "rt.dcm", drawn(acquisition), image, **acquisition.structures)
    for k in acquisition.lost:
        image.paths[k].unlink()
    if acquisition.beside == "series":
        # Of the same frame of reference, before and after it by name, and of other positions.
        for label in ("a", "z"):
            other = replace(PLAIN, slices_mm=uniform(5, 2.0), centre_mm=(0, 0, 610))
            for path in write_image_series(folder, other, study, label=label).paths:
                dataset = pydicom.dcmread(path)
                dataset.FrameOfReferenceUID = image.FrameOfReferenceUID
                dataset.save_as(path)
    elif acquisition.beside == "dose":
        write_dose(folder / "dose.dcm", image)
        (folder / "notes.txt").write_text("no DICOM")
        (folder / "zz-cut.dcm").write_bytes(image.paths[0].read_bytes()[:700])


def write_dose(path: Path, image: ImageSeries) -> None:
    dataset = new_dataset(image.study, RTDoseStorage, phantom_uid(image.study.PatientID, "dose"))
    dataset.Modality = "RTDOSE"
    dataset.SeriesInstanceUID = phantom_uid(image.study.PatientID, "dose series")
    dataset.FrameOfReferenceUID = image.FrameOfReferenceUID
    dataset.ImagePositionPatient = ["-60", "30", "600"]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.PixelSpacing = ["5", "5"]
    dataset.GridFrameOffsetVector = ["0", "5"]
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = 2, 4, 4
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PixelData = bytes(2 * 2 * 16)
    save(dataset, path)
