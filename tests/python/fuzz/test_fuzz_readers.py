"""Damaged DICOM through the readers of index and converter: an outcome for each, soon, in bounds.

Runs for some seconds; ``make fuzz`` for as long as FUZZ_SECONDS says. A case that fails is written
down by the number from which it is made again.
"""

from __future__ import annotations

import json
import os
import resource
import time
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from mutations import mutated_file

from rtstruct.dicom.image_series import read_head
from rtstruct.dicom.structure_set import parse_structure_set
from rtstruct.errors import RtstructError
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = float(os.environ.get("FUZZ_SECONDS", "5"))
FIRST = int(os.environ.get("FUZZ_SEED", "0"))
LONGEST_S = 5.0
"""Of CPU time for a file of some kilobytes."""
MOST_GROWTH_KB = 300_000
"""Of the resident memory of the whole run."""


def test_damaged_files_have_outcomes_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ends = time.monotonic() + SECONDS
    number, indexed = FIRST, 0
    while time.monotonic() < ends:
        content = mutated_file(Random(number))
        path.write_bytes(content)
        started = time.process_time()
        try:
            indexed += _read(path, content)
        except Exception as error:
            raise AssertionError(f"input {number} raises {error!r}") from error
        taken = time.process_time() - started
        assert taken < LONGEST_S, f"input {number} takes {taken:.1f} s"
        number += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{number - FIRST} inputs, {indexed} of them indexed, {grown // 1024} MB more memory")
    assert grown < MOST_GROWTH_KB
    # Else the mutations have become such that nothing is looked into any longer.
    assert indexed > (number - FIRST) / 20


def _read(path: Path, content: bytes) -> int:
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
        with suppress(RtstructError):
            read_head(str(path), row["archive_member"])
    return len(rows)
