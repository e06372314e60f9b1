"""The catalog on DuckDB at 1, 10 and 50 times the structure sets of IDC: seconds and memory.

Rows are those of the tests of the two engines, copied under new UIDs. IDC v25 has 19,366
structure sets; an image series has up to five slices here, and 150 or so there.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb

from engines.dbt_project import ROOT, DbtProject
from engines.dicom_all_rows import SCHEMA, dicom_all
from engines.sources import duckdb_type, variables, write_sources

IDC_STRUCTURE_SETS = 19_366
TEMPLATE = 1_000


def write_rows(folder: Path, structure_sets: int) -> int:
    """Parquet files of copies of the template; returns the number of rows."""
    generated = (row for row in dicom_all(TEMPLATE) if row["PatientID"].startswith("PAT"))
    template = "".join(f"{json.dumps(row)}\n" for row in generated)
    columns = {field["name"]: duckdb_type(field) for field in SCHEMA}
    copies = -(-structure_sets // TEMPLATE)
    rows = 0
    with duckdb.connect() as connection:
        for copy in range(copies):
            ndjson = folder / "copy.ndjson"
            # Patients and studies of its own for each copy.
            text = template.replace('"PAT', f'"PAT{copy}-').replace('"2.25.', f'"2.25.{copy}.')
            ndjson.write_text(text)
            table = connection.read_json(str(ndjson), format="newline_delimited", columns=columns)
            table.write_parquet(str(folder / f"copy{copy:05}.parquet"))
            rows += text.count("\n")
        ndjson.unlink()
    return rows


def measure(scale: int) -> None:
    """Build at one scale, in this process, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        rows_folder = home / "rows"
        rows_folder.mkdir()
        rows = write_rows(rows_folder, IDC_STRUCTURE_SETS * scale)
        settings = variables(write_sources(home, 1))
        settings["dicom_all_parquet"] = str(rows_folder / "*.parquet")
        project = DbtProject(
            "duckdb", ROOT / "profiles", home / "target", settings, {"RTSTRUCT_HOME": name}
        )
        started = time.monotonic()
        results = project.run("build")
        wall_s = time.monotonic() - started
        size_mb = (home / "catalog.duckdb").stat().st_size / 1e6
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{scale:3}x: {IDC_STRUCTURE_SETS * scale:,} structure sets in {rows:,} rows: "
        f"{wall_s:.0f} s, {peak_gb:.1f} GB of memory, a catalog of {size_mb:,.0f} MB"
    )
    steps: Counter[str] = Counter()
    for result in results:
        kind = result.node.resource_type
        steps[result.node.fqn[1] if kind == "model" else f"{kind}s"] += result.execution_time
    print("      " + ", ".join(f"{step} {seconds:.1f} s" for step, seconds in steps.most_common()))
    models = [result for result in results if result.node.resource_type == "model"]
    for result in sorted(models, key=lambda r: -r.execution_time)[:5]:
        print(f"      {result.execution_time:7.1f} s  {result.node.name}")


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        measure(int(sys.argv[2]))
    else:
        # A process for each, so that memory is its own.
        for scale in sys.argv[1:]:
            subprocess.run([sys.executable, __file__, "--one", scale], check=True)
