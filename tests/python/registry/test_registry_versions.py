"""Registries of every version that there was are opened, kept whole, written to and merged."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from rtstruct.registry.connection import create, reading, reading_foreign, writing
from rtstruct.registry.merge import merge
from rtstruct.registry.summary import summarise

VERSIONS = sorted(Path(__file__).with_name("versions").glob("*.sql"))
COLUMNS = "select table_name, column_name, data_type from duckdb_columns() order by all"


@pytest.fixture(params=VERSIONS, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A registry as that version made and filled it."""
    path = tmp_path / "registry.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(request.param.read_text())
    return path


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of every table, as the file itself has them."""
    found = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            result = connection.execute(f"from {table}")
            columns = [name for name, *_ in result.description]
            found[table] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    return found


def test_there_are_versions() -> None:
    assert len(VERSIONS) >= 9


def test_an_old_registry_keeps_what_it_has_and_gains_what_is_new(old: Path) -> None:
    before = contents(old)
    assert summarise(old).total.masks == 1
    after = contents(old)
    for table, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[table]]
        assert kept == rows, table
    assert after["conversions"][0]["structure_set_key"] in ("1.2.3", "x")
    fresh = old.with_name("fresh.duckdb")
    create(fresh)
    with reading(old) as mine, reading(fresh) as new:
        assert mine.sql(COLUMNS).fetchall() == new.sql(COLUMNS).fetchall()


def test_an_old_registry_is_written_to(old: Path) -> None:
    create(old)
    with writing(old) as connection:
        connection.execute("update conversions set attempt = 2")
    with reading(old) as connection:
        assert connection.sql("select attempt from conversions").fetchall() == [(2,)]


def test_an_old_registry_of_others_is_merged(old: Path) -> None:
    with reading_foreign(old) as connection:
        keys = connection.sql("select structure_set_key from conversions").fetchall()
    assert keys in ([("1.2.3",)], [("x",)])
    target = old.with_name("target.duckdb")
    create(target)
    list(merge(target, old, old.parent))
    with reading(target) as connection:
        assert connection.sql("select count(*) from masks").fetchall() == [(1,)]


def test_a_new_file_is_one_that_duckdb_1_2_reads(tmp_path: Path) -> None:
    """The eight bytes behind checksum and magic: 65 is what DuckDB 1.2 brought."""
    path = tmp_path / "registry.duckdb"
    create(path)
    with writing(path) as connection:
        connection.execute("create table more as select range as n from range(100000)")
    header = path.read_bytes()[8:20]
    assert header[:4] == b"DUCK"
    assert int.from_bytes(header[4:], "little") <= 65
