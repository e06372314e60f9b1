"""Cases whose masks are known: phantoms of ours, and what lies beside the repository."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import phantoms
import pydicom

from rtstruct.phantom import shapes
from rtstruct.phantom.grid import CORONAL, SAGITTAL, Grid, oblique, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).resolve().parents[3] / "shared"
SIZE = {"columns": 80, "rows": 80, "slice_thickness_mm": 3.0}
AXIAL = Grid(slices_mm=uniform(30, 3.0), row_spacing_mm=2.0, column_spacing_mm=2.0, **SIZE)
OBLONG = replace(AXIAL, rows=64)
UNEVEN = Grid(slices_mm=uniform(30, 3.0), row_spacing_mm=2.25, column_spacing_mm=1.5, **SIZE)
TURNED = {"oblique": oblique(20, 15, 10), "sagittal": SAGITTAL, "coronal": CORONAL}
STEP_MM = 0.2
TIDY = "tidy"
FINE = Grid(
    slices_mm=uniform(30, 3.0),
    row_spacing_mm=1.0,
    column_spacing_mm=1.0,
    columns=128,
    rows=128,
    slice_thickness_mm=3.0,
)


@dataclass(frozen=True)
class Truth:
    """What the mask of a ROI must be; ``mask`` (i, j, k) lies on ``affine`` (RAS, mm)."""

    volume_mL: float
    mask: np.ndarray | None = None
    affine: np.ndarray | None = None


@dataclass(frozen=True)
class Case:
    """``images/`` and ``rt.dcm`` in a folder. No truth for a ROI: there is no right mask."""

    name: str
    folder: Path
    truth: dict[str, Truth | None]


def all_cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """Write each case into a folder of its own, the tidy one first; if ``quick``, only phantoms."""
    organ = {"Organ": shapes.ellipsoid((-10, 10, 5), (35, 40, 30))}
    yield _phantom(folder, TIDY, FINE, solids=organ)
    yield from _phantoms(folder)
    if quick:
        return
    if (SHARED / "dicom").is_dir():
        yield from _ibsi(folder)
    if (SHARED / "cases").is_dir():
        yield from _reported(folder)


def large(folder: Path, *, quick: bool) -> Case:
    """30 ROIs on 512 x 512 x 200, or 128 x 128 x 100: for time and memory alone."""
    place = folder / "large" / "000"
    if quick:
        phantoms.contoured_patients(place.parent, 1)
    else:
        phantoms.large_patient(place)
    (place / "ct").rename(place / "images")
    return Case("large", place, {})


def _solids() -> dict[str, shapes.Solid]:
    outer, inner = shapes.cylinder((25, 0, 0), 20, 40), shapes.cylinder((25, 0, 0), 11, 40)
    shell = shapes.minus(shapes.sphere((-30, 0, 0), 24), shapes.sphere((-30, 0, 0), 16))
    return {
        "Organ": shapes.ellipsoid((-20, 10, 5), (20, 30, 30)),
        "Small": shapes.sphere((10, -35, 0), 8),
        "Ring": shapes.minus(outer, inner),
        "Keyhole": shapes.keyhole(outer, inner),
        "Shell": shell,
    }


def _phantoms(folder: Path) -> Iterator[Case]:
    grids = {"axial": AXIAL, "80 x 64 pixels": OBLONG, "pixels 2.25 x 1.5": UNEVEN}
    for name, directions in TURNED.items():
        grids[name] = Grid(
            slices_mm=AXIAL.slices_mm,
            row_spacing_mm=2.0,
            column_spacing_mm=2.0,
            directions=directions,
            **SIZE,
        )
    for name, grid in grids.items():
        yield _phantom(folder, name, grid)
    yield _phantom(folder, "no ContourImageSequence", AXIAL, contour_images=False)
    yield _phantom(folder, "contours between slices", AXIAL, offset_mm=1.2)
    yield _phantom(folder, "sequences in three orders", AXIAL, shuffle=True)
    yield _phantom(folder, "a second series", AXIAL, second=True)
    yield _phantom(folder, "two slices lost", AXIAL, lost=(12, 13))
    yield _phantom(folder, "a ROI without contours", AXIAL, empty=True)
    yield _phantom(folder, "another frame of reference", AXIAL, foreign=True)


def _phantom(
    folder: Path,
    name: str,
    grid: Grid,
    *,
    offset_mm: float = 0.0,
    lost: tuple[int, ...] = (),
    second: bool = False,
    empty: bool = False,
    foreign: bool = False,
    solids: dict[str, shapes.Solid] | None = None,
    **structure_set: bool,
) -> Case:
    place, study = folder / re.sub(r"\W+", "_", name), Study(f"PEERS {name}")
    image = write_image_series(place / "images", grid, study)
    solids = solids or _solids()
    rois = [
        DrawnROI(n, roi, draw(solid, grid, offset_mm=offset_mm))
        for n, (roi, solid) in enumerate(solids.items(), 1)
    ]
    if empty:
        rois.insert(0, DrawnROI(9, "Nothing"))
    drawn_on = image
    if foreign:
        elsewhere = Study(f"PEERS {name} elsewhere")
        drawn_on = write_image_series(folder / "unused" / place.name, grid, elsewhere)
    write_structure_set(place / "rt.dcm", rois, drawn_on, **structure_set)
    for k in lost:
        image.paths[k].unlink()
    if second:
        moved = Grid(**{**vars(grid), "centre_mm": (9.0, 9.0, 1.5)})
        write_image_series(place / "images", moved, study, label="another")
    truth: dict[str, Truth | None] = {
        roi: None if foreign else _truth(solid, grid) for roi, solid in solids.items()
    }
    return Case(name, place, truth)


def _truth(solid: shapes.Solid, grid: Grid) -> Truth:
    """Voxels whose centre is inside, edge by edge; the volume that the polygons enclose."""
    u = (np.arange(grid.columns) - (grid.columns - 1) / 2) * grid.column_spacing_mm
    v = (np.arange(grid.rows) - (grid.rows - 1) / 2) * grid.row_spacing_mm
    x, y = np.meshgrid(u, v, indexing="ij")
    mask = np.stack([_inside(solid.section(w), x, y) for w in grid.slices_mm], axis=2)
    axes = np.array([*grid.directions, grid.normal]).T
    step = grid.slices_mm[1] - grid.slices_mm[0]
    affine = np.eye(4)
    affine[:3, :3] = axes * [grid.column_spacing_mm, grid.row_spacing_mm, step]
    affine[:3, 3] = grid.position(0)
    return Truth(
        solid.drawn_volume(grid.slices_mm, step), mask, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    )


def _inside(polygons: Any, x: np.ndarray, y: np.ndarray, union: bool = False) -> np.ndarray:
    found = np.zeros(x.shape, dtype=bool)
    for polygon in polygons:
        one = np.zeros(x.shape, dtype=bool)
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 != y1:
                one ^= ((y0 <= y) != (y1 <= y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        found = found | one if union else found ^ one
    return found


def _ibsi(folder: Path) -> Iterator[Case]:
    """Clinical sets with a reference mask that others made."""
    for reference in sorted(SHARED.glob("dicom/ibsi*/*/*/nifti_reference/*.nii.gz")):
        source = reference.parents[1]
        name = f"IBSI {source.parent.name} {source.name}"
        place = folder / name.replace(" ", "_")
        (place / "images").mkdir(parents=True)
        for path in source.rglob("*.dcm"):
            is_set = path.parent.name == "RTSTRUCT"
            (place / "rt.dcm" if is_set else place / "images" / path.name).symlink_to(path)
        image = nibabel.load(reference)
        mask = np.asarray(image.dataobj) > 0
        volume = mask.sum() * abs(np.linalg.det(image.affine[:3, :3])) / 1000
        (roi, *_) = pydicom.dcmread(place / "rt.dcm").StructureSetROISequence
        yield Case(name, place, {roi.ROIName: Truth(volume, mask, image.affine)})


def _reported(folder: Path) -> Iterator[Case]:
    """Situations of public bug reports; their truth is a volume."""
    for program in sorted((SHARED / "cases").glob("*.py")):
        place = folder / program.stem
        expected = place / "expect.json"
        (place / "images").mkdir(parents=True)
        words = [sys.executable, str(program), str(place / "images"), str(expected)]
        subprocess.run(words, check=True, capture_output=True)
        sets = [path for path in sorted((place / "images").rglob("*.dcm")) if _is_set(path)]
        if len(sets) != 1:
            continue  # several patients in one folder: no peer takes that in one run
        sets[0].rename(place / "rt.dcm")
        truth = {
            name: Truth(_expected_mL(what))
            for name, what in json.loads(expected.read_text()).items()
        }
        yield Case(f"report {program.stem.replace('_', ' ')}", place, truth)


def _is_set(path: Path) -> bool:
    head = pydicom.dcmread(path, force=True, specific_tags=["Modality"])
    return bool(head.get("Modality") == "RTSTRUCT")


def _expected_mL(what: dict[str, Any]) -> float:
    if "volume_mL" in what:
        return float(what["volume_mL"])
    if what["mode"] == "count":
        return float(what["slices"] * what["slice_mL"])
    planes: dict[float, list[np.ndarray]] = {}
    for polygon in what["planes"]:
        points = np.asarray(polygon, float).reshape(-1, 3)
        planes.setdefault(round(points[0, 2], 1), []).append(points[:, :2])
    heights = sorted(planes)
    step = float(np.median(np.diff(heights)))
    points = np.concatenate([polygon for polygons in planes.values() for polygon in polygons])
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    x, y = np.meshgrid(*(np.arange(a, b, STEP_MM) for a, b in zip(low, high, strict=True)))
    union = what["mode"] == "union"
    voxels = sum(_inside(polygons, x, y, union).sum() for polygons in planes.values())
    return float(voxels) * STEP_MM**2 * step / 1000
