"""Leftovers in an output folder that others can write to."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rtstruct.conversion.json_codec import encode
from rtstruct.conversion.publish import staging
from rtstruct.conversion.publish.registry_rows import Run
from rtstruct.conversion.task import ConversionTask, Mask, Options, Outcome, Provenance
from rtstruct.errors import UsageError
from rtstruct.home import Home
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def converted(tmp_path: Path) -> Road:
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung"]))
    road.convert()
    return road


def plant(road: Road) -> Path:
    """A folder that a driver of this home seems to have left; returns it."""
    folder = road.out / staging.STAGING / "run-1"
    folder.mkdir(parents=True)
    home = road.home
    run = Run("run-1", str(home.root), str(home.registry), str(road.out), "{}", "hash")
    (folder / "run.json").write_text(encode(run))
    (folder / "lock").touch()
    return folder


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_note_removes_nothing_outside_of_the_output_folder(
    converted: Road, tmp_path: Path, is_absolute: bool
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path = str(victim) if is_absolute else "../victim"
    (plant(converted) / "replaced.json").write_text(f'["{path}"]')
    converted.convert()
    assert victim.read_text() == "precious"
    converted.check_whole()


def test_a_record_writes_nothing_outside_of_the_output_folder(
    converted: Road, tmp_path: Path
) -> None:
    victim = tmp_path / "home" / "victim"
    victim.write_text("precious")
    folder = plant(converted)
    (folder / "000000").mkdir()
    (folder / "000000" / "evil").write_text("evil")
    mask = Mask(1, "x", "nifti", 1, 1, 1.0, 1.0, None, None, 1, 0, path="evil", sha256="0")
    outcome = Outcome("a", "done", masks=(replace(mask, path="../../../victim"),))
    task = ConversionTask(None, None, Provenance("s"), (), (), Options())
    staging.write_record(folder, "000000", task, (outcome,))
    before = converted.state()
    converted.convert()
    assert victim.read_text() == "precious"
    assert converted.state() == before


NO_NOTES = ("", "{", "[]", '{"run_id": 1}', "null", '{"paths": [1]}', "[" * 100_000, "\ud800", None)


@pytest.mark.parametrize("text", NO_NOTES, ids=range(len(NO_NOTES)))
@pytest.mark.parametrize("name", ["run.json", "replaced.json", "000000.json"])
def test_a_note_that_cannot_be_read_stops_nobody(
    converted: Road, name: str, text: str | None
) -> None:
    note = plant(converted) / name
    note.unlink(missing_ok=True)
    if text is None:
        note.mkdir()
    else:
        note.write_bytes(text.encode("utf-8", "surrogatepass"))
    converted.catalog(Sketch("a", ["Lung"]), Sketch("b", ["Heart"]))
    assert converted.convert().masks == 1
    if name != "run.json":  # that may be another version's, which stays
        converted.check_whole()


def test_a_link_in_place_of_the_staging_folder_is_refused(converted: Road, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (converted.out / staging.STAGING).symlink_to(elsewhere)
    with pytest.raises(UsageError, match="belongs to somebody else"):
        converted.convert()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_staging_folder_of_another_user_is_refused(converted: Road) -> None:
    os.chown(plant(converted).parent, 12345, 12345)
    with pytest.raises(UsageError, match="belongs to somebody else"):
        converted.convert()


def test_what_cannot_be_registered_costs_itself_only(tmp_path: Path) -> None:
    nameless = Sketch("bad", ["Heart"], "image-2", facts={"SeriesInstanceUID": None})
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung"]), nameless)
    for counts in (road.convert(), road.convert()):
        assert counts.codes["not_registered"] == 1
    assert road.sql("select ROIName from masks") == [("Lung",)]
    road.check_whole()
