"""Series and structure sets as the field has them, from files to masks: right, or told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.field_road import gather, run

if TYPE_CHECKING:
    from pathlib import Path


def test_what_comes_of_files_is_right_or_told(tmp_path: Path) -> None:
    # The same cases on every run; `make field` looks for new ones.
    cases = gather(16, 1)
    verdicts = run(cases, tmp_path)
    assert len(verdicts) == len(cases)
    silent = [
        (verdict.what, case)
        for verdict, case in zip(verdicts, cases, strict=True)
        if verdict.kind == "silent"
    ]
    assert not silent
    assert Counter(verdict.kind for verdict in verdicts)["right"] >= 6
