"""From names that nobody understood to rules of one's own: template, filled in, built."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.dicom_all_rows import write_parquet
from catalog.odd_cohort import rows
from rtstruct.home import Home

ROOT = Path(__file__).resolve().parents[3]
PARTS = ("dbt_project.yml", "models", "macros", "seeds", "analyses", "profiles", "tests/dbt")
LOCAL = Path("seeds/vocabulary/local/roi_synonyms_local.csv")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of its own, whose seeds may be changed."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "python", folder / "python")
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    return folder


def run_in(checkout: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", *arguments],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(checkout / "python"),
            "RTSTRUCT_HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_template_that_is_filled_in_decides_what_a_name_means(
    checkout: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    write_parquet(home.dicom_all, rows())

    def rtstruct(*arguments: str) -> str:
        run = run_in(checkout, home.root, *arguments)
        assert run.returncode == 0, run.stderr
        return run.stdout + run.stderr

    build = ("build", "--select", "+roi_names_to_review", "--exclude", "resource_type:test")
    rtstruct(*build)
    template = tmp_path / "review.csv"
    told = rtstruct("names", "--review", str(template))
    assert str(checkout / LOCAL) in told
    with template.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        review, columns = list(reader), [*reader.fieldnames, "author"]
    unmapped, untouched = [r for r in review if r["comment"].startswith("unmapped")][:2]

    # A column of the user's own changes the shape of a table that is loaded already.
    unmapped |= {"roi_class": "PRV", "structure": "Lung", "laterality": "L", "author": "me"}
    with (checkout / LOCAL).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(review)
    rtstruct(*build)

    facets = "ROIName, roi_class, structure, laterality, match_rule"
    vocabulary = rtstruct("sql", "--csv", f"select {facets} from roi_name_vocabulary")
    meanings = {row["ROIName"]: row for row in csv.DictReader(vocabulary.splitlines())}
    assert list(meanings[unmapped["ROIName"]].values())[1:] == ["PRV", "Lung", "L", "local.synonym"]
    assert meanings[untouched["ROIName"]]["roi_class"] == "UNKNOWN"
    left = rtstruct("sql", "--csv", "select ROIName from roi_names_to_review")
    assert unmapped["ROIName"] not in left.splitlines()


def test_a_template_that_is_badly_filled_in_is_refused_in_one_line(
    checkout: Path, tmp_path: Path
) -> None:
    head = "ROIName,roi_class,structure,laterality,comment\n"
    home = Home(tmp_path / "home")
    home.root.mkdir()
    write_parquet(home.dicom_all, rows())
    bad_rules = {
        head + "a,ANATOMI,Lumg,left,\nb,,Heart,,\nB,,Lung,,\nc,,,,\nC,,Lung,,\n": (
            "your_rules_have_a_known_class: Got 1 result",
            "your_rules_have_a_known_structure: Got 1 result",
            "your_rules_have_side_l_r_or_b: Got 1 result",
            "your_rules_never_contradict_each_other: Got 1 result",
        ),
        head.replace(",", ";") + "a;;Lung;L;\n": ("parted by commas",),
    }
    for rules, complaints in bad_rules.items():
        (checkout / LOCAL).write_text(rules, encoding="utf-8")
        run = run_in(checkout, home.root, "build", "--select", "roi_synonyms_local roi_structures")
        assert run.returncode == 1
        assert all(complaint in run.stderr for complaint in complaints), run.stderr
        assert "Traceback" not in run.stderr
        assert "Warning" not in run.stderr
