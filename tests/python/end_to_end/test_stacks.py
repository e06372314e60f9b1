"""Series of several stacks, from files to masks on the command line, against truth by formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import SimpleITK

from end_to_end.conftest import Road
from rtstruct.home import Home
from rtstruct.view.scenes import Scenes
from support.paths import extent
from support.stack_cases import BOX, CASES, SHAPE, write

if TYPE_CHECKING:
    from support.stack_cases import Case, Made


@dataclass(frozen=True)
class Results:
    road: Road
    cases: dict[str, Case]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    home = tmp_path_factory.mktemp("stacks")
    cases = {name: builder(name) for name, builder in CASES.items()}
    for name, case in cases.items():
        write(home / "dicom" / name, name, case)
    road = Road(home)
    assert road.here("index", str(home / "dicom")).returncode == 0
    models = "+conversion_worklist +rtstruct_rois +rtstruct_series +image_instances"
    models += " +image_stacks +catalog_findings"
    tests = "resource_type:test resource_type:unit_test"
    built = road.here("build", "--select", models, "--exclude", tests)
    assert built.returncode == 0, built.stdout + built.stderr
    for words in (["--reference"], ["--format", "seg", "--out", str(home / "seg")]):
        converted = road.here("convert", "--where", "true", *words)
        assert "Traceback" not in converted.stderr
    return Results(road, cases)


def rows_of(results: Results, name: str, form: str) -> dict[tuple[str, int | None], dict[str, Any]]:
    rows = results.road.registry(
        "select masks.* from masks join conversions using (conversion_id)"
        " where conversions.PatientID = ? and format = ?",
        name,
        form,
    )
    return {(row["ROIName"], row["stack_number"]): row for row in rows}


def truth(made: Made) -> np.ndarray:
    expected = np.zeros((made.slices, *SHAPE), dtype=bool)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    x0, y0, x1, y1 = BOX
    inside = (columns > x0) & (columns < x1) & (rows > y0) & (rows < y1)
    expected[list(made.drawn)] = inside
    return expected


@pytest.mark.parametrize("name", CASES)
def test_masks_lie_on_the_stack_that_contours_name(results: Results, name: str) -> None:
    case = results.cases[name]
    masks = rows_of(results, name, "nifti")
    assert masks.keys() == {(made.ROIName, made.stack_number) for made in case.made}
    for made in case.made:
        row = masks[made.ROIName, made.stack_number]
        found = SimpleITK.GetArrayFromImage(
            SimpleITK.ReadImage(str(results.road.file(row["path"])))
        )
        assert np.array_equal(found, truth(made))
        notes = {note.partition(":")[0] for note in row["notes"]}
        assert ({made.note} if made.note else set()) <= notes
        image = SimpleITK.ReadImage(str(results.road.file(row["reference_path"])))
        assert set(np.unique(SimpleITK.GetArrayFromImage(image))) == {made.value}
        assert row["contours_named"] + row["contours_listed"] + row["contours_by_position"] == len(
            made.drawn
        )


@pytest.mark.parametrize("name", CASES)
def test_what_lies_elsewhere_or_cannot_be_told_is_said(results: Results, name: str) -> None:
    failures = results.road.registry(
        "select distinct ROIName, roi_failures.error_code from roi_failures join conversions"
        " using (conversion_id) where conversions.PatientID = ?",
        name,
    )
    case = results.cases[name]
    assert {(row["ROIName"], row["error_code"]) for row in failures} == case.failures


@pytest.mark.parametrize("name", CASES)
def test_a_segmentation_is_derived_from_the_images_of_its_stack(
    results: Results, name: str
) -> None:
    case = results.cases[name]
    by_uid = {image.SOPInstanceUID: image for image in case.images}
    masks = rows_of(results, name, "seg")
    for made in case.made:
        row = masks[made.ROIName, made.stack_number]
        dataset = pydicom.dcmread(results.road.file(row["path"]))
        sources = {
            item.ReferencedSOPInstanceUID
            for groups in dataset.PerFrameFunctionalGroupsSequence
            for derivation in groups.DerivationImageSequence
            for item in derivation.SourceImageSequence
        }
        assert sources
        if "frames" not in name:
            values = {int(by_uid[uid].pixel_array.max()) for uid in sources}
            assert values == {made.value}
        assert {by_uid[uid].PatientID for uid in sources} == {dataset.PatientID}


def test_the_catalog_has_the_stacks_of_frames(results: Results) -> None:
    stacks = results.road.catalog(
        "select stack_number, stack_count, separated_by, instance_count, slice_count, spacing,"
        " grid_kind, structure_set_count from rtstruct.image_stacks"
        " where PatientID = 'both_stacks_of_frames' order by 1"
    )
    common = {"stack_count": 2, "separated_by": "StackID", "instance_count": 1, "slice_count": 5}
    common |= {"spacing": 3.0, "grid_kind": "uniform", "structure_set_count": 1}
    assert stacks == [{"stack_number": number, **common} for number in (1, 2)]
    conversions = results.road.registry(
        "select distinct stack_number, status from conversions"
        " where PatientID = 'both_stacks_of_frames'"
    )
    assert {(row["stack_number"], row["status"]) for row in conversions} == {
        (1, "done"),
        (2, "done"),
    }


def test_paths_tell_stacks_apart(results: Results) -> None:
    masks = results.road.registry("select path, stack_number from masks where ROIName = 'both'")
    folders = {row["path"].rsplit("/", 1)[0]: row["stack_number"] for row in masks}
    assert sorted(folders.values()) == [1, 1, 2, 2]
    assert all(folder.endswith(f"-stack{number}") for folder, number in folders.items())


def test_a_stack_can_be_chosen(results: Results) -> None:
    out = results.road.home / "chosen"
    where = "PatientID = 'none_named' and stack_number = 2"
    converted = results.road.rtstruct("convert", "--where", where, "--out", str(out))
    assert converted.returncode == 0, converted.stderr
    (row,) = results.road.registry("select * from masks where path like 'chosen/%'")
    assert (row["stack_number"], row["contours_by_position"]) == (2, 2)


@pytest.mark.parametrize("name", ["two_named_first", "three_named_last", "both_named"])
def test_a_picture_shows_mask_and_contours_on_the_image_of_their_stack(
    results: Results, name: str
) -> None:
    scenes = Scenes(Home(results.road.home))
    masks = rows_of(results, name, "nifti")
    for made in results.cases[name].made:
        row = masks[made.ROIName, made.stack_number]
        scene = scenes.get(row["conversion_id"][:16])
        assert scene.image is not None
        assert set(np.unique(scene.image)) == {made.value}
        (axial,) = (plane for plane in scene.planes if plane.normal == 0)
        for k in range(made.slices):
            contour = scene.contours(axial, k).get(row["ROINumber"])
            edge = scene.edges(axial, k).get(row["ROINumber"])
            assert (contour is not None) is (edge is not None) is (k in made.drawn)
            if contour and edge:
                # The box was drawn half way between voxels.
                assert extent(contour) == pytest.approx(extent(edge[0]), abs=0.01)
                left, top, right, bottom = extent(contour)
                assert (right - left, bottom - top) == pytest.approx((15, 9), abs=0.01)
