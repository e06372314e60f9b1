"""Structure sets to masks: by us, by Plastimatch, and the least that it can cost."""

from __future__ import annotations

import gzip
import json
import pickle
import shutil
import sys
from pathlib import Path

import plastimatch
from measured import Commands, Tool, cost_of

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
from rtstruct.processes import ENVIRONMENT

HERE = Path(__file__).parent
HEADER_BYTES = 4096
NIFTI_HEADER = 352
RTSTRUCT = [sys.executable, "-m", "rtstruct"]
WHOLE, WORKER, PEER, FLOOR = (
    "`rtstruct convert`, cold",
    "its worker alone",
    "Plastimatch",
    "lower bound",
)

Case = list[tuple[Path, Path]]


def tools(cohort: Path, out: Path) -> dict[str, Tool]:
    """What is measured on a cohort: a folder a patient, with ``rt.dcm`` and ``ct``."""
    case = [(patient / "rt.dcm", patient / "ct") for patient in sorted(cohort.iterdir())]
    home = out / "home"
    worker = Tool(ours(case, out / "ours"))
    # So that modules are compiled, and the masks there that the lower bound writes.
    cost_of(worker)
    for words in (["index", str(cohort)], ["build"]):
        cost_of(Tool([[*RTSTRUCT, *words]], home))

    def forget() -> None:
        shutil.rmtree(home / "masks", ignore_errors=True)
        (home / "registry.duckdb").unlink(missing_ok=True)

    return {
        WHOLE: Tool([[*RTSTRUCT, "convert", "--where", "true"]], home, forget),
        WORKER: worker,
        PEER: Tool(by_plastimatch(case, out / "peer")),
        FLOOR: Tool(floor(case, out / "ours", out / "floor")),
    }


def ours(case: Case, out: Path) -> Commands:
    """One process, whatever the number of structure sets, in the environment of a worker."""
    out.mkdir(parents=True)
    settings = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    words = ["env", *settings, sys.executable, str(HERE / "one_set.py")]
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


def by_plastimatch(case: Case, out: Path) -> Commands:
    """The program itself, once a structure set, as Plastimatch has it."""
    program = Path(plastimatch.__file__).parent / "bin/plastimatch"
    words = [str(program), "convert", "--xor-contours", "--prefix-format", "nii.gz"]
    return [
        [
            *(*words, "--input", str(rt), "--referenced-ct", str(ct)),
            *("--output-prefix", str(out / f"{n}")),
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
