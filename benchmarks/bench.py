"""What a user waits on, ours and our peers', in turn: ``docs/benchmarks.md``.

``make bench`` runs it and writes that page; a folder with LUNG1-001 beside the repository is used
if it is there. The machine may be busy: tools alternate, so that their ratios hold, and no round is
begun that would not end in time.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import conversions
import phantoms
import roads
from measured import ROUNDS, Cost, cost_of

from rtstruct.phantom.cohort import write_cohort

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from measured import Tool

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/benchmarks.md"
LUNG = ROOT.parent / "shared/dicom/idc-nsclc_radiomics-LUNG1-001"
BATCH, IMAGES, STRUCTURE_SETS = 100, 2000, 100
MINUTES = 11
PACKAGES = ("rtstruct", "numpy", "duckdb", "dbt-core", "dbt-duckdb")
PEERS = ("plastimatch", "python-gdcm", "pydicom", "dicomsdl")


def sections(folder: Path) -> dict[str, tuple[dict[str, Tool], str]]:
    """What is compared, by heading, and with which of the tools."""
    phantoms.large_patient(folder / "large/0")
    phantoms.small_patients(folder / "small", BATCH)
    cohorts = {
        "Masks: large phantom, 30 ROIs on 512 x 512 x 200": folder / "large",
        f"Masks: {BATCH} structure sets of 5 ROIs on 96 x 96 x 30": folder / "small",
    }
    patient = folder / "large/0"
    if LUNG.is_dir():
        patient = folder / "lung/0"
        shutil.copytree(LUNG / "CT", patient / "ct")
        shutil.copy(LUNG / "RTSTRUCT/1-1.dcm", patient / "rt.dcm")
        cohorts["Masks: LUNG1-001 (NSCLC-Radiomics), 4 ROIs on 512 x 512 x 134"] = folder / "lung"
    found = {
        name: (conversions.tools(cohort, folder / f"{cohort.name}-out"), conversions.PEER)
        for name, cohort in cohorts.items()
    }
    images = sorted((patient / "ct").iterdir())
    home = folder / "demo/home"
    write_cohort(folder / "demo/cohort")
    for words in (["index", str(folder / "demo/cohort")], ["build"]):
        roads.cost_of(roads.Tool([[*roads.RTSTRUCT, *words]], home))
    return found | {
        f"Index: {IMAGES} images": (roads.index(images, IMAGES, folder / "images"), "pydicom"),
        f"Index: {STRUCTURE_SETS} structure sets": (
            roads.index([patient / "rt.dcm"], STRUCTURE_SETS, folder / "sets"),
            "pydicom",
        ),
        "Small commands": (roads.small(folder / "small-out/home"), "`import duckdb`"),
        "`rtstruct build` of the demo's cohort": (roads.build(home), "a new home"),
    }


def table(costs: Mapping[str, Cost], beside: str) -> list[str]:
    """Rows of Markdown; the ratio is how often the processor time of each goes into that of one."""
    lines = [
        f"| | CPU s | clock s | peak MB | CPU of {beside} in these |",
        "|---|---|---|---|---|",
    ]
    for name, cost in costs.items():
        ratio = costs[beside].cpu_s / max(cost.cpu_s, 1e-3)
        cells = (
            f"{cost.cpu_s:.2f}",
            f"{cost.seconds:.2f}",
            f"{cost.peak_MB:.0f}",
            f"{ratio:.0f} x" if ratio >= 10 else f"{ratio:.2g} x",
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def heading(rounds: int, load: float | None) -> list[str]:
    """When, where and of what."""
    names = [f"{name} {_version(name)}" for name in (*PACKAGES, *PEERS)]
    busy = "" if load is None else f", load {load:.1f} at the start"
    often = f"medians of {rounds} rounds" if rounds > 1 else "once each"
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}{busy}"
    return [
        "# Benchmarks",
        f"Written by `make bench`: every tool in turn on one machine, {often}. CPU is user and"
        " system time of all processes that a tool starts,"
        " Python's own start included; memory is that of the largest process. Rows where we lose"
        " are not left out.",
        "",
        "A worker is one of the processes that `rtstruct convert` starts, alone with all tasks in"
        " turn; the lower bound reads the bytes that matter, sets each voxel inside once and writes"
        " the same masks. Plastimatch starts once a structure set, as its users do it. GDCM,"
        " pydicom and dicomsdl read the headers that the index reads, and write nothing; of a"
        " structure set they tell nothing of its contours, whose count, points and heights the"
        " index has.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}, Python {platform.python_version()}."
        f" {', '.join(names)}.",
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def measured(
    tools: Mapping[str, Mapping[str, Tool]], rounds: int, until: float
) -> Iterator[dict[str, dict[str, list[Cost]]]]:
    """Costs so far, by heading and tool, after each round in which every tool runs once."""
    costs: dict[str, dict[str, list[Cost]]] = {
        heading: {name: [] for name in each} for heading, each in tools.items()
    }
    for _ in range(rounds):
        started = time.monotonic()
        for heading, each in tools.items():
            for name, tool in each.items():
                costs[heading][name].append(cost_of(tool))
        yield costs
        if 2 * time.monotonic() - started > until:
            return


def main() -> None:
    """Measure all, write the page, clean up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    arguments = parser.parse_args()
    until = time.monotonic() + 60 * arguments.minutes
    folder = Path(tempfile.mkdtemp(prefix="rtstruct-bench-"))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    try:
        parts = sections(folder)
        tools = {name: tools for name, (tools, _) in parts.items()}
        for done, costs in enumerate(measured(tools, arguments.rounds, until), 1):
            lines = heading(done, load)
            for name, (_, beside) in parts.items():
                medians = {
                    tool: Cost(*map(median, zip(*each, strict=True)))
                    for tool, each in costs[name].items()
                }
                lines += ["", f"## {name}", *table(medians, beside)]
            PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
            print(f"round {done} of {arguments.rounds} is in {PAGE}", flush=True)
    finally:
        shutil.rmtree(folder)
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
