"""What dbt has parsed for one home serves the next, and nothing of the first home is left in it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from catalog import odd_cohort
from catalog.dicom_all_rows import write_files_parquet, write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.parse_cache import ParseCache
from rtstruct.catalog.project import OWN_NAMES, has_own_rules, project_with_rules
from rtstruct.catalog.vocabulary_seeds import copy_seeds
from rtstruct.catalog.vocabulary_store import compile_vocabulary, find_vocabulary
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

SELECTED = (
    *("--select", "stg_dicom_all", OWN_NAMES.removesuffix(".csv")),
    *("--exclude", "resource_type:test"),
)
PARSED = "dbt/duckdb-dicom/partial_parse.msgpack"


def _home(folder: Path, rows: int) -> Home:
    home = Home(folder)
    folder.mkdir()
    write_parquet(home.dicom_all, odd_cohort.rows()[:rows])
    write_files_parquet(folder / "dicom_all_files.parquet", odd_cohort.other_files())
    return home


def _asked(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.catalog), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_second_home_parses_nothing_and_has_its_own_index_and_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = _home(tmp_path / "first", 5)
    assert build(first, options=SELECTED).problems == ()
    assert (first.root / PARSED).is_file()
    shutil.rmtree(first.root)

    second = _home(tmp_path / "second home", 3)
    second.rules.mkdir()
    row = "Herz,ANATOMY,Heart,,mine"
    (second.rules / OWN_NAMES).write_text(
        f"ROIName,roi_class,structure,laterality,comment\n{row}\n"
    )
    assert build(second, options=SELECTED).problems == ()
    assert not (second.root / PARSED).exists()
    assert _asked(second, "select count(*) from rtstruct_staging.stg_dicom_all") == [(3,)]
    own = _asked(second, "select ROIName, structure from rtstruct_staging.roi_synonyms_local")
    assert own == [("Herz", "Heart")]


def test_another_project_or_target_or_variable_is_parsed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = _home(tmp_path / "home", 3)
    project_with_rules(home)

    def places(target: str, **settings: str) -> list[Path]:
        return ParseCache(home, home.root / "dbt" / target, settings)._places

    same = places("duckdb-dicom")
    assert places("duckdb-dicom") == same
    others = [places("bigquery-dicom"), places("duckdb-dicom", idc_dataset="idc_v25")]
    (home.rules / "more.csv").write_text("a\n1\n")
    others.append(places("duckdb-dicom"))
    assert all(other != same for other in others)


@pytest.mark.parametrize("content", [b"", b"no msgpack", b"\x80", b"\x81\xa5nodes\x80"])
def test_what_nobody_can_read_is_parsed_anew(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache = ParseCache(Home(tmp_path / "home"), tmp_path / "home/dbt/duckdb-dicom", {})
    (place,) = cache._places
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert cache.load() is None


def test_a_home_whose_path_sql_spells_otherwise_lends_and_borrows_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "Anna's home")
    assert ParseCache(home, home.root / "dbt/duckdb-dicom", {}).load() is None


def test_rules_are_ones_own_as_soon_as_a_file_differs(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    project_with_rules(home)
    assert not has_own_rules(home)
    with (home.rules / OWN_NAMES).open("a") as rules:
        rules.write("Herz,ANATOMY,Heart,,\n")
    assert has_own_rules(home)


def test_copied_seeds_are_what_dbt_loads(odd_home: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    if find_vocabulary(home) is None:
        compile_vocabulary(home.cache)  # seeds have changed since `make setup`
    names = copy_seeds(home)
    assert names
    for name in names:
        query = f"select * from rtstruct_staging.{name} order by all"
        assert _asked(home, query) == _asked(odd_home, query), name
        types = (
            "select column_name, data_type from duckdb_columns()"
            f" where schema_name = 'rtstruct_staging' and table_name = '{name}'"
        )
        assert _asked(home, types) == _asked(odd_home, types), name
