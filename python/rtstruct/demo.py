"""The full pipeline on phantom patients, by the functions that the commands call."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rtstruct.errors import RtstructError, UsageError
from rtstruct.home import Home
from rtstruct.private import make_private
from rtstruct.progress import silent

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.catalog.outcomes import ROIOutcome
    from rtstruct.phantom.cohort import PhantomROI

TOLERANCE = 0.01
"""Largest share by which a mask may differ from the truth: what voxels of 2.5 mm can hold."""

_COHORT = "phantom_cohort"


@dataclass(frozen=True)
class Step:
    """One step of the road, done."""

    name: str
    result: str
    output: Path
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """A ROI beside the truth."""

    truth: PhantomROI
    outcome: ROIOutcome

    @property
    def difference(self) -> float | None:
        """(mask - truth) / truth; None where no mask is due or none was made."""
        if self.truth.volume_mL is None or self.outcome.mask_volume_mL is None:
            return None
        return self.outcome.mask_volume_mL / self.truth.volume_mL - 1

    @property
    def agrees(self) -> bool:
        """Whether there is what is due: a mask of the right volume, points, or a reason."""
        if self.truth.kind == "mask":
            return self.difference is not None and abs(self.difference) <= TOLERANCE
        if self.outcome.mask_volume_mL is not None:
            return False
        if self.truth.kind == "points":
            return self.outcome.point_count == self.truth.point_count
        return self.outcome.error_code is not None


def open_folder(folder: Path) -> Home:
    """The folder of the demo as a home for all state; it is made if need be.

    Raises
    ------
    UsageError
        The folder holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", "Name a new folder: rtstruct demo DIR")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _COHORT).is_dir():
        raise UsageError(
            f"{folder} holds something that the demo did not make",
            "Name a new folder: rtstruct demo DIR",
        )
    make_private(folder / _COHORT)
    return Home(folder.absolute())


def make_phantoms(home: Home) -> tuple[tuple[PhantomROI, ...], Step]:
    """Write the cohort; the truth comes with it."""
    from rtstruct.phantom.cohort import write_cohort

    started = time.monotonic()
    folder = home.root / _COHORT
    truth = write_cohort(folder)
    patients = len({roi.PatientID for roi in truth})
    files = sum(path.is_file() for path in folder.rglob("*"))
    return truth, _step("phantom", f"{patients} patients, {files} DICOM files", folder, started)


def index(home: Home) -> Step:
    """What ``rtstruct index`` does."""
    from rtstruct.index.run import index_paths

    started = time.monotonic()
    counts = index_paths([home.root / _COHORT], home.dicom_all, silent).counts
    result = f"{counts['instances']} instances, {counts['files_read']} files read"
    return _step("index", result, home.dicom_all, started)


def build(home: Home) -> Step:
    """What ``rtstruct build`` does."""
    from rtstruct.catalog.build import build

    started = time.monotonic()
    built = build(home)
    if built.problems:
        raise RtstructError("build_failed", built.problems[0])
    result = f"{built.models} models, {built.tests} tests passed"
    return _step("build", result, home.catalog, started)


def convert(home: Home) -> Step:
    """What ``rtstruct convert --where true --redo changed`` does."""
    from rtstruct.conversion.planning.plan import Request
    from rtstruct.conversion.run import local
    from rtstruct.conversion.task import Options
    from rtstruct.pipeline.convert import convert, select

    started = time.monotonic()
    local.warm_up()
    request = Request(home.root, home.registry, home.masks, Options(), redo="changed")
    result = convert(
        request,
        select(home, "true")[0],
        command="demo",
        parameters={"where": "true", "redo": "changed", **asdict(request.options)},
    )
    made = f"{result.counts.masks} masks, {result.counts.points} points"
    if not result.plan.due_sets:
        made = f"nothing new, {result.plan.converted_before} ROIs before"
    return _step("convert", made, home.masks, started)


def report(home: Home) -> Step:
    """What ``rtstruct report`` does."""
    from rtstruct.report.run import write_report

    started = time.monotonic()
    written = write_report(home, home.report)
    if written.problems:
        raise RtstructError("report_incomplete", written.problems[0])
    return _step("report", f"{written.pictures} pictures", written.index, started)


def judge(home: Home, truth: tuple[PhantomROI, ...]) -> tuple[Verdict, ...]:
    """Each phantom ROI with what became of it.

    Raises
    ------
    RtstructError
        A phantom ROI is not in the catalog.
    """
    from rtstruct.catalog.outcomes import roi_outcomes

    outcomes = {
        (outcome.SOPInstanceUID, outcome.ROINumber): outcome for outcome in roi_outcomes(home)
    }
    lost = [roi for roi in truth if (roi.SOPInstanceUID, roi.ROINumber) not in outcomes]
    if lost:
        raise RtstructError("roi_lost", f"ROI {lost[0].ROIName} is not in {home.catalog}")
    return tuple(Verdict(roi, outcomes[(roi.SOPInstanceUID, roi.ROINumber)]) for roi in truth)


def _step(name: str, result: str, output: Path, started: float) -> Step:
    return Step(name, result, output, time.monotonic() - started)
