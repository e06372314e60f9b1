"""Series as the field has them, from files through catalog and converter, against the drawn solid.

The solids and contours of ``field_like``; around them a series of one to three acquisitions with
gaps, doubled slices, a localizer, numbers in any order, contours that name the right images, wrong
ones, absent ones or none, and ROIs whose numbers are not their own. The judge is that of
``field_like``, and knows besides which acquisition was drawn on: its pixels have a value of their
own. What comes out must be right, or told in the registry.

``make field`` looks for silent errors as long as you like.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import SimpleITK
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from rtstruct.codes import lacks
from rtstruct.phantom.identity import phantom_uid
from support.dicom_files import contour, decimals, slice_of, structure_set
from support.field_like import (
    COLUMNS,
    ROWS,
    TOLD,
    Situation,
    Verdict,
    contours_of,
    errors_of,
    grid_of,
    situations,
)

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

VALUE = 100
"""Of the pixels of the first acquisition; of the second twice that."""
NAMES = ("named", "named", "named", "neighbours", "absent", "none", "two")
"""Which images contours name: the nearest, some the next but one, images that are not there, none;
``two``: those of the upper half are named on another acquisition."""
HALF_STEP = 0.5
# By these a user learns that a mask is a part, or that its place was found by its position.
ELSEWHERE = {"on_another_stack", "stack_left_out", "image_position_differs"}
MODELS = "+conversion_worklist +rtstruct_rois +rtstruct_series +image_instances +image_stacks"


@dataclass(frozen=True)
class Acquisitions:
    """The series that a solid is drawn on, and how its contours name it."""

    drawn: Situation
    number: int
    """Of acquisitions; the solid is drawn on the one at ``target``."""
    target: int
    shift: float
    """Of each acquisition against the one before, in slices."""
    told_by: str
    """The attribute that tells them apart; empty: none does."""
    order: str
    """Of InstanceNumber: ``blocks`` of acquisitions, ``slices``, or ``any``."""
    lost: tuple[int, ...]
    """Slices of the target without a file."""
    doubled: tuple[int, ...]
    """Slices of the target of which there is a second image with other pixels."""
    localizer: bool
    names: str
    listed: str
    """Which images the structure set lists: ``target``, ``all`` or ``none``."""
    framed: bool
    """Whether the ROI says its frame of reference."""
    series_each: bool
    """Whether every slice has a SeriesInstanceUID of its own."""
    numbers: str
    """``own``; ``same``: another ROI has its number; ``orphan``: its contours have another one."""

    @property
    def is_like_one(self) -> bool:
        """Whether the files are those of one acquisition of slices that overlap by half."""
        return not self.told_by and self.shift == HALF_STEP and self.order != "blocks"


@st.composite
def acquisitions(draw: st.DrawFn) -> Acquisitions:
    number = draw(st.sampled_from([1, 1, 2, 2, 3]))
    return Acquisitions(
        drawn=draw(situations()),
        number=number,
        target=draw(st.integers(0, number - 1)),
        shift=draw(st.sampled_from([0.0, 0.0, HALF_STEP, 0.23, 9.0])),
        told_by=draw(
            st.sampled_from(["AcquisitionNumber", "TemporalPositionIdentifier", "EchoTime", ""])
        ),
        order=draw(st.sampled_from(["blocks", "blocks", "slices", "any"])),
        lost=draw(st.sampled_from([(), (), (), (9,), (13, 14), (4, 9, 18)])),
        doubled=draw(st.sampled_from([(), (), (), (12,), (10, 11)])),
        localizer=draw(st.sampled_from([False, False, True])),
        names=draw(st.sampled_from(NAMES)),
        listed=draw(st.sampled_from(["target", "all", "none"])),
        framed=draw(st.sampled_from([True, True, False])),
        series_each=draw(st.integers(0, 9)) == 0,
        numbers=draw(st.sampled_from(["own"] * 12 + ["same", "orphan"])),
    )


def images_of(case: Acquisitions, patient: str) -> list[list[FileDataset]]:
    """Slices of each acquisition, in order along the stack; of the target without the lost."""
    grid = grid_of(case.drawn)
    between = case.drawn.spacing[0]
    made = []
    for one in range(case.number):
        offset = (one - case.target) * case.shift * between
        slices = []
        for k, origin in enumerate(grid.slice_origins):
            if one == case.target and k in case.lost:
                continue
            told = {case.told_by: str(one + 1)} if case.told_by else {}
            slices.append(
                _image(patient, f"{one}-{k}", origin + offset * grid.normal, one, case, **told)
            )
        made.append(slices)
    return made


def _image(
    patient: str, name: str, origin: np.ndarray, one: int, case: Acquisitions, **told: Any
) -> FileDataset:
    grid = grid_of(case.drawn)
    axes = np.array([grid.row_direction, grid.column_direction])
    image = slice_of(origin, axes, case.drawn.spacing[1:], (ROWS, COLUMNS), **told)
    uid = phantom_uid("road", patient, name)
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = uid
    image.PatientID, image.StudyInstanceUID = patient, phantom_uid("road", patient, "study")
    image.SeriesInstanceUID = phantom_uid("road", patient, "series")
    image.FrameOfReferenceUID = phantom_uid("road", patient, "frame")
    image.ImagePositionPatient = decimals(np.round(origin, 4))
    image.SliceThickness = f"{case.drawn.spacing[0]:.4f}"
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsStored, image.HighBit = 16, 15
    image.PixelData = np.full((ROWS, COLUMNS), VALUE * (one + 1), dtype="<u2").tobytes()
    return image


def write(case: Acquisitions, patient: str, folder: Path) -> None:
    """Write the files of one patient."""
    rng = np.random.default_rng(case.drawn.seed)
    folder.mkdir(parents=True)
    series = images_of(case, patient)
    target = list(series[case.target])
    grid = grid_of(case.drawn)
    again = [
        _image(patient, f"again-{k}", grid.slice_origins[k], 7, case)
        for k in case.doubled
        if k not in case.lost
    ]
    images = [image for slices in series for image in slices]
    if case.order == "slices":
        images.sort(key=lambda image: float(grid.normal @ np.array(image.ImagePositionPatient)))
    elif case.order == "any":
        images = [images[n] for n in rng.permutation(len(images))]
    images += again
    if case.localizer:
        scout = _image(patient, "scout", grid.slice_origins[0] - 100 * grid.normal, 8, case)
        scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        scout.ImageOrientationPatient = decimals([*grid.row_direction, *-grid.normal])
        images.append(scout)
    for number, image in enumerate(images, 1):
        image.InstanceNumber = number
        if case.series_each:
            image.SeriesInstanceUID = phantom_uid("road", patient, "series", str(number))
        image.save_as(folder / f"{int(rng.integers(1 << 40)):x}.dcm")
    listed = {"target": target, "all": images, "none": []}[case.listed]
    dataset = _structure_set(case, patient, series, listed, rng)
    dataset.save_as(folder / "set.dcm")


def _structure_set(
    case: Acquisitions,
    patient: str,
    series: list[list[FileDataset]],
    listed: list[FileDataset],
    rng: np.random.Generator,
) -> FileDataset:
    grid, drawn = grid_of(case.drawn), contours_of(case.drawn)
    items = []
    ends = np.cumsum(drawn.counts)
    middle = float(np.median(drawn.points_mm @ grid.normal))
    for points in np.split(drawn.points_mm, ends[:-1]):
        item = contour(points)
        at = float((points @ grid.normal).mean())
        if (uid := _named(case, patient, series, at, at > middle, rng)) is not None:
            item.ContourImageSequence = Sequence([_reference(uid)])
        items.append(item)
    frame = phantom_uid("road", patient, "frame")
    rois: dict[tuple[int, str], list[Dataset] | None] = {(1, "A"): items}
    dataset = structure_set(rois, frame=frame)
    if case.numbers == "same":
        other = structure_set({(1, "B"): [contour(np.eye(3))]}, frame=frame)
        dataset.StructureSetROISequence.extend(other.StructureSetROISequence)
        dataset.ROIContourSequence.extend(other.ROIContourSequence)
    if case.numbers == "orphan":
        dataset.ROIContourSequence[0].ReferencedROINumber = 5
    dataset.PatientID, dataset.StudyInstanceUID = patient, phantom_uid("road", patient, "study")
    dataset.SeriesInstanceUID = phantom_uid("road", patient, "set")
    study, frame_item = Dataset(), Dataset()
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.3", dataset.StudyInstanceUID
    by_series: dict[str, list[Dataset]] = {phantom_uid("road", patient, "series"): []}
    if case.series_each:
        by_series = {}
    for image in listed:
        by_series.setdefault(image.SeriesInstanceUID, []).append(_reference(image.SOPInstanceUID))
    study.RTReferencedSeriesSequence = Sequence(
        [_referenced_series(uid, images) for uid, images in by_series.items()]
    )
    frame_item.FrameOfReferenceUID = frame
    frame_item.RTReferencedStudySequence = Sequence([study])
    dataset.ReferencedFrameOfReferenceSequence = Sequence([frame_item])
    if not case.framed:
        del dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
    return dataset


def _referenced_series(uid: str, images: list[Dataset]) -> Dataset:
    item = Dataset()
    item.SeriesInstanceUID = uid
    if images:
        item.ContourImageSequence = Sequence(images)
    return item


def _named(
    case: Acquisitions,
    patient: str,
    series: list[list[FileDataset]],
    at: float,
    is_upper: bool,
    rng: np.random.Generator,
) -> str | None:
    """SOPInstanceUID of the image that a contour at this height names."""
    if case.names == "none":
        return None
    one = (case.target + 1) % case.number if case.names == "two" and is_upper else case.target
    normal = grid_of(case.drawn).normal
    slices = series[one]
    nearest = int(np.argmin([abs(normal @ np.array(i.ImagePositionPatient) - at) for i in slices]))
    if case.names == "absent":
        return phantom_uid("road", patient, "absent", str(nearest))
    if case.names == "neighbours" and rng.integers(3) == 0:
        nearest = min(nearest + 2, len(slices) - 1)
    return str(slices[nearest].SOPInstanceUID)


def _reference(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    item.ReferencedSOPInstanceUID = uid
    return item


def run(cases: list[Acquisitions], home: Path) -> list[Verdict]:
    """All cases, a patient each, through index, build and convert; what became of each."""
    for number, case in enumerate(cases):
        write(case, f"case{number}", home / "dicom" / str(number))
    tests = "resource_type:test resource_type:unit_test"
    for words in (
        ("index", str(home / "dicom")),
        ("build", "--select", MODELS, "--exclude", tests),
        ("convert", "--where", "true", "--reference", "--workers", "1"),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "rtstruct", *words],
            env={**os.environ, "RTSTRUCT_HOME": str(home)},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode not in (0, 1) or "Traceback" in ran.stderr:
            raise AssertionError(f"{words[0]}: {ran.stdout}{ran.stderr}")
    with duckdb.connect(str(home / "registry.duckdb"), read_only=True) as registry:
        return [
            judge_road(case, f"case{number}", home, registry) for number, case in enumerate(cases)
        ]


def _rows(registry: duckdb.DuckDBPyConnection, table: str, patient: str) -> list[dict[str, Any]]:
    cursor = registry.execute(f"select * from {table} where PatientID = ?", [patient])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def judge_road(
    case: Acquisitions, patient: str, home: Path, registry: duckdb.DuckDBPyConnection
) -> Verdict:
    """Look at every voxel of every mask, at the pixels beside it, and at what was said."""
    masks = _rows(registry, "masks", patient)
    failures = [row["error_code"] for row in _rows(registry, "roi_failures", patient)]
    failures += [c["error_code"] for c in _rows(registry, "conversions", patient)]
    failures = [code for code in failures if code]
    if not masks:
        return Verdict("told", str(failures)) if failures else Verdict("silent", "nothing at all")
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        told_apart = dict(
            catalog.execute(
                "select stack_number, separated_by from rtstruct.image_stacks where PatientID = ?",
                [patient],
            ).fetchall()
        )
    verdicts = [_judge_mask(case, row, told_apart[row["stack_number"]], home) for row in masks]
    kinds = [verdict.kind for verdict in verdicts]
    kind = next(kind for kind in ("silent", "told", "right") if kind in kinds)
    return Verdict(kind, " | ".join(verdict.what for verdict in verdicts))


def _judge_mask(
    case: Acquisitions, row: dict[str, Any], told_apart: str | None, home: Path
) -> Verdict:
    image = SimpleITK.ReadImage(str(home / row["path"]))
    found = SimpleITK.GetArrayFromImage(image) > 0
    k, j, i = np.meshgrid(*(np.arange(n) for n in found.shape), indexing="ij")
    directions = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    centres = np.stack([i, j, k], axis=-1) @ directions.T + np.array(image.GetOrigin())
    codes = {note.partition(":")[0] for note in row["notes"]}
    wrong, figures = errors_of(case.drawn, found, centres, row["contour_volume_mL"], codes)
    pixels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(home / row["reference_path"])))
    wanted = VALUE * (case.target + 1)
    values = set(np.unique(pixels[found]).tolist()) - {0}
    is_another = len(values) > 1 or (case.names != "two" and values - {wanted})
    is_said = bool(codes & {"stack_by_contour_position", "on_another_stack"})
    # The catalog says so where nothing in the files tells acquisitions apart.
    is_said |= "order of acquisition" in (told_apart or "")
    # A part of a series that was not put together is told as one.
    is_said |= case.series_each and lacks(row["notes"])
    if is_another and not is_said and not case.is_like_one:
        return Verdict("silent", f"pixels of {values}, not {wanted} {sorted(codes)}")
    if not wrong:
        return Verdict("right", f"{figures} {sorted(codes)}")
    is_told = bool(codes & (TOLD | ELSEWHERE)) or lacks(row["notes"])
    return Verdict("told" if is_told else "silent", f"{', '.join(wrong)} {sorted(codes)}")


def gather(number: int, start: int) -> list[Acquisitions]:
    """As many cases as asked for, the same for the same start."""
    # A seed each: within one run hypothesis varies what it knows.
    return [_one(start * 10_000 + n) for n in range(number)]


def _one(number: int) -> Acquisitions:
    found: list[Acquisitions] = []

    @seed(number)
    @settings(
        max_examples=4,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(acquisitions())
    def example(case: Acquisitions) -> None:
        found.append(case)

    example()
    return found[-1]


def search(seconds: float) -> Counter[str]:
    """Try cases as long as said; print every silent error."""
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    start = 0
    while time.monotonic() < end:
        start += 1
        cases = gather(60, start)
        with tempfile.TemporaryDirectory() as home:
            verdicts = run(cases, Path(home))
        for case, verdict in zip(cases, verdicts, strict=False):
            counts[verdict.kind] += 1
            if verdict.kind == "silent" or len(sys.argv) > 2:
                print(start, verdict.kind, verdict.what, case, flush=True)
        print(dict(counts), flush=True)
    return counts


if __name__ == "__main__":
    search(float(sys.argv[1]))
