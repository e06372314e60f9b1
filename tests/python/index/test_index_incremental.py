"""A second run reads what changed, and ends in the index that a first run would give."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from index_data import Indexer, ct, save, structure_set

from rtstruct.errors import RtstructError


@pytest.fixture
def cohort(folder: Path) -> Path:
    for number in range(5):
        save(ct(f"1.2.{number}", pixels=4), folder / f"{number}.dcm")
    save(structure_set("1.2.9"), folder / "rt.dcm")
    (folder / "notes.txt").write_text("no DICOM")
    return folder


def test_a_second_run_reads_nothing(index: Indexer, cohort: Path) -> None:
    index(cohort)
    first = index.rows()
    result = index(cohort)

    assert result.counts["files"] == 7
    assert result.counts["files_read"] == 0
    assert index.rows() == first


def test_a_touched_file_alone_is_read(index: Indexer, cohort: Path) -> None:
    index(cohort)
    first = index.rows("SOPInstanceUID, PatientID")
    save(ct("1.2.3", pixels=4, PatientName="new"), cohort / "3.dcm")
    result = index(cohort)

    assert result.counts["files_read"] == 1
    assert index.rows("SOPInstanceUID, PatientID") == first


def test_a_vanished_file_is_dropped(index: Indexer, cohort: Path) -> None:
    index(cohort)
    (cohort / "rt.dcm").unlink()
    result = index(cohort)

    assert result.counts["removed"] == 1
    assert [row["SOPInstanceUID"] for row in index.rows()] == [f"1.2.{n}" for n in range(5)]
    assert "rt.dcm" not in index.outcomes()


def test_rows_of_other_folders_stay(index: Indexer, cohort: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    save(ct("1.3.1"), other / "a")
    index(cohort)
    index(other)
    shutil.rmtree(other)
    result = index(cohort)

    assert result.counts["instances"] == 7
    assert {row["collection_id"] for row in index.rows()} == {"dicom_of_ward_3", "other"}
    # A folder whose name begins alike is another folder.
    (tmp_path / "othe").mkdir()
    assert index(tmp_path / "othe").counts["removed"] == 0


def test_an_unreadable_file_stays_listed_without_being_read(index: Indexer, cohort: Path) -> None:
    (cohort / "cut.dcm").write_bytes((cohort / "rt.dcm").read_bytes()[:-9])
    first = index(cohort)
    second = index(cohort)

    assert second.counts["files_read"] == 0
    assert second.problems == first.problems != []
    shutil.copy(cohort / "rt.dcm", cohort / "cut.dcm")
    assert index(cohort).is_clean


def test_an_unchanged_zip_is_not_opened(index: Indexer, cohort: Path) -> None:
    with zipfile.ZipFile(cohort / "z.zip", "w") as writer:
        writer.write(cohort / "0.dcm", "same.dcm")
        writer.write(cohort / "notes.txt", "notes.txt")
    index(cohort)

    assert index.outcomes()["same.dcm"] == "duplicate"
    assert index(cohort).counts["files_read"] == 0
    (cohort / "0.dcm").unlink()
    assert index(cohort).counts["files_read"] == 1
    assert "same.dcm" in [row["archive_member"] for row in index.rows()]


def test_of_two_files_of_one_instance_the_first_by_name_counts(
    index: Indexer, cohort: Path
) -> None:
    index(cohort)
    shutil.copy(cohort / "3.dcm", cohort / "copy.dcm")
    shutil.copy(cohort / "3.dcm", cohort / "0-copy.dcm")
    save(structure_set("1.2.9", ("Heart",)), cohort / "rt-2.dcm")
    result = index(cohort)

    assert result.is_clean
    assert (result.counts["duplicates"], result.counts["conflicts"]) == (2, 1)
    (kept,) = (row for row in index.rows() if row["SOPInstanceUID"] == "1.2.3")
    assert kept["file_path"] == str(cohort / "0-copy.dcm")
    (conflict,) = result.problems
    assert conflict["file_path"] == str(cohort / "rt.dcm")
    assert str(cohort / "rt-2.dcm") in conflict["reason"]
    # When the file that counted goes, the next one takes its place.
    (cohort / "0-copy.dcm").unlink()
    index(cohort)
    (kept,) = (row for row in index.rows() if row["SOPInstanceUID"] == "1.2.3")
    assert kept["file_path"] == str(cohort / "3.dcm")


@pytest.mark.parametrize("cut_comes_first", [False, True])
def test_a_copy_that_lost_its_position_never_stands_for_a_whole_one(
    index: Indexer, folder: Path, cut_comes_first: bool
) -> None:
    cut, whole = folder / "0-cut.dcm", folder / "1-whole.dcm"
    cut_ct, whole_ct = ct(pixels=4), ct(pixels=4, ImagePositionPatient=[0, 0, 5])
    del cut_ct.PixelData
    for made, path in ((cut_ct, cut), (whole_ct, whole))[:: 1 if cut_comes_first else -1]:
        save(made, path)
        index(folder)
    (kept,) = index.rows("file_path")
    assert kept["file_path"] == str(whole)
    assert index.outcomes()["0-cut.dcm"] == "conflict"
    # Alone, it is better than nothing.
    whole.unlink()
    index(folder)
    (kept,) = index.rows("file_path")
    assert kept["file_path"] == str(cut)


@pytest.mark.parametrize("lost", ["path", "files_path"])
def test_a_lost_table_is_made_again(index: Indexer, cohort: Path, lost: str) -> None:
    index(cohort)
    expected = index.rows(), index.files()
    getattr(index, lost).unlink()
    index(cohort)

    assert (index.rows(), index.files()) == expected


def test_a_run_that_is_killed_leaves_the_old_index(
    index: Indexer, cohort: Path, tmp_path: Path
) -> None:
    index(cohort)
    before = index.path.read_bytes()
    expected = {row["SOPInstanceUID"] for row in index.rows()}
    for number in range(100, 700):
        save(ct(f"1.2.{number}", pixels=4), cohort / f"{number}.dcm")
        expected.add(f"1.2.{number}")
    marker = f"RTSTRUCT_TEST={tmp_path}"
    reached = set()
    for delay in (0.0, 0.1, 0.2, 0.4, 0.8):
        process = _start(index, cohort, marker)
        work = index.path.with_name(".dicom_all.parquet.partial")
        while not work.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(delay)
        reached.add(process.poll() is None)
        process.kill()
        process.wait()
        if index.path.read_bytes() != before:
            assert {row["SOPInstanceUID"] for row in index.rows()} == expected
    assert True in reached
    deadline = time.monotonic() + 20
    while _left_over(marker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _left_over(marker)

    assert index(cohort).is_clean
    assert {row["SOPInstanceUID"] for row in index.rows()} == expected
    assert sorted(path.name for path in index.path.parent.iterdir()) == [
        "dicom_all.parquet",
        "dicom_all_files.parquet",
    ]


def _start(index: Indexer, cohort: Path, marker: str) -> subprocess.Popen[bytes]:
    name, value = marker.split("=")
    return subprocess.Popen(
        [sys.executable, "-m", "rtstruct", "index", cohort, "--out", index.path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {name: value},
    )


def _left_over(marker: str) -> list[str]:
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = environment.read_bytes()
        except OSError:
            continue
        if marker.encode() in content.split(b"\0"):
            found.append(environment.parts[2])
    return found


def test_two_runs_on_one_index_do_not_meet(index: Indexer, cohort: Path) -> None:
    work = index.path.with_name(".dicom_all.parquet.partial")
    work.mkdir(parents=True)
    holder = os.open(work, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        with pytest.raises(RtstructError, match="Another rtstruct index is writing"):
            index(cohort)
    finally:
        os.close(holder)
    assert index(cohort).is_clean


def test_the_index_may_lie_in_the_folder_that_is_indexed(cohort: Path) -> None:
    index = Indexer(cohort / "rtstruct-data" / "dicom_all.parquet")
    index(cohort)
    index(cohort)

    assert len(index.rows()) == 6
    assert index(cohort).is_clean


def test_nested_folders_named_together_count_files_once(index: Indexer, cohort: Path) -> None:
    save(ct("1.4.1"), cohort / "sub" / "a")
    result = index(cohort, cohort / "sub", cohort / "sub" / "a")

    assert result.counts["files"] == 8
    assert {row["collection_id"] for row in index.rows()} == {"dicom_of_ward_3"}
