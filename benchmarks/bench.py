"""Masks of the same structure sets by us and by Plastimatch, in turn, from a cold start.

Prints medians and ratios: the machine may be busy, so all run alternately and only ratios count.
``make bench`` runs it; a folder with LUNG1-001 beside the repository is used if it is there.
"""

from __future__ import annotations

import cProfile
import gzip
import json
import os
import pickle
import pstats
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import one_set
import phantoms
import plastimatch

from rtstruct.conversion.task import (
    ConversionTask,
    DicomFile,
    Options,
    Provenance,
    SelectedROI,
    StructureSetWork,
)
from rtstruct.dicom.image_series import read_head
from rtstruct.dicom.structure_set import parse_structure_set

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
LUNG = HERE.parents[1] / "shared/dicom/idc-nsclc_radiomics-LUNG1-001"
ROUNDS = 5
BATCH = 100
# As in an installation, modules are compiled once; as in a worker, numpy starts no threads.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["OPENBLAS_NUM_THREADS"] = "1"
HEADER_BYTES = 4096
NIFTI_HEADER = 352

OURS = "rtstruct"
WHOLE = "rtstruct convert"
STEPS = {
    "read image headers": "read_image_series",
    "walk the structure set": "parse_structure_set",
    "text to numbers": "parse_decimals",
    "put contours on slices": "place",
    "fill": "rasterise",
    "compare with the contours": "slices_that_differ",
    "compress": "nifti_mask",
    "write and sync": "write_synced",
}

Case = list[tuple[Path, Path]]
Commands = list[list[str]]


def ours(case: Case, out: Path) -> Commands:
    """One process, whatever the number of structure sets."""
    out.mkdir(parents=True)
    words = [sys.executable, str(HERE / "one_set.py")]
    for n, (rt, ct) in enumerate(case):
        task_file = out / f"{n}.task"
        task_file.write_bytes(pickle.dumps(task_of(rt, ct)))
        words += [str(task_file), str(out / str(n))]
    return [words]


def task_of(rt: Path, ct: Path) -> ConversionTask:
    """What the catalog knows: the files and the ROIs that have contours."""
    found = parse_structure_set(rt.read_bytes(), str(rt))
    work = StructureSetWork(
        file=DicomFile(found.SOPInstanceUID, str(rt)),
        provenance=Provenance(""),
        instance_hash=None,
        evidence="sop",
        rois=tuple(
            SelectedROI("ROI", ROINumber=n) for n, roi in found.rois.items() if roi.contours
        ),
        output_folder="masks",
    )
    files = tuple(DicomFile("", str(path)) for path in ct.iterdir())
    series = Provenance(read_head(files[0].path).SeriesInstanceUID)
    return ConversionTask(None, None, series, files, (work,), Options())


def by_plastimatch(program: Path, case: Case, out: Path) -> Commands:
    """One process per structure set, as Plastimatch has it."""
    words = [str(program), "convert", "--xor-contours", "--prefix-format", "nii.gz"]
    return [
        [
            *words,
            "--input",
            str(rt),
            "--referenced-ct",
            str(ct),
            "--output-prefix",
            str(out / f"{n}"),
        ]
        for n, (rt, ct) in enumerate(case)
    ]


def floor(case: Case, made: Path, out: Path) -> Commands:
    """Read the bytes that matter, set each voxel inside once, write what we have ``made``."""
    out.mkdir(parents=True)
    masks = []
    for n in range(len(case)):
        for mask in sorted((made / str(n) / "masks").iterdir()):
            # Behind the header every byte is a voxel.
            voxels = gzip.decompress(mask.read_bytes()).count(1, NIFTI_HEADER)
            path = str(out / f"{n}-{mask.name}")
            masks.append({"voxels": voxels, "like": str(mask), "path": path})
    read: list[tuple[str, int | None]] = [(str(rt), None) for rt, _ in case]
    read += [(str(path), HEADER_BYTES) for _, ct in case for path in ct.iterdir()]
    plan = out / "plan.json"
    plan.write_text(json.dumps({"read": read, "masks": masks}))
    return [[sys.executable, "-S", str(HERE / "floor.py"), str(plan)]]


def whole_command(cohort: Path, home: Path) -> Commands:
    """The command that users type, on the catalog of a cohort that this builds in ``home``."""
    rtstruct = [sys.executable, "-m", "rtstruct"]
    for words in (["index", str(cohort)], ["build"]):
        run([*rtstruct, *words], home)
    return [[*rtstruct, "convert", "--where", "true", "--out", str(home / "masks")]]


def run(command: list[str], home: Path) -> str:
    """Run a command to its end; returns what it prints."""
    environment = {**ENVIRONMENT, "RTSTRUCT_HOME": str(home)}
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return done.stdout


def measure(commands: Commands, home: Path) -> tuple[float, float]:
    """Seconds by the clock, and of the processors as far as processes were waited for."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        run(command, home)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used


def peak_megabytes(command: list[str], home: Path) -> float:
    """Largest memory of a command, run on its own."""
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    return int(run([sys.executable, "-c", program, *command], home).split()[-1]) / 1024


def compare(name: str, cohort: Path, out: Path) -> None:
    """Run all in turn and print one line each."""
    case = [(patient / "rt.dcm", patient / "ct") for patient in sorted(cohort.iterdir())]
    home = out / "home"
    tools = {OURS: ours(case, out / "ours")}
    # So that modules are compiled, and the masks there that the lower bound writes.
    measure(tools[OURS], home)
    program = Path(plastimatch.__file__).parent / "bin/plastimatch"
    tools["plastimatch"] = by_plastimatch(BIN / "plastimatch", case, out / "peer")
    tools["its program alone"] = by_plastimatch(program, case, out / "peer")
    tools["lower bound"] = floor(case, out / "ours", out / "floor")
    tools[WHOLE] = whole_command(cohort, home)
    runs: dict[str, list[tuple[float, float]]] = {tool: [] for tool in tools}
    for _ in range(ROUNDS):
        for tool, commands in tools.items():
            shutil.rmtree(home / "masks", ignore_errors=True)
            (home / "registry.duckdb").unlink(missing_ok=True)
            runs[tool].append(measure(commands, home))
    clock = {tool: median(seconds for seconds, _ in times) for tool, times in runs.items()}
    processor = {tool: median(used for _, used in times) for tool, times in runs.items()}
    print(f"\n{name}: {len(case)} structure set(s), medians of {ROUNDS}")
    for tool, commands in tools.items():
        line = f"  {tool:18}{clock[tool]:8.2f} s{clock[tool] / clock[OURS]:7.1f} x"
        # The workers of the whole command are nobody's children: they cannot be counted.
        if tool != WHOLE:
            line += f"{processor[tool]:8.2f} s of CPU{processor[tool] / processor[OURS]:7.1f} x"
            line += f"{peak_megabytes(commands[0], home):6.0f} MB"
        print(line, flush=True)


def where_time_goes(cohort: Path, out: Path) -> None:
    """Print the steps of one conversion from a cold start."""
    patient = min(cohort.iterdir())
    ours([(patient / "rt.dcm", patient / "ct")], out)
    starts = {
        "start Python": "pass",
        "import numpy": "import numpy",
        "import the rest": "import rtstruct.conversion.masks.worker",
    }
    print("  where the time of one goes, in ms:")
    before = 0.0
    for step, program in starts.items():
        command = [[sys.executable, "-c", program]]
        seconds = median(measure(command, out)[0] for _ in range(ROUNDS))
        print(f"    {step:26}{1000 * (seconds - before):8.1f}")
        before = seconds
    profile = cProfile.Profile()
    profile.runcall(one_set.convert, out / "0.task", out / "profile")
    functions = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent = dict.fromkeys([*STEPS.values(), "convert"], 0.0)
    for (_, _, function), (_, _, _, cumulative, _) in functions.items():
        if function in spent:
            spent[function] += cumulative
    for step, function in STEPS.items():
        print(f"    {step:26}{1000 * spent[function]:8.1f}")
    rest = spent["convert"] - sum(spent[function] for function in STEPS.values())
    print(f"    {'all else':26}{1000 * rest:8.1f}   (of these steps the profiler costs a third)")


def main() -> None:
    """Make the phantoms, compare, clean up."""
    folder = Path(tempfile.mkdtemp(prefix="rtstruct-bench-"))
    try:
        phantoms.large_patient(folder / "large/0")
        phantoms.small_patients(folder / "small", BATCH)
        cohorts = {
            "Large phantom, 30 ROIs on 512 x 512 x 200": folder / "large",
            "Batch of small ones, 5 ROIs on 96 x 96 x 30": folder / "small",
        }
        if LUNG.is_dir():
            shutil.copytree(LUNG / "CT", folder / "lung/0/ct")
            shutil.copy(LUNG / "RTSTRUCT/1-1.dcm", folder / "lung/0/rt.dcm")
            cohorts["LUNG1-001"] = folder / "lung"
        for name, cohort in cohorts.items():
            out = folder / f"{cohort.name}-out"
            compare(name, cohort, out)
            where_time_goes(cohort, out / "steps")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
