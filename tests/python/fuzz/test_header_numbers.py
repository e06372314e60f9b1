"""Each number of a header in turn damaged in each way: told as damage, never as a fault of ours."""

from __future__ import annotations

import time
from copy import deepcopy
from random import Random
from struct import pack
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fuzz.mutations import NUMBERS, DataSet, encoded_file, image, structure_set
from rtstruct.catalog.worklist import SelectedROI
from rtstruct.conversion.masks.worker import convert_task
from rtstruct.conversion.task import (
    ConversionTask,
    DicomFile,
    Options,
    Provenance,
    StructureSetWork,
)
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What the small image does not state already.
MORE = [
    [0x00180050, b"DS", b"3"],
    [0x00180081, b"DS", b"2.5"],
    [0x00181060, b"DS", b"100"],
    [0x00200012, b"IS", b"1"],
    [0x00200013, b"IS", b"7"],
    [0x00200100, b"IS", b"1"],
    [0x00209128, b"UL", pack("<I", 1)],
    [0x00281052, b"DS", b"-1024"],
    [0x00281053, b"DS", b"1"],
]
BINARY = (
    b"", b"\xff", b"\xff\xff", b"\0\0", b"\xff" * 3, b"\xff" * 4, b"\xff" * 200,
    pack("<d", float("nan")), pack("<d", float("inf")), pack("<d", 1e308),
)  # fmt: skip
UIDS = {3: "1.2.3.1", 6: "1.2.3.6", 9: "1.2.3.9"}
TEXT = (*NUMBERS, b"9" * 400, b"-inf", b"\xd9\xa1")


def whole_image(z: int) -> DataSet:
    made = sorted([*image(z), *deepcopy(MORE)])
    for element in made:
        if element[0] == 0x00080018:
            element[2] = UIDS[z].encode()
    return made


def damaged() -> Iterator[tuple[int, bytes]]:
    """Tag of the image, and its value."""
    for tag, vr, content in whole_image(3):
        if vr in (b"DS", b"IS"):
            parts = content.split(b"\\")
            for number in TEXT:
                yield tag, b"\\".join([*parts[:-1], number])
        elif vr in (b"US", b"UL", b"FD"):
            yield from ((tag, value) for value in BINARY)


@pytest.mark.parametrize(
    ("options", "how_many"), [(Options(reference=True), 3), (Options(format="seg"), 1)]
)
def test_every_number_of_an_image(tmp_path: Path, options: Options, how_many: int) -> None:
    (tmp_path / "rt.dcm").write_bytes(encoded_file(structure_set(), Random(0), whole=True))
    ends = set()
    for number, (tag, value) in enumerate(damaged()):
        for k in (1, 2, 3):
            data_set = whole_image(3 * k)
            for element in data_set:
                if element[0] == tag and k <= how_many:
                    element[2] = value
            content = encoded_file(data_set, Random(0), whole=True)
            (tmp_path / f"{k}.dcm").write_bytes(content)
        batch = read_batch([FoundFile(str(tmp_path / "1.dcm"), len(content), 0)])
        assert b"reader_failed" not in batch.verdicts
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            outcome = converted(tmp_path, options, tmp_path / f"s{number}")
        codes = {outcome.error_code, *(failure.error_code for failure in outcome.failures)}
        assert "conversion_error" not in codes, (hex(tag), value, outcome)
        ends.add(outcome.status)
    assert ends >= {"done", "failed"}


def converted(folder: Path, options: Options, staging: Path):
    work = StructureSetWork(
        file=DicomFile("1.2.4.1", str(folder / "rt.dcm")),
        provenance=Provenance("1.2.4.0"),
        instance_hash=None,
        evidence="sop",
        rois=tuple(SelectedROI(ROINumber=roi, ROIName=f"ROI {roi}") for roi in (1, 2)),
        output_folder="c/P/CT",
    )
    task = ConversionTask(
        collection_id="c",
        PatientID="P",
        image=Provenance("1.2.3.0"),
        image_files=tuple(DicomFile(UIDS[3 * k], str(folder / f"{k}.dcm")) for k in (1, 2, 3)),
        structure_sets=(work,),
        options=options,
    )
    (outcome,) = convert_task(task, staging)
    return outcome


@pytest.mark.parametrize("tag", [0x00280002, 0x00280004, 0x00280100, 0x00280103, 0x7FE00010])
def test_sequences_nested_in_place_of_a_number_end(tmp_path: Path, tag: int) -> None:
    """Found by the fuzzer: pydicom puts what it refuses into its message, level by level."""
    (tmp_path / "rt.dcm").write_bytes(encoded_file(structure_set(), Random(0), whole=True))
    for k in (1, 2, 3):
        data_set = whole_image(3 * k)
        for element in data_set:
            if element[0] == tag:
                for _ in range(100):
                    element[2] = [[[0x30060039, b"SQ", element[2]]]]
                element[1] = b"SQ"
        content = encoded_file(data_set, Random(0), whole=True)
        (tmp_path / f"{k}.dcm").write_bytes(content)
    started = time.process_time()
    outcome = converted(tmp_path, Options(reference=True), tmp_path / "staging")
    assert time.process_time() - started < 5
    assert outcome.error_code in ("image_not_decoded", "invalid_dicom", "no_images"), outcome
