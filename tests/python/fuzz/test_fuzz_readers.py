"""Damaged DICOM through the readers of index and converter: an outcome each, soon, in bounds."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from fuzz.bounds import rounds
from fuzz.mutations import mutated_file
from rtstruct.dicom.image_series import read_image_series
from rtstruct.dicom.pixels import read_voxels
from rtstruct.dicom.source_frames import source_frames
from rtstruct.dicom.structure_set import parse_structure_set
from rtstruct.errors import RtstructError
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch

if TYPE_CHECKING:
    from pathlib import Path


def test_damaged_files_have_outcomes_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"

    def one(number: int) -> Counter[str]:
        content = mutated_file(Random(number))
        path.write_bytes(content)
        return _read(path, content)

    counted = rounds(one, longest_s=5, most_growth_MB=300)
    # Else the mutations have become such that nothing is looked into any longer.
    assert counted["image head"] > counted["index row"] / 20
    assert counted["structure set"] == counted["index row"]


def _read(path: Path, content: bytes) -> Counter[str]:
    batch = read_batch([FoundFile(str(path), len(content), 0)])
    rows = [json.loads(row) for row in batch.rows.splitlines()]
    outcomes = [json.loads(row) for row in batch.verdicts.splitlines()]
    assert outcomes
    assert len(rows) == sum(outcome.get("SOPInstanceUID") is not None for outcome in outcomes)
    assert not [outcome for outcome in outcomes if outcome.get("code") == "reader_failed"]
    with suppress(RtstructError):
        found = parse_structure_set(content, "x.dcm")
        for roi in found.rois.values():
            found.points(roi, ("CLOSED_PLANAR", "POINT"))
    for row in rows:
        files = [(str(path), row["archive_member"])]
        with suppress(RtstructError):
            series = read_image_series(files)
            read_voxels(source_frames(files, "", series))
    heads = {"image head": len(rows)} if rows else {}
    return Counter({"index row": 1, "structure set": 1, **heads})
