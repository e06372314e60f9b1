"""What a user of `rtstruct convert` can rely on, with a converter that does as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.errors import RtstructError
from rtstruct.registry import export
from rtstruct.version import __version__
from support.workspace import Sketch

if TYPE_CHECKING:
    from pathlib import Path

    from support.workspace import Road


def test_masks_points_and_failures_are_registered(road: Road) -> None:
    road.catalog(
        Sketch("a", ["Lung", "point", "fail", "empty"]),
        Sketch("b", ["Heart"], image="image-2"),
        Sketch("c", ["x"], image=None, reason_code="no_reference"),
    )
    tally = road.convert()
    assert tally.masks == 2
    assert road.sql(
        "select SOPInstanceUID, status, error_code, attempt from conversions order by 1"
    ) == [
        ("a", "partial", "open_contours", 1),
        ("b", "done", None, 1),
        ("c", "skipped", "no_reference", 1),
    ]
    assert road.sql(
        "select SOPInstanceUID, ROINumber, status, error_code from roi_failures order by all"
    ) == [
        ("a", 3, "failed", "open_contours"),
        ("a", 4, "empty", "empty_roi"),
        ("c", 1, "not_convertible", "no_reference"),
    ]
    assert road.sql("select ROINumber, x_mm, y_mm, z_mm from points") == [(2, 1.0, 2.0, 3.0)]
    assert road.sql(
        "select distinct source_DOI, image_source_DOI, software_version from masks"
    ) == [("10.1/sets", "10.1/images", __version__)]
    road.check_whole()


def test_a_second_run_does_nothing(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "fail"]), Sketch("c", ["x"], None, "no_reference"))
    road.convert()
    before, written = road.state(), _times(road)
    tally = road.convert()
    assert tally.statuses.total() == 0
    assert road.state() == before
    assert _times(road) == written
    assert road.sql("select outcome from runs") == [("finished",)]


def test_what_the_catalog_reads_is_written_after_a_run_that_was_killed_over_it(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung"]))
    road.convert()
    exported = road.home.registry_masks
    # As if the run before had registered masks and then been killed.
    exported.write_bytes(b"older")
    road.home.registry.touch()
    road.convert()
    assert duckdb.read_parquet(str(exported)).aggregate("count(*)").fetchall() == [(1,)]


def test_what_the_catalog_reads_is_written_anew_by_a_version_that_asks_otherwise(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    road.catalog(Sketch("a", ["Lung"]))
    road.convert()
    before = _times(road)
    road.convert()
    assert _times(road) == before
    monkeypatch.setattr(export, "_MASKS", f"{export._MASKS} limit 0")
    road.convert()
    assert duckdb.read_parquet(str(road.home.registry_masks)).fetchall() == []


def _times(road: Road) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in road.home.root.rglob("*") if path.is_file()}


def test_a_wider_condition_adds_only_what_is_missing(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "Heart", "fail"]))
    assert road.convert("ROIName = 'Lung'").masks == 1
    (first,) = road.out.rglob("*.nii.gz")
    written = first.stat().st_mtime_ns
    assert road.convert("true").masks == 1
    assert first.stat().st_mtime_ns == written
    assert road.sql("select status, attempt, error_code from conversions") == [
        ("partial", 2, "open_contours")
    ]
    assert road.sql("select ROINumber from masks order by 1") == [(1,), (2,)]
    road.check_whole()


def test_an_empty_roi_is_no_failure(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "empty"]), Sketch("b", ["empty"], image="image-2"))
    road.convert()
    assert road.sql("select status from conversions order by SOPInstanceUID") == [
        ("done",),
        ("skipped",),
    ]
    assert road.convert(redo="failed").statuses.total() == 0


def test_a_roi_that_the_worker_forgot_is_accounted_for(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "silent"]))
    road.convert()
    assert road.sql("select ROINumber, error_code from roi_failures") == [(2, "no_output")]


def test_other_parameters_are_another_conversion(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung"]))
    assert road.convert().masks == 1
    assert road.convert(format="nrrd").masks == 1
    assert road.convert(out=road.home.root / "elsewhere").masks == 1
    assert road.sql("select count(*), count(distinct conversion_id) from conversions") == [(3, 3)]


def test_a_file_that_other_parameters_replace_has_the_row_of_the_last(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung"]))
    for boundary in ("centre", "inclusive", "centre"):
        assert road.convert(boundary=boundary, redo="all").masks == 1
        assert road.sql(
            "select conversions.parameters ->> 'boundary'"
            " from masks inner join conversions using (conversion_id)"
        ) == [(boundary,)]
        road.check_whole()


def test_redo_policies(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "fail"]), Sketch("b", ["Heart"], image="image-2"))
    road.convert()
    assert road.convert(redo="failed").codes.total() == 1
    assert road.convert(redo="changed").statuses.total() == 0
    road.catalog(
        Sketch("a", ["Lung", "fail"], instance_hash="h2"), Sketch("b", ["Heart"], image="image-2")
    )
    assert road.convert(redo="none").statuses.total() == 0
    tally = road.convert(redo="changed")
    assert (tally.masks, tally.codes.total()) == (1, 1)
    assert road.convert(redo="changed").statuses.total() == 0
    assert road.convert(redo="all").masks == 2
    road.check_whole()


def test_what_another_version_made_is_seen_and_redone_when_asked(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "fail"]), Sketch("b", ["Heart"], image="image-2"))
    road.convert()
    with duckdb.connect(str(road.home.registry)) as registry:
        registry.execute("update masks set software_version = '0.0.1' where SOPInstanceUID = 'a'")
    assert road.convert(redo="none").masks == 0
    assert road.convert(redo="changed").masks == 1
    assert road.convert(redo="changed").masks == 0


def test_a_removed_mask_is_made_again(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "Heart"]))
    road.convert()
    before = road.files()
    min(road.out.rglob("*.nii.gz")).unlink()
    assert road.convert().masks == 1
    assert road.files() == before


def test_a_mask_that_fails_when_redone_leaves_no_file(road: Road) -> None:
    road.catalog(Sketch("a", ["Lung", "Heart"]))
    road.convert()
    road.catalog(Sketch("a", ["fail", "Heart"], instance_hash="h2"))
    road.convert(redo="changed")
    assert road.sql("select ROINumber from masks") == [(2,)]
    road.check_whole()


def test_what_was_not_convertible_is_converted_once_it_can_be(road: Road) -> None:
    road.catalog(
        Sketch("a", ["Lung"], image=None, reason_code="no_reference"),
        Sketch("b", ["Heart"], image="image-2", reason_code="image_absent"),
    )
    assert road.convert().masks == 0
    road.catalog(Sketch("a", ["Lung"]), Sketch("b", ["Heart"], image="image-2"))
    assert road.convert().masks == 2
    assert road.sql("select SOPInstanceUID, status from conversions order by all") == [
        ("a", "done"),
        ("b", "done"),
    ]
    assert road.sql("select count(*) from roi_failures") == [(0,)]


def test_a_structure_set_without_rois_has_a_row(road: Road) -> None:
    road.catalog(Sketch("a", [], reason_code="no_contours"))
    road.convert("true")
    assert road.sql("select status, error_code from conversions") == [("skipped", "no_contours")]
    assert road.convert("true").statuses.total() == 0
    assert road.convert("ROIName = 'Lung'").statuses.total() == 0


def test_a_killed_worker_costs_its_own_task_only(road: Road) -> None:
    sketches = [Sketch(f"s{n:02d}", ["Lung"], image=f"image-{n}") for n in range(10)]
    road.catalog(*sketches, Sketch("z", ["die"], image="image-z"))
    road.convert()
    assert road.sql("select status, count(*) from conversions group by 1 order by 1") == [
        ("done", 10),
        ("failed", 1),
    ]
    ((code, message),) = road.sql("select error_code, message from roi_failures")
    assert code == "worker_killed"
    assert "SIGKILL" in message
    road.check_whole()


def test_a_worker_that_dies_once_is_given_a_second_chance(road: Road) -> None:
    marker = road.home.root / "marker"
    road.catalog(Sketch("a", [f"die-once {marker}"]), Sketch("b", ["Lung"], image="image-2"))
    road.convert()
    assert road.sql("select distinct status, attempt from conversions") == [("done", 1)]


def test_a_bug_in_the_converter_is_a_failure_with_its_message(road: Road) -> None:
    road.catalog(Sketch("a", ["raise"]), Sketch("b", ["Lung"], image="image-2"))
    road.convert()
    ((message,),) = road.sql("select message from roi_failures")
    assert "ZeroDivisionError: a bug" in message


def test_a_full_disk_stops_the_run_and_keeps_what_is_done(road: Road) -> None:
    # The biggest task goes first.
    road.catalog(
        Sketch("a", ["Lung", "Heart"], image="image-1"), Sketch("b", ["full"], image="image-2")
    )
    with pytest.raises(RtstructError, match="No space left") as caught:
        road.convert(workers=1)
    assert caught.value.code == "output_failed"
    assert road.sql("select SOPInstanceUID, status from conversions") == [("a", "done")]
    assert "No space left" in road.sql("select outcome from runs")[0][0]
    road.check_whole()
    road.catalog(Sketch("a", ["Lung", "Heart"]), Sketch("b", ["Liver"], image="image-2"))
    assert road.convert().masks == 1


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a'; drop table masks; --", "[red]x[/red]", "\u202eevil", "x" * 300],
)
def test_hostile_names_are_only_names(road: Road, name: str) -> None:
    facts = {"PatientID": name, "collection_id": name}
    road.catalog(Sketch("a", [name], facts=facts))
    road.convert()
    assert road.sql("select ROIName, PatientID from masks") == [(name, name)]
    road.check_whole()
