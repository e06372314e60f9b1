"""Seconds and peak memory of `rtstruct build` as dicom_all grows.

At factor 1 the generated dicom_all has IDC's size: 19,366 structure sets, about 60,000 ROIs and
half a million image instances. The real idc_index.parquet follows.

    python benchmarks/catalog.py [FACTOR...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

STRUCTURE_SETS = 19_366
NAMES = ("Heart", "Lung_L", "Lung_R", "SpinalCord", "GTV-1", "PTV 60Gy", "seed point", "Niere li")


def write_dicom_all(path: Path, factor: int) -> None:
    """One image series and one structure set with 1 to 5 ROIs for each patient."""
    statement = (Path(__file__).parent / "dicom_all.sql").read_text()
    values = {"structure_sets": STRUCTURE_SETS * factor, "names": list(NAMES)}
    duckdb.sql(statement, params=values).write_parquet(str(path))


def measure(home: Path, *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory (GB) of one ``rtstruct build``."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "rtstruct", "build", *arguments],
        env={**os.environ, "RTSTRUCT_HOME": str(home)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"the build failed with status {status}")
    return time.monotonic() - started, usage.ru_maxrss / 1_000_000


def main(factors: list[int]) -> None:
    print("rows                      seconds   peak GB")
    for factor in factors:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            write_dicom_all(home / "dicom_all.parquet", factor)
            seconds, memory = measure(home)
            print(f"dicom_all {factor:>3} x IDC       {seconds:7.0f}   {memory:7.2f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory = measure(Path(folder), "--source", "idc_index")
        print(f"idc_index, real           {seconds:7.0f}   {memory:7.2f}")


if __name__ == "__main__":
    main([int(factor) for factor in sys.argv[1:]] or [1, 10, 50])
