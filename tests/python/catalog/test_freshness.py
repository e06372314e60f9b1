"""A build of the same is not made again; of anything else it is."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from catalog import odd_cohort
from catalog.dicom_all_rows import write_files_parquet, write_parquet
from rtstruct.catalog import freshness
from rtstruct.catalog.build import build
from rtstruct.catalog.freshness import Record
from rtstruct.catalog.project import OWN_NAMES
from rtstruct.catalog.query import connect
from rtstruct.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RESULT = {"models": 3, "tests": 2, "problems": [], "warnings": ["a test (1 row)"]}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home and, beside it, a project, with one file of each kind."""
    project = tmp_path / "project"
    for name in ("dbt_project.yml", "profiles/profiles.yml", "macros/m.sql", "models/a/b.sql"):
        _write(project / name)
    for name in ("models/a/b.yml", "seeds/words.csv", "tests/dbt/t.sql"):
        _write(project / name)
    monkeypatch.setattr(freshness, "project_folder", lambda: project)
    home = Home(tmp_path / "home")
    for path in (home.dicom_all, home.catalog, home.rules / OWN_NAMES, home.registry_masks):
        _write(path)
    _write(home.root / "dicom_all_files.parquet")
    return home


def _write(path: Path, text: str = "first") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _record(home: Home, **settings: str) -> Record:
    return Record(home, home.root / "dbt", {"dicom_all_parquet": str(home.dicom_all), **settings})


def test_the_same_is_known_again(home: Home) -> None:
    assert _record(home).result() is None
    assert not _record(home).has_seeds()
    _record(home).keep(RESULT)
    assert _record(home).result() == RESULT
    assert _record(home).has_seeds()
    # What is as it was needs nothing, whatever its date is: but for data, which are never read.
    os.utime(home.rules / OWN_NAMES, (0, 0))
    assert _record(home).result() == RESULT


CHANGES: dict[str, tuple[Callable[[Home], None], bool]] = {
    "model": (lambda home: _write(_project(home) / "models/a/b.sql", "other"), True),
    "properties": (lambda home: _write(_project(home) / "models/a/b.yml", "other"), True),
    "new model": (lambda home: _write(_project(home) / "models/c.sql"), True),
    "removed model": (lambda home: (_project(home) / "models/a/b.sql").unlink(), True),
    "test": (lambda home: _write(_project(home) / "tests/dbt/t.sql", "other"), True),
    "profile": (lambda home: _write(_project(home) / "profiles/profiles.yml", "other"), True),
    "macro": (lambda home: _write(_project(home) / "macros/m.sql", "other"), False),
    "seed": (lambda home: _write(_project(home) / "seeds/words.csv", "other"), False),
    "project": (lambda home: _write(_project(home) / "dbt_project.yml", "other"), False),
    "rule": (lambda home: _write(home.rules / OWN_NAMES, "other"), True),
    "new rule": (lambda home: _write(home.rules / "mine.csv"), True),
    "index": (lambda home: _write(home.dicom_all, "other"), True),
    "index of the same size": (lambda home: _touch(home.dicom_all), True),
    "files met": (lambda home: _touch(home.root / "dicom_all_files.parquet"), True),
    "registry": (lambda home: _write(home.registry_masks, "other"), True),
    "first masks": (lambda home: _write(home.registry_rois), True),
    "catalog": (lambda home: _touch(home.catalog), False),
    "catalog that is gone": (lambda home: home.catalog.unlink(), False),
    "log beside the catalog": (lambda home: _write(home.root / "catalog.duckdb.wal"), False),
    "record": (lambda home: _write(home.root / "dbt/built_from.json", "{"), False),
}


def _project(home: Home) -> Path:
    return home.root.parent / "project"


def _touch(path: Path) -> None:
    now = time.time_ns() + 1
    os.utime(path, ns=(now, now))


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_built(home: Home, change: str) -> None:
    _record(home).keep(RESULT)
    make, keeps_seeds = CHANGES[change]
    make(home)
    assert _record(home).result() is None
    assert _record(home).has_seeds() is keeps_seeds


def test_versions_variables_and_the_environment_count(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(home).keep(RESULT)
    assert _record(home, idc_dataset="idc_v25").result() is None
    monkeypatch.setenv("DBT_FULL_REFRESH", "1")
    assert _record(home).result() is None
    monkeypatch.delenv("DBT_FULL_REFRESH")
    assert _record(home).result() == RESULT
    with monkeypatch.context() as patch:
        patch.setattr(freshness, "version", lambda name: "99")
        assert not _record(home).has_seeds()
    with monkeypatch.context() as patch:
        patch.setattr(freshness, "__version__", "99")
        assert _record(home).result() is None


def test_a_build_is_made_once_and_again_with_a_rule(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_parquet(home.dicom_all, odd_cohort.rows())
    write_files_parquet(home.root / "dicom_all_files.parquet", odd_cohort.other_files())
    first = build(home)
    assert first.problems == ()
    assert first.tests > 0
    again = build(home)
    assert again.is_unchanged
    assert (again.models, again.tests, again.warnings) == (
        first.models,
        first.tests,
        first.warnings,
    )
    with connect(home) as catalog:
        ((name,),) = catalog.sql(
            "select ROIName from roi_name_vocabulary where match_rule != 'local'"
            " and ROIName similar to '[A-Za-z]+' order by ROIName limit 1"
        ).fetchall()
    header = (home.rules / OWN_NAMES).read_text().splitlines()[0]
    row = {"ROIName": name, "roi_class": "HELPER", "comment": "mine"}
    line = ",".join(row.get(column, "") for column in header.split(","))
    (home.rules / OWN_NAMES).write_text(f"{header}\n{line}\n")
    changed = build(home)
    assert not changed.is_unchanged
    # The tests of one's own rules run as soon as there are some.
    assert changed.tests > first.tests
    with connect(home) as catalog:
        found = catalog.execute(
            "select roi_class from roi_name_vocabulary where ROIName = ?", [name]
        ).fetchall()
    assert found == [("HELPER",)]
