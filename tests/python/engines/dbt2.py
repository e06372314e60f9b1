"""Build the odd cohort with dbt 2 and with the dbt that is installed, and compare every mart.

Run by `make dbt2`: it downloads the engine of dbt 2 and DuckDB's library, so that no test does.
All nodes must be green, unit tests included, and the marts must hold the same rows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from catalog import odd_cohort
from catalog.dicom_all_rows import write_files_parquet, write_parquet
from engines.compare import differences, report

if TYPE_CHECKING:
    from collections.abc import Mapping

DBT2 = "dbt==2.0.0rc196"
# DuckDB's own library, which that engine loads and its wheel does not carry.
LIBRARY = "@duckdb/node-bindings-linux-x64@1.5.6-r.1"
ROOT = Path(__file__).parents[3]
# Many times what a build takes: an engine that plans a query for ever is told from a slow machine.
SECONDS = 1200


def main() -> int:
    """Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="rtstruct-dbt2-") as name:
        folder = Path(name)
        library = _library(folder)
        homes = {engine: _home(folder / engine) for engine in ("now", "dbt2")}
        _build(Path(sys.executable).with_name("dbt"), homes["now"], {})
        loads = {"LD_LIBRARY_PATH": str(library), "ADBC_DRIVER_PATH": str(library)}
        _build(_dbt2(folder), homes["dbt2"], loads)
        marts = {engine: _marts(home) for engine, home in homes.items()}
    if marts["now"].keys() != marts["dbt2"].keys():
        print(f"other marts: {sorted(marts['now'].keys() ^ marts['dbt2'].keys())}")
        return 1
    found = {
        mart: different
        for mart, rows in marts["now"].items()
        if (different := differences(rows, marts["dbt2"][mart]))
    }
    rows = sum(map(len, marts["now"].values()))
    print(f"{len(marts['now'])} marts, {rows} rows compared, {len(found)} marts differ")
    print(report(found))
    return 1 if found or not rows else 0


def _dbt2(folder: Path) -> Path:
    venv.create(folder / "venv", with_pip=True)
    _run([folder / "venv/bin/python", "-m", "pip", "install", "--quiet", DBT2])
    return folder / "venv/bin/dbt"


def _library(folder: Path) -> Path:
    _run(["npm", "pack", "--silent", "--pack-destination", folder, LIBRARY])
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def _home(home: Path) -> Path:
    home.mkdir()
    write_parquet(
        home / "dicom_all.parquet", [*odd_cohort.rows(), *odd_cohort.rows_without_series()]
    )
    write_files_parquet(home / "dicom_all_files.parquet", odd_cohort.other_files())
    return home


def _build(dbt: Path, home: Path, environment: Mapping[str, str]) -> None:
    """Seeds, models, data tests and unit tests; the last line of dbt says how many."""
    told = _run(
        [
            *(dbt, "build", "--project-dir", ROOT, "--profiles-dir", ROOT / "profiles"),
            *("--target-path", home / "target", "--log-path", home / "logs"),
        ],
        {"RTSTRUCT_HOME": str(home), "DO_NOT_TRACK": "1", **environment},
    )
    print(f"{home.name}: {told.strip().splitlines()[-1]}")


def _marts(home: Path) -> dict[str, list[dict[str, Any]]]:
    with duckdb.connect(home / "catalog.duckdb", read_only=True) as catalog:
        names = catalog.sql(
            "select table_name from information_schema.tables"
            " where table_schema = 'rtstruct' order by all"
        ).fetchall()
        marts = {}
        for (name,) in names:
            rows = catalog.table(f"rtstruct.{name}")
            marts[name] = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
        return marts


def _run(command: list[object], environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            list(map(str, command)),
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as expired:
        print((expired.output or b"").decode()[-5000:])
        sys.exit(f"{command[0]} did not end in {SECONDS} s")
    if done.returncode:
        print(done.stdout[-5000:])
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
