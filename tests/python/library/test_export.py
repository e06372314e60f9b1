"""Training and analysis sets from the phantom cohort."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK

from rtstruct.cli import main
from rtstruct.errors import UsageError
from rtstruct.export.run import Choices, export
from rtstruct.home import Home
from rtstruct.registry.summary import summarise
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from pathlib import Path

    from library.conftest import Session
    from rtstruct.export.run import ExportReport

pytestmark = pytest.mark.xdist_group("library")

LUNGS = "structure = 'Lung' and PatientID in ('CT-ENGLISH', 'CT-FRENCH', 'CT-MISSING-SLICE')"
LUNGS_AND_CORD = "structure in ('Lung', 'SpinalCord') and roi_class = 'ANATOMY'"
VOLUMES = {"CT-ENGLISH": (332.9, 353.7), "CT-FRENCH": (332.9, 353.7)}


def read(path: Path) -> Any:
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))


@pytest.fixture(scope="module")
def make(guide: Session) -> Any:
    def make(where: str, out: Path, layout: Any = "nnunet", **choices: Any) -> ExportReport:
        return export(guide.names["workspace"].home, where, out, Choices(layout, **choices))

    return make


def test_nnunet_has_what_was_drawn_on_the_voxels_of_the_image(make: Any, tmp_path: Path) -> None:
    report = make(LUNGS, tmp_path / "Dataset001_Lungs")
    assert (report.cases, report.labels, report.dropped) == (3, {"Lung_L": 1, "Lung_R": 2}, {})
    out = tmp_path / "Dataset001_Lungs"
    dataset = json.loads((out / "dataset.json").read_text())
    assert dataset["labels"] == {"background": 0, "Lung_L": 1, "Lung_R": 2}
    assert dataset["numTraining"] == 3
    assert dataset["channel_names"] == {"0": "CT"}
    for image_path in (out / "imagesTr").iterdir():
        label_path = out / "labelsTr" / image_path.name.replace("_0000", "")
        image, label = (SimpleITK.ReadImage(str(path)) for path in (image_path, label_path))
        assert image.GetSize() == label.GetSize()
        assert image.GetOrigin() == label.GetOrigin()
        assert image.GetDirection() == label.GetDirection()
        volume = np.prod(label.GetSpacing()) / 1000
        counts = np.bincount(SimpleITK.GetArrayFromImage(label).ravel(), minlength=3)
        patient = image_path.name.rpartition("-")[0]
        for number, expected in enumerate(VOLUMES.get(patient, ()), 1):
            assert counts[number] * volume == pytest.approx(expected, rel=0.01)


def test_a_case_that_lacks_a_label_is_dropped_or_left_empty_and_told(
    make: Any, tmp_path: Path
) -> None:
    where = f"{LUNGS_AND_CORD} and PatientID in ('CT-ENGLISH', 'CT-PRONE-HOSTILE')"
    dropped = make(where, tmp_path / "a")
    assert list(dropped.dropped.values()) == ["SpinalCord"]
    assert (dropped.cases, dropped.is_complete) == (1, False)
    kept = make(where, tmp_path / "b", missing="empty")
    assert (kept.cases, list(kept.absent.values())) == (2, [["SpinalCord"]])


def test_guessed_labels_and_masks_to_look_at_are_told(
    guide: Session, make: Any, tmp_path: Path
) -> None:
    where = "PatientID = 'CT-MISSING-SLICE' and structure in ('Bowel', 'Lung')"
    report = make(where, tmp_path / "a", layout="pyradiomics")
    # Bowel_nested may be another bowel; a slice of this patient is missing.
    assert report.guessed == {"Bowel_nested": 1}
    (doubts,) = report.warnings.values()
    assert doubts == {name: ["empty_slices"] for name in ("Bowel", "Lung_L", "Lung_R")}
    told = json.loads((tmp_path / "a" / "export.json").read_text())
    assert (told["guessed"], list(told["warnings"].values())) == (report.guessed, [doubts])
    home = guide.names["workspace"].home
    ((masks,),) = Road(home).sql("select count(*) from masks where ROIName = 'Bowel_nested'")
    assert summarise(home.registry).guesses == masks > 0
    # A table that names the ROI is no guess.
    labels = tmp_path / "labels.csv"
    labels.write_text("label,name,ROIName\n1,Bowel,Bowel_nested\n")
    assert make(where, tmp_path / "b", layout="pyradiomics", labels=labels).guessed == {}
    whole = make(f"{LUNGS} and PatientID = 'CT-ENGLISH'", tmp_path / "c")
    assert (whole.guessed, whole.warnings) == ({}, {})


def test_labels_that_overlap_are_named_or_become_regions(make: Any, tmp_path: Path) -> None:
    where = "ROIName in ('GTV-1', 'PTV_60Gy') and PatientID = 'CT-ENGLISH'"
    from rtstruct.errors import RtstructError

    with pytest.raises(RtstructError, match="GTV and PTV overlap") as raised:
        make(where, tmp_path / "a")
    assert raised.value.code == "labels_overlap"
    make(where, tmp_path / "b", overlap="regions")
    dataset = json.loads((tmp_path / "b" / "dataset.json").read_text())
    assert dataset["labels"] == {"background": 0, "GTV": [1, 3], "PTV": [2, 3]}
    assert dataset["regions_class_order"] == [1, 2]
    (label,) = (read(path) for path in (tmp_path / "b" / "labelsTr").iterdir())
    assert np.isin(label, [1, 3]).sum() * 18.75 / 1000 == pytest.approx(11.5, rel=0.01)
    assert np.isin(label, [2, 3]).sum() * 18.75 / 1000 == pytest.approx(44.6, rel=0.01)


def test_patients_are_never_split_and_stay_on_their_side(make: Any, tmp_path: Path) -> None:
    sides = {}
    for name, where in (("all", LUNGS), ("one", f"{LUNGS} and PatientID = 'CT-FRENCH'")):
        make(where, tmp_path / name, layout="monai", test_share=0.5)
        datalist = json.loads((tmp_path / name / "datalist.json").read_text())
        sides[name] = {
            entry["image"]: side for side in ("training", "test") for entry in datalist[side]
        }
    assert len(sides["all"]) == 3
    assert sides["one"].items() <= sides["all"].items()


def test_labels_keep_their_numbers_in_the_next_export(make: Any, tmp_path: Path) -> None:
    first = make(LUNGS, tmp_path / "a")
    wider = f"{LUNGS_AND_CORD} and PatientID = 'CT-ENGLISH'"
    assert make(wider, tmp_path / "b").labels != first.labels
    again = make(wider, tmp_path / "c", labels=tmp_path / "a" / "labels.csv")
    assert again.labels == first.labels
    assert again.unlabelled == {"SpinalCord": 1}


def test_pyradiomics_gets_every_mask_with_its_image(make: Any, tmp_path: Path) -> None:
    make(LUNGS, tmp_path, layout="pyradiomics")
    rows = list(csv.DictReader((tmp_path / "cases.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 6
    for row in rows:
        image, mask = read(tmp_path / row["Image"]), read(tmp_path / row["Mask"])
        assert image.shape == mask.shape
        assert (mask == int(row["Label"])).any()


def test_an_export_that_was_cut_off_is_finished_by_the_next(make: Any, tmp_path: Path) -> None:
    make(LUNGS, tmp_path / "whole")
    make(LUNGS, tmp_path / "cut")
    labels = sorted((tmp_path / "cut" / "labelsTr").iterdir())
    labels[0].unlink()
    labels[1].write_bytes(labels[1].read_bytes()[:100])
    shutil.rmtree(tmp_path / "cut" / "provenance")
    (tmp_path / "cut" / "dataset.json").unlink()
    make(LUNGS, tmp_path / "cut")

    def files(root: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and path.name != "dataset.json"
        }

    assert files(tmp_path / "cut") == files(tmp_path / "whole")


def test_two_observers_of_one_organ_are_not_mixed(make: Any, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("label,name,ROIName\n1,Lung,Lung_L\n1,Lung,Lung_R\n")
    from rtstruct.errors import UsageError

    with pytest.raises(UsageError, match="2 ROIs are named so"):
        make(f"{LUNGS} and PatientID = 'CT-ENGLISH'", tmp_path / "set", labels=table)


@pytest.mark.parametrize(
    "table",
    ["", "name\nLung", "label,name\nx,Lung", "label,name\n1,a\n1,b", "label,name\n0,a", "\x00"],
)
def test_a_table_of_labels_that_is_none_is_one_line(
    make: Any,
    guide: Session,
    tmp_path: Path,
    table: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(guide.names["workspace"].folder.absolute()))
    path = tmp_path / "labels.csv"
    path.write_text(table)
    words = ["export", "--where", LUNGS, "--layout", "monai", "--out", str(tmp_path / "set")]
    assert main([*words, "--labels", str(path)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"rtstruct: {path}")


def test_the_command_says_what_is_left_out(
    guide: Session,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(guide.names["workspace"].folder.absolute()))
    where = f"{LUNGS_AND_CORD} and PatientID in ('CT-ENGLISH', 'CT-PRONE-HOSTILE')"
    words = ["export", "--where", where, "--layout", "nnunet", "--out", str(tmp_path / "set")]
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out.startswith("1 case, 0 for testing, in ")
    assert "lacks SpinalCord" in err


def test_masks_of_other_options_are_in_the_way_and_the_advice_is_that_of_an_export(
    tmp_path: Path,
) -> None:
    road = Road(Home(tmp_path / "home"))
    road.catalog(Sketch("a", ["Lung"])).convert(boundary="inclusive", reference=True)
    with pytest.raises(UsageError, match="made with other options") as raised:
        export(road.home, "true", tmp_path / "set", Choices("nnunet"))
    assert "rtstruct registry move" in raised.value.hint
    assert "--out" not in raised.value.hint
    assert not (tmp_path / "set").exists()
