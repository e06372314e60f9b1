"""Data that were moved, folders that are gone, indexes of other versions, and those of nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest
from index_data import Indexer, ct, save, structure_set

from rtstruct.cli import main
from rtstruct.errors import RtstructError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cohort(folder: Path) -> Path:
    for number in range(4):
        save(ct(f"1.2.{number}", pixels=4), folder / f"{number}.dcm")
    save(structure_set("1.2.9"), folder / "rt.dcm")
    return folder


def test_what_was_moved_is_found_where_it_is(index: Indexer, cohort: Path, tmp_path: Path) -> None:
    """The old path sorts first: it would win if it still existed."""
    moved = tmp_path / "zzz" / "cohort"
    index(cohort)
    shutil.move(cohort, moved)

    result = index(moved)

    assert (result.counts["gone"], result.counts["duplicates"]) == (5, 0)
    assert {row["file_path"] for row in index.rows()} == {
        str(path) for path in moved.rglob("*.dcm")
    }
    assert set(index.outcomes().values()) == {"indexed"}
    assert {row["collection_id"] for row in index.rows()} == {"cohort"}
    assert index(moved).counts["gone"] == 0


def test_a_copy_elsewhere_that_exists_keeps_its_place(
    index: Indexer, cohort: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "zzz" / "cohort"
    index(cohort)
    shutil.copytree(cohort, copied)

    result = index(copied)

    assert (result.counts["gone"], result.counts["duplicates"]) == (0, 5)
    assert {row["file_path"].startswith(str(cohort)) for row in index.rows()} == {True}


def test_a_folder_that_is_gone_can_be_forgotten(
    index: Indexer, cohort: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    save(ct("1.3.1"), other / "a")
    index(cohort, other)
    shutil.rmtree(cohort)

    with pytest.raises(UsageError, match="does not exist") as caught:
        index(cohort)
    assert "--forget" in caught.value.hint
    result = index(forget=(cohort,))

    assert (result.counts["removed"], result.counts["instances"]) == (5, 1)
    assert [row["SOPInstanceUID"] for row in index.rows()] == ["1.3.1"]
    assert set(index.outcomes()) == {"a"}
    with pytest.raises(UsageError, match="holds nothing of"):
        index(forget=(tmp_path / "never",))


def test_an_index_that_does_not_change_is_not_written(index: Indexer, cohort: Path) -> None:
    (cohort / "notes.txt").write_text("no DICOM")
    (cohort / "cut.dcm").write_bytes((cohort / "rt.dcm").read_bytes()[:-9])
    save(ct("1.2.3", pixels=4), cohort / "copy.dcm")
    index(cohort)
    paths = (index.path, index.files_path)
    before = [(path.stat().st_mtime_ns, path.stat().st_ino) for path in paths]

    index(cohort)
    assert [(path.stat().st_mtime_ns, path.stat().st_ino) for path in paths] == before

    (cohort / "new.txt").write_text("no DICOM either")
    index(cohort)
    assert index.path.stat().st_ino == before[0][1]
    assert index.files_path.stat().st_ino != before[1][1]
    (cohort / "rt.dcm").unlink()
    index(cohort)
    assert index.path.stat().st_ino != before[0][1]


def test_the_index_of_an_older_version_is_read_again(
    index: Indexer, cohort: Path, tmp_path: Path
) -> None:
    """Without a column that came later, with one that is no longer, and of another folder too."""
    other = tmp_path / "other"
    save(ct("1.3.1", KVP="80"), other / "a")
    index(cohort, other)
    now = index.rows()
    duckdb.sql(
        f"copy (select * exclude (KVP, Modality), 1 as old from read_parquet('{index.path}'))"
        f" to '{tmp_path / 'older'}' (format parquet)"
    )
    (tmp_path / "older").replace(index.path)

    result = index(cohort)

    assert result.counts["files_read"] == 5
    then = {row["SOPInstanceUID"]: row for row in now}
    then["1.3.1"] |= {"KVP": None, "Modality": None}
    assert {row["SOPInstanceUID"]: row for row in index.rows()} == then


def test_another_table_is_no_index(index: Indexer, cohort: Path) -> None:
    index.path.parent.mkdir(parents=True)
    duckdb.sql(f"copy (select 1 as x) to '{index.path}' (format parquet)")

    with pytest.raises(RtstructError, match="is no index") as caught:
        index(cohort)
    assert caught.value.code == "not_an_index"
    assert duckdb.sql(f"from '{index.path}'").fetchall() == [(1,)]


def test_an_index_of_nothing_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "notes.txt").write_text("no DICOM")

    code = main(["index", str(folder), "--out", str(tmp_path / "i.parquet")])

    assert code == 1
    assert "No DICOM was found" in capsys.readouterr().err
