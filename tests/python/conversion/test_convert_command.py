"""The commands `convert`, `status` and `retry` as a user types them, on a phantom patient."""

from __future__ import annotations

import json
import math
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rtstruct.codes import codes
from rtstruct.home import Home
from support.command import Command, wait_for_masks
from support.phantoms import phantoms
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path


def test_convert_then_again_then_status(command: Command) -> None:
    code, output, messages = command.run("convert", "--where", "true")
    assert code == 1, "one structure set is not convertible"
    assert "3 structure sets" in output
    assert "2 done, 1 skipped; 2 masks" in output
    assert "Converting structure sets: 3 of 3" in messages
    ((path, volume),) = Road(command.home).sql(
        "select path, mask_volume_mL from masks order by path limit 1"
    )
    assert path.startswith("masks/phantoms/P0/CT-")
    assert path.endswith("001_Lung_[L].nii.gz")
    assert volume == pytest.approx(4 / 3 * math.pi * 0.8**3, rel=0.05)

    code, output, _ = command.run("convert", "--where", "true")
    assert code == 1
    assert "Nothing to do: 2 ROIs converted already." in output
    assert "1 no_reference" in output
    assert command.run("convert", "--where", "ROIName = 'Lung [L]'")[0] == 0

    # What cannot be converted is not counted again for another format.
    command.run("convert", "--where", "true", "--format", "nrrd")
    code, output, _ = command.run("status")
    assert code == 0
    assert "no_reference: 1 ROI in 1 structure set" in output
    status = json.loads(command.run("status", "--json")[1])
    assert status["total"]["masks"] == 4
    assert status["by_collection"][0]["skipped"] == 2
    assert {failure["error_code"] for failure in status["failures"]} == {
        "no_reference",
        "empty_roi",
    }


def test_dry_run_changes_nothing(command: Command) -> None:
    code, output, _ = command.run("convert", "--where", "true", "--dry-run", "--json")
    assert code == 0
    plan = json.loads(output)
    assert plan["structure_sets_to_convert"] == 2
    assert plan["rois_to_convert"] == 4
    assert plan["image_series_to_read"] == 2
    assert plan["not_convertible"] == {"no_reference": 1}
    assert [path.name for path in command.home.root.iterdir()] == ["catalog.duckdb"]


@pytest.mark.parametrize("name", ["convert", "fetch"])
def test_a_dry_run_says_what_to_do_about_what_the_index_does_not_tell(
    tmp_path: Path, name: str
) -> None:
    home = Home(tmp_path)
    write_catalog(home, [Sketch("a", ["Lung"], image=None, reason_code="reference_unknown")])
    code, _, messages = Command(home).run(name, "--where", "true", "--dry-run")
    assert code == 0
    assert "reference_unknown" in messages
    assert "`rtstruct fetch-index`, then `rtstruct build --source idc_index`" in messages


def test_nothing_selected_is_said(command: Command) -> None:
    code, output, _ = command.run("convert", "--where", "ROIName = 'Liver'")
    assert (code, output) == (
        0,
        "Nothing is selected by this condition."
        ' `rtstruct sql "from structure_counts"` lists what there is.\n',
    )


@pytest.mark.parametrize(
    "words",
    [
        ["convert", "--where", "no_such_column = 1"],
        ["convert", "--where", "true; select 1"],
        ["convert", "--where", "true", "--workers", "0"],
        ["convert", "--where", "true", "--resample", "1,2"],
        ["convert", "--where", "true", "--resample", "-1"],
        ["convert", "--where", "true", "--out", "/proc/masks"],
        ["status"],
        ["retry"],
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(command: Command, words: list[str]) -> None:
    code, output, messages = command.run(*words)
    assert (code, output) == (2, "")
    assert messages.strip().splitlines()[-1].startswith("rtstruct")


def test_an_output_that_cannot_be_written_is_told_and_registered(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "masks"
    code, _, messages = command.run("convert", "--where", "true", "--out", str(out))
    line = messages.splitlines()[-1]
    assert (code, line) == (
        2,
        f"rtstruct: cannot write to {out}: Not a directory. Give `rtstruct convert` another folder"
        " by --out, or choose another RTSTRUCT_HOME",
    )
    ((outcome,),) = Road(command.home).sql("select outcome from runs")
    assert line == f"rtstruct: {outcome}"
    (tmp_path / "file").unlink()
    assert command.run("convert", "--where", "true", "--out", str(out))[0] == 1
    assert len(list(out.rglob("*.nii.gz"))) == 2


def test_retry_converts_what_failed(command: Command, tmp_path: Path) -> None:
    damaged = tmp_path / "dicom" / "0.dcm"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:2000])
    command.run("convert", "--where", "true")
    road = Road(command.home)
    ((code,),) = road.sql("select error_code from conversions where status = 'failed'")
    assert command.run("retry", "--code", "another_code")[1].startswith("Nothing has failed")
    assert command.run("retry", "--code", code)[0] == 1
    damaged.write_bytes(whole)
    assert command.run("retry", "--code", code)[0] == 0
    assert road.sql("select status, attempt from conversions where PatientID = 'P0'") == [
        ("done", 3)
    ]
    road.check_whole()


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    command = Command(Home(tmp_path / "home"))
    write_catalog(command.home, phantoms(tmp_path / "dicom", 200, voxels=16, slices=3))
    process = command.start("convert", "--where", "true", "--workers", "1")
    road = Road(command.home)
    wait_for_masks(road, 3)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate()
    assert process.returncode == 130
    assert "run the same command again" in messages
    assert "Traceback" not in messages
    road.check_whole()
    ((outcome, masks),) = road.sql("select outcome, masks from runs")
    assert outcome == "interrupted"
    assert 3 <= masks <= 200
    command.run("convert", "--where", "true")
    assert road.sql("select count(*) from masks") == [(200,)]


def test_status_answers_while_a_conversion_runs(tmp_path: Path) -> None:
    command = Command(Home(tmp_path / "home"))
    *done, held_up = phantoms(tmp_path / "dicom", 3, voxels=16, slices=3)
    # The last file comes from a pipe, which gives nothing as long as the test likes.
    pipe = tmp_path / "held up"
    os.mkfifo(pipe)
    write_catalog(command.home, [*done, replace(held_up, file_path=str(pipe))])
    process = command.start("convert", "--where", "true", "--workers", "2")
    wait_for_masks(Road(command.home), 2)
    code, output, _ = command.run("status", "--json")
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert code == 0
    state = json.loads(output)
    assert state["total"]["masks"] == 2
    assert state["total"]["bytes"] > 0
    assert state["by_collection"] == [{**state["total"], "collection_id": "phantoms"}]
    (empty,) = state["failures"]
    assert (empty["error_code"], empty["example"]) == ("empty_roi", "ROI 2 has no contours")
    assert empty["hint"] == codes()["empty_roi"].remedy


def test_the_boundary_rule_is_passed_on_and_recorded(command: Command) -> None:
    command.run("convert", "--where", "true", "--boundary", "inclusive")
    notes = Road(command.home).sql("select notes from masks")
    assert notes == [(["boundary_inclusive: as asked"],)] * 2


def test_voxels_of_another_size_are_a_conversion_of_their_own(command: Command) -> None:
    road = Road(command.home)
    fine = str(command.home.root / "fine")
    command.run("convert", "--where", "true")
    command.run("convert", "--where", "true", "--resample", "0.5,0.5,1", "--out", fine)
    assert road.sql("select notes, count(*) from masks group by all having len(notes) > 0") == [
        (["resampled: voxels of 0.5 x 0.5 x 1 mm"], 2)
    ]
    tiny = str(command.home.root / "tiny")
    command.run("convert", "--where", "true", "--resample", "0.001", "--out", tiny)
    assert command.run("retry", "--code", "too_many_voxels")[0] == 1
    assert road.sql(
        "select attempt, count(*) from conversions where error_code = 'too_many_voxels' group by 1"
    ) == [(2, 2)]
