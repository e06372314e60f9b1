"""Seconds and peak memory of `rtstruct build`, step by step, as dicom_all grows.

At factor 1 the generated dicom_all has IDC's size: 19,366 structure sets, about 60,000 ROIs and
half a million image instances. The real idc_index.parquet follows.

    python benchmarks/catalog.py [FACTOR...]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from rtstruct.index.schema import column_types

STRUCTURE_SETS = 19_366
NAMES = ("Heart", "Lung_L", "Lung_R", "SpinalCord", "GTV-1", "PTV 60Gy", "seed point", "Niere li")
SLOWEST = 5

# In its own process, as a user runs it; dbt's account of each step is kept.
BUILD = """
import sys
from pathlib import Path
from rtstruct.catalog.build import build
from rtstruct.home import Home
result = build(Home(Path(sys.argv[1])), source=sys.argv[2], options=["--write-json"])
sys.exit("\\n".join(result.problems) or None)
"""


@dataclass(frozen=True)
class Step:
    """What one node of dbt took."""

    name: str
    group: str
    seconds: float
    peak_gb: float
    """Most memory that the process held meanwhile; another step may have run beside it."""


def write_dicom_all(path: Path, factor: int) -> None:
    """One image series and one structure set with 1 to 5 ROIs for each patient."""
    statement = (Path(__file__).parent / "dicom_all.sql").read_text()
    target = str(path).replace("'", "''")
    # Rows are written as they are made: memory does not grow with them.
    with duckdb.connect(config={"preserve_insertion_order": False}) as connection:
        connection.execute("set memory_limit = '3GB'")
        # What the statement does not make is there, as the index has it, and empty.
        columns = ", ".join(f'"{name}" {kind}' for name, kind in column_types().items())
        connection.execute(f"create table blank ({columns})")
        made = f"select * from blank union all by name ({statement})"  # noqa: S608 - ours
        connection.execute(
            f"copy ({made}) to '{target}' (format parquet, row_group_size 100000)",
            {"structure_sets": STRUCTURE_SETS * factor, "names": list(NAMES)},
        )


def measure(home: Path, source: str) -> tuple[float, float, list[Step]]:
    """Seconds and peak memory (GB) of one build, and of each of its steps."""
    started = time.time()
    process = subprocess.Popen([sys.executable, "-c", BUILD, str(home), source])
    samples = []
    while process.poll() is None:
        samples.append((time.time(), resident_gb(process.pid)))
        time.sleep(0.05)
    if process.returncode != 0:
        raise SystemExit(f"the build failed with status {process.returncode}")
    seconds = time.time() - started
    results = json.loads((home / f"dbt/duckdb-{source}/run_results.json").read_text())["results"]
    return seconds, max(gb for _, gb in samples), [step(r, samples) for r in results if r["timing"]]


def resident_gb(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0.0  # it has just ended
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def step(result: dict[str, Any], samples: list[tuple[float, float]]) -> Step:
    kind, _, name = result["unique_id"].split(".")[:3]
    starts = [datetime.fromisoformat(t["started_at"]).timestamp() for t in result["timing"]]
    ends = [datetime.fromisoformat(t["completed_at"]).timestamp() for t in result["timing"]]
    meanwhile = [gb for at, gb in samples if min(starts) - 0.1 <= at <= max(ends) + 0.1]
    layer = {"stg": "staging", "int": "intermediate"}.get(name[:3], "marts")
    group = {"seed": "seeds", "test": "tests"}.get(kind, layer)
    return Step(name, group, max(ends) - min(starts), max(meanwhile, default=0.0))


def report(title: str, seconds: float, peak_gb: float, steps: list[Step]) -> None:
    print(f"\n{title:<42} seconds   peak GB")
    print(f"{'all, as a user waits':<42} {seconds:7.1f}   {peak_gb:7.2f}")
    for group in ("seeds", "staging", "intermediate", "marts", "tests"):
        members = [step for step in steps if step.group == group]
        total, peak = sum(s.seconds for s in members), max(s.peak_gb for s in members)
        print(f"{len(members):3} {group:<38} {total:7.1f}   {peak:7.2f}")
    for slow in sorted(steps, key=lambda step: -step.seconds)[:SLOWEST]:
        print(f"    {slow.name:<38} {slow.seconds:7.1f}   {slow.peak_gb:7.2f}", flush=True)


def main(factors: list[int]) -> None:
    for factor in factors:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            write_dicom_all(home / "dicom_all.parquet", factor)
            report(f"dicom_all, {factor} x IDC", *measure(home, "dicom"))
    with tempfile.TemporaryDirectory() as folder:
        report("idc_index, real", *measure(Path(folder), "idc_index"))


if __name__ == "__main__":
    main([int(factor) for factor in sys.argv[1:]] or [1, 10, 50])
