"""What `import rtstruct` offers, on the phantom cohort whose volumes are known."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

import rtstruct

if TYPE_CHECKING:
    from pathlib import Path

    from library.conftest import Session

pytestmark = pytest.mark.xdist_group("library")

COHORT = "rtstruct-demo/phantom_cohort"


def test_the_guide_prints_what_its_reader_expects(guide: Session) -> None:
    masks, heart, table, converted, files, error = guide.printed
    assert len(masks.splitlines()) == 8
    assert "Poumon G" in masks
    assert heart.splitlines()[1].startswith("(96, 96, 40)")
    assert "cord+5mm" in table
    assert "8 masks; complete" in converted
    assert "<Mask 'Lung_L' of ROI 2: 333.1 mL>" in files
    assert error.startswith("roi_absent ")


def test_masks_have_the_volumes_that_were_drawn_and_the_others_are_told(guide: Session) -> None:
    workspace = guide.names["workspace"]
    with pytest.warns(rtstruct.MissingMaskWarning) as told:
        masks = {
            (mask.row["SOPInstanceUID"], mask.ROINumber): mask for mask in workspace.masks("true")
        }
    truth = {
        (roi.SOPInstanceUID, roi.ROINumber): roi.volume_mL
        for roi in guide.truth
        if roi.kind == "mask"
    }
    assert masks.keys() == truth.keys()
    for key, mask in masks.items():
        volume = mask.array.sum() * np.prod(mask.spacing) / 1000
        assert volume == pytest.approx(mask.volume_mL)
        assert volume == pytest.approx(truth[key], rel=0.01)
    missing = [str(each.message) for each in told if each.category is rtstruct.MissingMaskWarning]
    assert {text.partition(":")[0] for text in missing} == {"empty_roi", "image_absent"}
    # Once for each structure set and code; each mask has its own.
    doubtful = [str(each.message) for each in told if each.category is rtstruct.DoubtfulMaskWarning]
    assert len(doubtful) == 2
    assert sum("empty_slices: " in text for text in doubtful) == 1
    assert sum("guessed: " in text for text in doubtful) == 1
    lacking = [mask for mask in masks.values() if any("empty_slices" in w for w in mask.warnings)]
    assert {mask.row["PatientID"] for mask in lacking} == {"CT-MISSING-SLICE"}
    assert len(lacking) == 4


def test_a_mask_from_its_file_is_the_mask_made_in_memory(guide: Session) -> None:
    workspace = guide.names["workspace"]
    fresh = rtstruct.Workspace(rtstruct.open(guide.folder / "fresh").home)
    fresh.folder.mkdir()
    (fresh.folder / "catalog.duckdb").write_bytes(
        (workspace.folder / "catalog.duckdb").read_bytes()
    )
    where = "structure = 'Lung'"
    pairs = list(zip(workspace.masks(where), fresh.masks(where), strict=True))
    assert len(pairs) == 8
    for registered, made in pairs:
        assert registered.row["path"] is not None
        assert made.row["path"] is None
        assert np.array_equal(registered.array, made.array)
        assert np.array_equal(registered.affine, made.affine)
        assert np.array_equal(registered.image.array, made.image.array)
        assert registered.notes == made.notes


def test_simpleitk_and_nibabel_have_the_voxels_in_the_same_place(guide: Session) -> None:
    for patient in ("CT-PRONE-HOSTILE", "MR-OBLIQUE-GERMAN"):
        image = rtstruct.read_image_series(guide.folder / COHORT / patient)
        sitk, nibabel = image.to_sitk(), image.to_nibabel()
        for i, j, k in ((0, 0, 0), (3, 5, 7)):
            here = image.affine @ (i, j, k, 1)
            assert sitk.TransformIndexToPhysicalPoint((i, j, k)) == pytest.approx(here[:3])
            assert nibabel.affine @ (i, j, k, 1) == pytest.approx(here * (-1, -1, 1, 1))
            assert sitk.GetPixel(i, j, k) == image.array[k, j, i]
            assert nibabel.dataobj[i, j, k] == image.array[k, j, i]


def test_the_image_is_what_pydicom_reads_slice_by_slice(guide: Session) -> None:
    folder = guide.folder / COHORT / "CT-ENGLISH"
    image = rtstruct.read_image_series(folder)
    files = [pydicom.dcmread(path) for path in (folder / "image").iterdir()]
    files.sort(key=lambda file: file.ImagePositionPatient[2])
    slices = [file.pixel_array * file.RescaleSlope + file.RescaleIntercept for file in files]
    assert np.array_equal(image.array, np.stack(slices))
    assert image.affine[:3, 3] == pytest.approx(files[0].ImagePositionPatient)


def test_datasets_in_memory_give_the_masks_of_their_files(guide: Session) -> None:
    folder = guide.folder / COHORT / "CT-ENGLISH"
    datasets = [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]
    images = [dataset for dataset in datasets if dataset.Modality == "CT"]
    (drawn,) = (dataset for dataset in datasets if dataset.Modality == "RTSTRUCT")
    image = rtstruct.read_image_series(reversed(images))
    mask = rtstruct.read_structure_set(drawn).roi("Heart").mask(image)
    of_files = rtstruct.read_structure_set(folder / "structures.dcm").roi("Heart")
    assert np.array_equal(mask.array, of_files.mask(rtstruct.read_image_series(folder)).array)
    assert np.array_equal(mask.image.array, image.array)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda folder: rtstruct.read_structure_set(folder / "absent.dcm"), "unreadable_file"),
        (
            lambda folder: rtstruct.read_structure_set(folder / "CT-ENGLISH/image/image-0001.dcm"),
            "not_a_structure_set",
        ),
        (lambda folder: rtstruct.read_image_series(folder), "several_series"),
        (
            lambda folder: rtstruct.read_image_series(folder / "CT-ENGLISH/structures.dcm"),
            "no_images",
        ),
        (
            lambda folder: rtstruct.read_structure_set(
                folder / "CT-PRONE-HOSTILE/structures.dcm"
            ).roi("GTV"),
            "roi_ambiguous",
        ),
        (
            lambda folder: (
                rtstruct.read_structure_set(folder / "CT-ENGLISH/structures.dcm")
                .roi("Heart")
                .mask(rtstruct.read_image_series(folder / "MR-OBLIQUE-GERMAN"))
            ),
            "frame_of_reference_mismatch",
        ),
    ],
)
def test_what_cannot_be_has_a_code(guide: Session, ask, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(rtstruct.RtstructError) as raised:
        ask(guide.folder / COHORT)
    assert raised.value.code == code


def test_wrong_sql_and_options_are_usage_errors(guide: Session) -> None:
    workspace = guide.names["workspace"]
    for wrong in (
        lambda: workspace.sql("drop table rtstruct_rois"),
        lambda: list(workspace.masks("nonsense = 1")),
        lambda: workspace.convert("true", formt="nrrd"),
        lambda: rtstruct.open(guide.folder / "nothing").sql("select 1"),
    ):
        with pytest.raises(rtstruct.UsageError):
            wrong()


def test_an_answer_holds_no_lock_on_catalog_or_registry(guide: Session) -> None:
    workspace = guide.names["workspace"]
    count = "select count(*) as n from registry.masks"
    ((before,),) = workspace.sql(count).fetchall()
    answer = workspace.sql(count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rtstruct.MissingMaskWarning)
        workspace.convert("structure = 'Heart'")
    assert answer.df()["n"].tolist() == [before]


def test_threads_convert_side_by_side(guide: Session) -> None:
    workspace = guide.names["workspace"]
    results = {}

    def convert(name: str) -> None:
        results[name] = workspace.convert(
            f"ROIName = '{name}'", guide.folder / f"out-{name}", workers=1
        )

    threads = [threading.Thread(target=convert, args=[name]) for name in ("Heart", "SpinalCord")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: result.counts.masks for name, result in results.items()} == {
        "Heart": 1,
        "SpinalCord": 1,
    }


def test_a_script_without_a_main_guard_converts(guide: Session, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import rtstruct\n"
        f"workspace = rtstruct.open({str(guide.names['workspace'].folder.absolute())!r})\n"
        f"print(workspace.convert(\"ROIName = 'BODY'\", {str(tmp_path / 'out')!r}).counts.masks)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


def test_importing_costs_a_script_little() -> None:
    probe = (
        "import sys\n"
        "import rtstruct\n"
        "print(*sorted({'numpy', 'duckdb', 'pydicom', 'SimpleITK', 'pandas'} & set(sys.modules)))\n"
        "print(sum(name.split('.')[0] == 'rtstruct' for name in sys.modules))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    heavy, ours = answer.stdout.split("\n")[:2]
    assert heavy == ""
    assert int(ours) < 10


def test_names_are_explained_as_a_table() -> None:
    table = rtstruct.explain_names(["Lunge li", "GTV-1"])
    assert table["structure"].tolist()[0] == "Lung"
    assert table["laterality"].tolist()[0] == "L"
    assert table["roi_class"].tolist() == ["ANATOMY", "TARGET"]


def test_what_is_offered_is_what_is_listed() -> None:
    assert set(dir(rtstruct)) == set(rtstruct.__all__)
    assert all(hasattr(rtstruct, name) for name in rtstruct.__all__)
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        rtstruct.opne  # noqa: B018 - a misspelling of a user's


def test_a_mask_that_was_edited_in_place_is_not_taken_for_the_one_that_was_written(
    guide: Session,
) -> None:
    workspace = guide.names["workspace"]
    where = "structure = 'Lung' and PatientID = 'CT-ENGLISH'"
    mask, other = workspace.masks(where)
    path = workspace.folder / mask.row["path"]
    before = path.read_bytes()
    try:
        path.write_bytes((workspace.folder / other.row["path"]).read_bytes())
        again = next(workspace.masks(where))
        with pytest.raises(rtstruct.RtstructError, match="is not the file that was") as told:
            _ = again.array
        assert told.value.code == "mask_changed"
    finally:
        path.write_bytes(before)


def test_masks_of_another_rule_do_not_stand_for_those_of_the_default(guide: Session) -> None:
    workspace = guide.names["workspace"]
    where = "PatientID = 'CT-MISSING-SLICE' and structure = 'Lung' and laterality = 'L'"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rtstruct.DoubtfulMaskWarning)
        before = next(workspace.masks(where)).array.sum()
        made = workspace.convert(where, out=guide.folder / "filled", interpolate=True)
        assert made.counts.masks == 1
        assert next(workspace.masks(where)).array.sum() == before
    filled = workspace.sql("select max(voxel_count) from registry.masks where path like '%filled%'")
    assert filled.fetchall()[0][0] > before
