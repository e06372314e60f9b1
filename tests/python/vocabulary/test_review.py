"""From names that nobody understood to rules of one's own: template, filled in, built."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from catalog.dicom_all_rows import write_parquet
from catalog.odd_cohort import rows
from rtstruct.catalog.review import Question
from rtstruct.catalog.unsure_words import unsure_words
from rtstruct.catalog.vocabulary import read_names
from rtstruct.cli import review
from rtstruct.home import Home
from support.command import run_here

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    write_parquet(home.dicom_all, rows())
    return home


def rtstruct(home: Home, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", *arguments],
        env={"PATH": "/usr/bin:/bin", "RTSTRUCT_HOME": str(home.root)},
        capture_output=True,
        input=answers,
        text=True,
        check=False,
    )


def done(home: Home, *arguments: str) -> str:
    run = run_here(home.root, *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def test_a_template_that_is_filled_in_decides_what_a_name_means(home: Home, tmp_path: Path) -> None:
    build = ("build", "--select", "+roi_names_to_review", "--exclude", "resource_type:test")
    done(home, *build)
    own_names = home.rules / "roi_synonyms_local.csv"
    empty = own_names.read_text().strip()
    template = tmp_path / "review.csv"
    told = done(home, "names", "--review", str(template))
    assert str(own_names) in told
    with template.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        review, columns = list(reader), [*reader.fieldnames, "author"]
    assert empty.split(",") == reader.fieldnames
    unmapped, untouched = [r for r in review if r["comment"].startswith("unmapped")][:2]

    # The first question is answered, once in vain; the effect is told before any build.
    dialogue = rtstruct(home, "names", "--review", answers="no such thing\nheart\nq\n")
    assert dialogue.returncode == 0, dialogue.stderr
    assert "there is no" in dialogue.stderr or "cannot be" in dialogue.stderr
    assert "1 rule written" in dialogue.stderr
    changes = json.loads(done(home, "names", "--changes", "--json"))
    assert changes
    assert all(change["after"]["structure"] == "Heart" for change in changes)
    assert all(change["before"] != change["after"] for change in changes)

    # A column of the user's own changes the shape of a table that is loaded already.
    unmapped |= {"roi_class": "PRV", "structure": "Lung", "laterality": "L", "author": "me"}
    with own_names.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(review)
    kept = own_names.read_bytes()
    done(home, *build)

    facets = "ROIName, roi_class, structure, laterality, match_rule"
    vocabulary = done(home, "sql", "--csv", f"select {facets} from roi_name_vocabulary")
    meanings = {row["ROIName"]: row for row in csv.DictReader(vocabulary.splitlines())}
    assert list(meanings[unmapped["ROIName"]].values())[1:] == ["PRV", "Lung", "L", "local.synonym"]
    assert meanings[untouched["ROIName"]]["roi_class"] == "UNKNOWN"
    left = done(home, "sql", "--csv", "select ROIName from roi_names_to_review")
    assert unmapped["ROIName"] not in left.splitlines()
    by_hand = json.loads(done(home, "names", "--json", unmapped["ROIName"]))
    assert by_hand[0]["match_rule"] == "local.synonym"
    assert own_names.read_bytes() == kept
    assert "0 names would be read otherwise" in done(home, "names", "--changes")


def test_a_side_is_the_answer_to_a_name_that_tells_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    reading = {"roi_class": "PRV", "structure": "Parotid", "laterality": ""}
    question = Question("parotid prv", False, 1, 3, (), "no side", reading, ())
    monkeypatch.setattr(review, "questions", lambda _: [question])
    monkeypatch.setattr(review, "structures", lambda _: ["Parotid"])
    monkeypatch.setattr(review, "changes", lambda _: [])
    monkeypatch.setattr("sys.stdin", io.StringIO("X\nB\n"))
    assert review.ask_and_write(home) == 0
    with (home.rules / "roi_synonyms_local.csv").open(encoding="utf-8", newline="") as stream:
        (rule,) = csv.DictReader(stream)
    assert {facet: rule[facet] for facet in reading} == reading | {"laterality": "B"}


def test_a_template_that_is_badly_filled_in_is_refused_in_one_line(home: Home) -> None:
    head = "ROIName,roi_class,structure,laterality,comment\n"
    home.rules.mkdir()
    bad_rules = {
        head + "a,ANATOMI,Lumg,left,\nb,,Heart,,\nB,,Lung,,\nc,,,,\nC,,Lung,,\n": (
            "your_rules_have_a_known_class: Got 1 result",
            "your_rules_have_a_known_structure: Got 1 result",
            "your_rules_have_side_l_r_or_b: Got 1 result",
            "your_rules_never_contradict_each_other: Got 1 result",
        ),
        head.replace(",", ";") + "a;;Lung;L;\n": ("separated by commas",),
    }
    for rules, complaints in bad_rules.items():
        (home.rules / "roi_synonyms_local.csv").write_text(rules, encoding="utf-8")
        run = run_here(home.root, "build", "--select", "roi_synonyms_local roi_structures")
        assert run.returncode == 1
        assert all(complaint in run.stderr for complaint in complaints), run.stderr
        assert "Traceback" not in run.stderr
        assert "Warning" not in run.stderr
    for rules in ("a;b\n", 'garbage,"x\n'):
        (home.rules / "roi_synonyms_local.csv").write_text(rules, encoding="utf-8")
        run = run_here(home.root, "names", "left lung")
        assert run.returncode == 1
        assert "roi_synonyms_local" in run.stderr
        assert "Traceback" not in run.stderr


def test_one_answer_about_a_word_settles_all_names_that_are_guesses_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    names = ["prv femur L", "Lt femur", "femore dx", "Parotid xyzzy"]
    (unsure,) = unsure_words(names, home)
    assert (unsure.structure, unsure.ROINames) == ("Femur", tuple(names[:3]))
    assert unsure.words == ("femur", "femore")
    question = Question(
        *("femur", True, 3, 9, names[:2], "several"),
        reading={"structure": "Femur"},
        suggestions=(),
        words=unsure.words,
    )
    monkeypatch.setattr(review, "questions", lambda _: [question])
    monkeypatch.setattr(review, "structures", lambda _: ["Femur", "Femur_Head"])
    monkeypatch.setattr(review, "changes", lambda _: [])
    for answer, structure in (("y", "Femur"), ("femur_head", "Femur_Head")):
        (home.rules / "roi_words_local.csv").unlink(missing_ok=True)
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
        assert review.ask_and_write(home) == 0
        read = [reading.facets for reading in read_names(names[:3], home)]
        assert {one["structure"] for one in read} == {structure}
        assert {one["confidence"] for one in read} <= {"A", "B"}
        assert [one["laterality"] for one in read] == ["L", "L", "R"]


def test_a_word_that_is_read_right_stays_what_it_is_beside_others(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.rules.mkdir(parents=True)
    rules = "word,meaning,comment\nhip,Femur_Head,\nlungs,Lung,\nzqx,Rectum,\n"
    (home.rules / "roi_words_local.csv").write_text(rules)
    read = read_names(["Rthip", "rhip", "Lungs", "Lzqx"], home)
    # Glued to a side and plural as before; a short word of one's own hides in nothing.
    assert [(one.facets["structure"], one.facets["laterality"]) for one in read] == [
        *(("Femur_Head", "R"), ("Femur_Head", "R"), ("Lung", "B"), (None, None)),
    ]
