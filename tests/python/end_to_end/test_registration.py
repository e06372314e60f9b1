"""Contours drawn on an MR, on the CT that a registration object ties to it: files to masks.

Truth is the drawn ellipsoid by its formula, asked at each voxel of the CT; points go back into the
frame of the MR through SimpleITK's own rigid transform, which has angles, not our matrix.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK

from end_to_end.conftest import Road
from rtstruct.home import Home
from rtstruct.phantom.grid import SAGITTAL, Grid, uniform
from rtstruct.phantom.identity import Study, phantom_uid
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.shapes import ellipsoid
from rtstruct.phantom.structure_set import DrawnROI, draw, seed, write_structure_set
from rtstruct.view.scenes import Scenes
from support.paths import extent
from support.registrations import write_deformable, write_registration

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.phantom.image_series import ImageSeries

CENTRE, AXES = (6.0, -4.0, 3.0), (16.0, 11.0, 20.0)
SEED = (3.0, 5.0, -7.0)
MR_GRID = Grid(48, 44, uniform(36, 2.0), 1.3, 1.2, 2.0, (-9.0, 12.0, -310.0))
CT_GRID = Grid(70, 66, uniform(60, 1.5), 1.0, 1.1, 1.5, (30.0, -20.0, 400.0))
MR, CT = "mr", "ct"

# Angles about x, y, z in degrees and shift in mm, from the MR to the CT.
Turn = tuple[tuple[float, float, float], tuple[float, float, float]]
SHIFT = (42.0, -35.0, 706.0)
SLIGHT: Turn = ((2.0, -3.0, 5.0), SHIFT)
TURNS: dict[str, Turn] = {
    "shift": ((0.0, 0.0, 0.0), (38.75, -31.5, 711.25)),
    "slight": SLIGHT,
    "quarter about z": ((0.0, 0.0, 90.0), (40.0, -12.0, 710.0)),
    "quarter about x": ((90.0, 0.0, 0.0), (38.0, -330.0, 390.0)),
    "quarter about y": ((0.0, -90.0, 0.0), (-280.0, -33.0, 405.0)),
    "tilted quarter": ((80.0, 4.0, 0.0), (60.0, -330.0, 450.0)),
}


def rigid(turn: Turn) -> Any:
    """From the MR to the CT, by SimpleITK."""
    degrees, shift = turn
    return SimpleITK.Euler3DTransform((0.0, 0.0, 0.0), *np.radians(degrees).tolist(), shift)


def matrix(turn: Turn) -> np.ndarray:
    made = np.eye(4)
    made[:3, :3] = np.array(rigid(turn).GetMatrix()).reshape(3, 3)
    made[:3, 3] = turn[1]
    return made


def moved(turn: Turn) -> Turn:
    """Move the whole so that the middle of the ellipsoid lies in the middle of the CT."""
    degrees, _ = turn
    middle = MR_GRID.to_patient(np.array([CENTRE]))[0]
    turned = rigid((degrees, (0.0, 0.0, 0.0))).TransformPoint(middle.tolist())
    shift = np.add(CT_GRID.centre_mm, (1.3, -2.1, 0.7)) - turned
    return degrees, tuple(shift.tolist())  # type: ignore[return-value]


TURNS = {name: moved(turn) for name, turn in TURNS.items()}
SLIGHT = TURNS["slight"]


@dataclass(frozen=True)
class Drawn:
    mr: ImageSeries
    ct: ImageSeries
    folder: Path
    study: Study

    def tie(self, name: str, *matrices: np.ndarray, kind: str = "RIGID") -> str:
        """A registration that leads from the MR to the CT."""
        frames = self.ct.FrameOfReferenceUID, self.mr.FrameOfReferenceUID
        sources = [(frames[1], matrices)]
        return write_registration(self.folder / name, self.study, frames[0], sources, kind=kind)


def drawn(home: Path, patient: str, *, directions: Any = None) -> Drawn:
    folder = home / "dicom" / patient
    on_mr, on_ct = Study(patient, label=MR), Study(patient, label=CT)
    mr = write_image_series(folder / MR, MR_GRID, on_mr, modality="MR")
    grid = CT_GRID
    if directions:
        grid = Grid(60, 66, uniform(60, 1.5), 1.0, 1.1, 1.5, CT_GRID.centre_mm, directions)
    ct = write_image_series(folder / CT, grid, on_ct)
    rois = [
        DrawnROI(1, "Tumour", draw(ellipsoid(CENTRE, AXES), MR_GRID)),
        DrawnROI(2, "Seed", seed(MR_GRID, SEED)),
    ]
    write_structure_set(folder / "rs.dcm", rois, mr)
    return Drawn(mr, ct, folder, on_ct)


def scaled(turn: Turn, size: float) -> np.ndarray:
    made = matrix(turn)
    made[:3, :3] *= size
    return made


def write_refused(home: Path) -> None:
    """Patients whose contours nothing may move."""
    drawn(home, "scaled").tie("r", scaled(SLIGHT, 1.05), kind="RIGID_SCALE")
    drawn(home, "scaled in secret").tie("r", scaled(SLIGHT, 1.02))
    drawn(home, "mirrored").tie("r", matrix(SLIGHT) @ np.diag([-1, 1, 1, 1]))
    drawn(home, "affine").tie("r", matrix(SLIGHT), kind="AFFINE")
    made = drawn(home, "deformed")
    frames = made.ct.FrameOfReferenceUID, made.mr.FrameOfReferenceUID
    write_deformable(made.folder / "r", made.study, *frames)
    made = drawn(home, "disputed")
    made.tie("automatic", matrix(SLIGHT))
    made.tie("corrected", matrix((SLIGHT[0], tuple(np.add(SLIGHT[1], (0.0, 0.5, 0.0))))))
    made = drawn(home, "disputed within")
    write_registration(
        made.folder / "r",
        made.study,
        frame=made.ct.FrameOfReferenceUID,
        sources=[
            (made.mr.FrameOfReferenceUID, [matrix(SLIGHT)]),
            (made.mr.FrameOfReferenceUID, [np.eye(4)]),
        ],
    )
    made = drawn(home, "of another patient")
    other = Study("somebody else", label=CT)
    write_registration(
        made.folder / "r",
        other,
        made.ct.FrameOfReferenceUID,
        [(made.mr.FrameOfReferenceUID, [matrix(SLIGHT)])],
    )


def write_moved(home: Path) -> dict[str, tuple[Turn, str]]:
    """Patients by name: how the MR lies to the CT, and how the note says it."""
    found = {}
    for name, turn in TURNS.items():
        uid = drawn(home, name).tie("r", matrix(turn))
        found[name] = (turn, f"{uid} (forward)")
    made = drawn(home, "inverse")
    uid = write_registration(
        made.folder / "r",
        made.study,
        made.mr.FrameOfReferenceUID,
        [
            (made.mr.FrameOfReferenceUID, [np.eye(4)]),
            (made.ct.FrameOfReferenceUID, [np.linalg.inv(matrix(SLIGHT))]),
        ],
    )
    found["inverse"] = (SLIGHT, f"{uid} (inverse)")
    made = drawn(home, "by a third")
    first = matrix(((10.0, 20.0, -30.0), (5.0, 6.0, 7.0)))
    uid = write_registration(
        made.folder / "r",
        made.study,
        phantom_uid("a third frame"),
        [
            (made.mr.FrameOfReferenceUID, [first]),
            (made.ct.FrameOfReferenceUID, [first @ np.linalg.inv(matrix(SLIGHT))]),
        ],
    )
    found["by a third"] = (SLIGHT, f"{uid} (forward, then inverse)")
    uid = drawn(home, "in two steps").tie("r", first, matrix(SLIGHT) @ np.linalg.inv(first))
    found["in two steps"] = (SLIGHT, f"{uid} (forward)")
    made = drawn(home, "agreed")
    uids = sorted(made.tie(name, matrix(SLIGHT)) for name in ("one", "other"))
    frames = made.ct.FrameOfReferenceUID, made.mr.FrameOfReferenceUID
    write_deformable(made.folder / "third", made.study, *frames)
    words = f"{uids[0]} (forward); {uids[1]} (forward); not rigid, left out: 1"
    found["agreed"] = (SLIGHT, words)
    uid = drawn(home, "sagittal", directions=SAGITTAL).tie("r", matrix(SLIGHT))
    found["sagittal"] = (SLIGHT, f"{uid} (forward)")
    return found


@dataclass(frozen=True)
class Results:
    road: Road
    moved: dict[str, tuple[Turn, str]]
    first: dict[str, Any]
    """What a conversion without the option says."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    home = tmp_path_factory.mktemp("registration")
    write_refused(home)
    found = write_moved(home)
    road = Road(home)
    assert road.here("index", str(home / "dicom")).returncode == 0
    built = road.here("build")
    assert built.returncode == 0, built.stdout + built.stderr
    plain = road.here("convert", "--where", "true", "--json")
    assert plain.returncode == 0, plain.stderr
    other = ["--registration", "--out", str(home / "registered")]
    where = ["--where", "image_Modality = 'CT'"]
    converted = road.here("convert", *where, *other, "--format", "nrrd", "--json")
    assert converted.returncode == 1  # some are refused
    assert "Traceback" not in converted.stderr
    return Results(road, found, json.loads(plain.stdout))


MOVED = [*TURNS, "inverse", "by a third", "in two steps", "agreed", "sagittal"]
REFUSED = {
    "scaled": "registration_not_rigid",
    "scaled in secret": "registration_not_rigid",
    "mirrored": "registration_not_rigid",
    "affine": "registration_not_rigid",
    "deformed": "registration_not_rigid",
    "disputed": "registrations_disagree",
    "disputed within": "registrations_disagree",
}


def test_nothing_moves_unasked(results: Results) -> None:
    masks = results.road.registry(
        "select distinct conversions.evidence, conversions.PatientID, masks.notes from masks"
        " join conversions using (conversion_id) where format = 'nifti'"
    )
    assert len(masks) == len(MOVED) + len(REFUSED) + 1
    assert {row["evidence"] for row in masks} == {"sop"}
    assert not any(note.startswith("registered") for row in masks for note in row["notes"])
    assert results.first["not_converted"] == {}


def truth(image: Any, turn: Turn) -> np.ndarray:
    """(slices, rows, columns), whether each voxel's centre lies in the ellipsoid."""
    back = rigid(turn).GetInverse()
    columns, rows, slices = image.GetSize()
    k, j, i = np.mgrid[:slices, :rows, :columns].reshape(3, -1)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    on_ct = (np.array([i, j, k]).T * image.GetSpacing()) @ directions.T + image.GetOrigin()
    assert image.TransformIndexToPhysicalPoint((1, 2, 3)) == pytest.approx(
        on_ct[(3 * rows + 2) * columns + 1]
    )
    on_mr = on_ct @ np.array(back.GetMatrix()).reshape(3, 3).T + back.GetTranslation()
    assert back.TransformPoint(on_ct[5].tolist()) == pytest.approx(on_mr[5])
    middle = MR_GRID.to_patient(np.array([CENTRE]))[0]
    inside = (((on_mr - middle) / AXES) ** 2).sum(axis=1) < 1
    return inside.reshape(slices, rows, columns)


@pytest.mark.parametrize("name", MOVED)
def test_masks_lie_where_the_registration_puts_them(results: Results, name: str) -> None:
    turn, words = results.moved[name]
    (row,) = results.road.registry(
        "select masks.*, evidence, status from masks join conversions using (conversion_id)"
        " where conversions.PatientID = ? and format = 'nrrd'",
        name,
    )
    image = SimpleITK.ReadImage(str(results.road.file(row["path"])))
    found, expected = SimpleITK.GetArrayFromImage(image) > 0, truth(image, turn)
    dice = 2 * (found & expected).sum() / (found.sum() + expected.sum())
    assert dice > 0.97, dice
    volume = 4 / 3 * np.pi * np.prod(AXES) / 1000
    assert row["mask_volume_mL"] == pytest.approx(volume, rel=0.02)
    assert row["contour_volume_mL"] == pytest.approx(volume, rel=0.02)
    middle = rigid(turn).TransformPoint(MR_GRID.to_patient(np.array([CENTRE]))[0].tolist())
    assert row["centroid_mm"] == pytest.approx(middle, abs=0.25)
    assert (row["evidence"], row["status"]) == ("registration", "done")
    assert f"registered: {words}" in row["notes"]
    sidecar = results.road.file(row["path"]).with_name("provenance.json").read_text()
    (conversion,) = json.loads(sidecar)["conversions"]
    assert f"registered: {words}" in conversion["masks"][0]["notes"]
    assert conversion["evidence"] == "registration"


@pytest.mark.parametrize("name", ["shift", "slight", "quarter about z"])
def test_pictures_show_the_contours_where_they_were_moved(results: Results, name: str) -> None:
    (row,) = results.road.registry(
        "select conversion_id, ROINumber from masks join conversions using (conversion_id)"
        " where conversions.PatientID = ? and format = 'nrrd'",
        name,
    )
    scene = Scenes(Home(results.road.home)).get(row["conversion_id"][:16])
    (axial,) = (plane for plane in scene.planes if plane.normal == 0)
    shown = 0
    for k in range(scene.grid.shape[0]):
        contour = scene.contours(axial, k).get(row["ROINumber"])
        edge = scene.edges(axial, k).get(row["ROINumber"])
        if contour and edge:
            shown += 1
            # A slice is filled by the contour that is nearest to it, which the picture shows.
            assert extent(contour) == pytest.approx(extent(edge[0]), abs=2.5)
    assert shown > 10


@pytest.mark.parametrize("name", MOVED)
def test_seed_points_lie_there_too(results: Results, name: str) -> None:
    turn, _ = results.moved[name]
    (row,) = results.road.registry(
        "select x_mm, y_mm, z_mm from points join conversions using (conversion_id)"
        " where conversions.PatientID = ? and evidence = 'registration'",
        name,
    )
    place = rigid(turn).TransformPoint(MR_GRID.to_patient(np.array([SEED]))[0].tolist())
    assert list(row.values()) == pytest.approx(place, abs=1e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_rigid_or_disputed_is_refused(results: Results, name: str) -> None:
    rows = results.road.registry(
        "select distinct roi_failures.error_code, conversions.status from roi_failures"
        " join conversions using (conversion_id) where conversions.PatientID = ?",
        name,
    )
    assert rows == [{"error_code": REFUSED[name], "status": "failed"}]


def test_a_registration_of_another_patient_is_none(results: Results) -> None:
    rows = results.road.catalog(
        "select evidence from rtstruct.conversion_worklist where PatientID = 'of another patient'"
    )
    assert rows == [{"evidence": "sop"}]


def test_a_dry_run_tells_what_is_not_rigid(results: Results) -> None:
    where = "image_Modality = 'CT' and PatientID in ('slight', 'scaled', 'deformed')"
    words = ["convert", "--where", where, "--registration", "--dry-run", "--json"]
    said = json.loads(results.road.here(*words, "--out", str(results.road.home / "dry")).stdout)
    # An organ and a seed each.
    assert said["not_converted"] == {"registration_not_rigid": 4}
    assert said["masks"] == 1
