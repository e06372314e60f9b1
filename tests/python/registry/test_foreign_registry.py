"""Registries that somebody else made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.errors import RtstructError
from rtstruct.home import Home
from rtstruct.pipeline.merge import merge_registries
from rtstruct.registry.connection import create

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "foreign.duckdb"
    create(path)
    return path


def conversion(path: Path, folder: str) -> None:
    """A row of the foreign registry that says that masks lie in a folder."""
    row = {
        "conversion_id": "c1",
        "run_id": "r1",
        "task_id": "0",
        "SeriesInstanceUID": "1",
        "SOPInstanceUID": "1",
        "structure_set_key": "1",
        "parameters_hash": "h",
        "parameters": '{"out": "masks"}',
        "output_folder": folder,
        "status": "done",
        "seconds": 1.0,
        "attempt": 1,
        "registered": "2026-01-01 00:00:00+00",
        "software_version": "0",
    }
    with duckdb.connect(str(path)) as connection:
        marks = ", ".join("?" * len(row))
        connection.execute(
            f"insert into conversions ({', '.join(row)}) values ({marks})", list(row.values())
        )


@pytest.mark.parametrize("folder", ["../victim", "masks/../../victim", "/tmp/victim"])  # noqa: S108
def test_files_elsewhere_are_neither_written_nor_removed(
    foreign: Path, tmp_path: Path, folder: str
) -> None:
    conversion(foreign, folder)
    home = Home(tmp_path / "home")
    with pytest.raises(RtstructError) as raised:
        merge_registries(home, [foreign])
    assert raised.value.code == "foreign_output"
    with duckdb.connect(str(home.registry), read_only=True) as connection:
        assert connection.execute("select count(*) from conversions").fetchall() == [(0,)]


def test_a_folder_that_was_named_is_no_longer_elsewhere(foreign: Path, tmp_path: Path) -> None:
    conversion(foreign, str(tmp_path / "disk" / "p1"))
    home = Home(tmp_path / "home")
    assert merge_registries(home, [foreign], [tmp_path / "disk"]) == 1


def test_a_view_does_not_read_local_files(foreign: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("alter table runs rename to real_runs")
        connection.execute(
            "create view runs as select content as run_id, filename as command, '{}' as parameters,"
            f" '1' as software_version, now() as started from read_text('{secret}')"
        )
    home = Home(tmp_path / "home")
    with pytest.raises(RtstructError) as raised:
        merge_registries(home, [foreign])
    assert raised.value.code == "database_unreadable"
    assert b"secret" not in home.registry.read_bytes()


def test_home_is_for_its_user_alone(foreign: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "above" / "home")
    merge_registries(home, [foreign])
    assert (home.root.stat().st_mode & 0o777, home.root.parent.stat().st_mode & 0o777) == (
        0o700,
        0o700,
    )
