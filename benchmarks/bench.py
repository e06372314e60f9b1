"""Masks of the same structure sets by us and by Plastimatch, in turn, from a cold start.

Prints medians and ratios: the machine may be busy, so both tools run alternately and only ratios
count. ``make bench`` runs it; a folder with LUNG1-001 beside the repository is used if it is there.
"""

from __future__ import annotations

import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import phantoms

from rtstruct.convert.task import (
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
Case = list[tuple[Path, Path]]


def ours(case: Case, out: Path) -> list[list[str]]:
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


def plastimatch(case: Case, out: Path) -> list[list[str]]:
    """One process per structure set, as Plastimatch has it."""
    program = [str(BIN / "plastimatch"), "convert", "--xor-contours", "--prefix-format", "nii.gz"]
    return [
        [
            *program,
            "--input",
            str(rt),
            "--referenced-ct",
            str(ct),
            "--output-prefix",
            str(out / str(n)),
        ]
        for n, (rt, ct) in enumerate(case)
    ]


def measure(commands: list[list[str]]) -> tuple[float, float]:
    """Seconds by the clock, and of the processors."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used


def peak_megabytes(command: list[str]) -> float:
    """Largest memory of a command, run on its own."""
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], check=True, capture_output=True, text=True
    )
    return int(done.stdout.split()[-1]) / 1024


def floor(case: Case, out: Path) -> float:
    """Seconds to read the bytes that matter, set each voxel inside once and write the result."""
    import gzip

    import numpy as np

    folders = [out / "ours" / str(n) / "masks" for n in range(len(case))]
    written = [mask.read_bytes() for folder in folders for mask in sorted(folder.iterdir())]
    # Behind the header every byte is a voxel.
    counts = [gzip.decompress(content).count(1, 352) for content in written]
    started = time.perf_counter()
    for rt, ct in case:
        rt.read_bytes()
        for path in ct.iterdir():
            with path.open("rb", buffering=0) as file:
                file.read(4096)
    for count in counts:
        np.ones(count, np.uint8)
    for n, content in enumerate(written):
        (out / f"floor-{n}").write_bytes(content)
    return time.perf_counter() - started


def compare(name: str, case: Case, out: Path) -> None:
    """Run both tools in turn and print one line each."""
    tools = {"ours": ours(case, out / "ours"), "plastimatch": plastimatch(case, out / "peer")}
    runs: dict[str, list[tuple[float, float]]] = {tool: [] for tool in tools}
    for _ in range(ROUNDS):
        for tool, commands in tools.items():
            runs[tool].append(measure(commands))
    clock = {tool: median(seconds for seconds, _ in times) for tool, times in runs.items()}
    processor = {tool: median(used for _, used in times) for tool, times in runs.items()}
    print(f"\n{name}: {len(case)} structure set(s), medians of {ROUNDS}")
    for tool, commands in tools.items():
        print(
            f"  {tool:12} {clock[tool]:8.2f} s {processor[tool]:8.2f} s of CPU"
            f" {peak_megabytes(commands[0]):6.0f} MB"
        )
    print(
        f"  faster by    {clock['plastimatch'] / clock['ours']:8.1f} x"
        f" {processor['plastimatch'] / processor['ours']:8.1f} x"
    )
    print(
        f"  lower bound  {floor(case, out):8.2f} s (read, set each voxel once, write)", flush=True
    )


def where_time_goes(case: Case, out: Path) -> None:
    """Print the dearest functions of one conversion, inside one process."""
    import cProfile
    import pstats

    import one_set

    ours(case, out)
    profile = cProfile.Profile()
    profile.runcall(one_set.convert, out / "0.task", out / "profile")
    print("\nWhere the time goes (large phantom, seconds, own time):")
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    rows = sorted(((own, key) for key, (_, _, own, _, _) in stats.items()), reverse=True)
    for own, (file, _, function) in rows[:12]:
        print(f"  {own:6.3f} {Path(file).name if file != '~' else ''} {function}")


def main() -> None:
    """Make the phantoms, compare, clean up."""
    folder = Path(tempfile.mkdtemp(prefix="rtstruct-bench-"))
    try:
        phantoms.large_patient(folder / "large")
        phantoms.small_patients(folder / "small", BATCH)
        large = [(folder / "large/rt.dcm", folder / "large/ct")]
        small = [(path / "rt.dcm", path / "ct") for path in sorted((folder / "small").iterdir())]
        compare("Large phantom, 30 ROIs on 512 x 512 x 200", large, folder / "a")
        if LUNG.is_dir():
            compare("LUNG1-001", [(LUNG / "RTSTRUCT/1-1.dcm", LUNG / "CT")], folder / "b")
        compare("Batch of small structure sets", small, folder / "c")
        where_time_goes(large, folder / "d")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
