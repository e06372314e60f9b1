"""What the other names of a cohort tell of a name."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rtstruct.catalog.vocabulary import Reading
    from rtstruct.home import Home

    Read = Callable[[Sequence[str]], list[Reading]]

INITIALS = ["bladderkw", "rectumkw", "heartkw", "Kidney_Lkw", "Kidney_Rkw"]


def told(read: Read, names: list[str]) -> dict[str, tuple[object, ...]]:
    facets = ("structure", "laterality", "match_rule", "confidence")
    return {r.ROIName: tuple(r.facets[facet] for facet in facets) for r in read(names)}


def test_initials_on_many_names_are_noise_and_hide_no_side(read: Read) -> None:
    assert told(read, INITIALS) == {
        "bladderkw": ("Bladder", None, "cohort.affix", "B"),
        "rectumkw": ("Rectum", None, "cohort.affix", "B"),
        "heartkw": ("Heart", None, "cohort.affix", "B"),
        "Kidney_Lkw": ("Kidney", "L", "cohort.affix", "B"),
        "Kidney_Rkw": ("Kidney", "R", "cohort.affix", "B"),
    }


def test_the_same_initials_on_one_name_are_no_habit(read: Read) -> None:
    (answer,) = told(read, ["bladderkw"]).values()
    assert answer[2:] == ("unknown", "D")


def test_what_tells_a_pair_apart_is_never_taken_for_noise(read: Read) -> None:
    names = ["kidney qv", "kidney pv", "lung qv", "lung pv", "eye qv", "eye pv"]
    for _, side, rule, confidence in told(read, names).values():
        assert (side, confidence) == (None, "C")
        assert rule != "cohort.affix"


def test_a_partner_tells_a_side_that_the_language_does_not(read: Read) -> None:
    names = ["Auge d", "Auge g", "Linse d"]
    alone = told(read, ["Auge d"])["Auge d"]
    together = told(read, names)
    assert alone[1] is None
    assert together["Auge d"][1:3] == ("R", "cohort.pair")
    assert together["Auge g"][1:3] == ("L", "cohort.pair")
    assert together["Linse d"][1] is None


def test_a_short_file_of_names_is_read_on_first_use(vocabulary_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("\n".join(INITIALS))
    run = subprocess.run(
        [sys.executable, "-m", "rtstruct", "names", "--from", str(file), "--csv"],
        env={
            "RTSTRUCT_HOME": str(vocabulary_home.root),
            "XDG_CACHE_HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("cohort.affix") == len(INITIALS)
