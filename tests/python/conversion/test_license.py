"""Licenses travel with masks; the stricter of two holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rtstruct.home import Home
from rtstruct.licenses import allows_commerce, effective
from support.command import Command
from support.phantoms import phantoms
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("one", "other", "stricter"),
    [
        ("CC BY 4.0", "CC BY-NC 3.0", "CC BY-NC 3.0"),
        ("CC BY 3.0", "CC BY 4.0", "CC BY 4.0"),
        ("CC BY-NC 4.0", "CC BY-NC-ND 4.0", "CC BY-NC-ND 4.0"),
        ("CC BY-SA 4.0", "CC BY 4.0", "CC BY-SA 4.0"),
        ("CC0", "CC BY 4.0", "CC BY 4.0"),
        ("CC BY-NC 4.0", "NIH Controlled Data Access Policy", "NIH Controlled Data Access Policy"),
        ("CC BY 4.0", None, "not stated"),
        (None, None, None),
    ],
)
def test_the_stricter_license_holds(
    one: str | None, other: str | None, stricter: str | None
) -> None:
    assert effective(one, other) == stricter
    assert effective(other, one) == stricter


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("CC BY 4.0", True),
        ("CC0", True),
        ("CC BY-NC 3.0", False),
        ("TCIA Restricted", False),
        (None, False),
    ],
)
def test_commerce_needs_a_license_that_says_so(name: str | None, allowed: bool) -> None:
    assert allows_commerce(name) is allowed


@pytest.fixture
def mixed(tmp_path: Path) -> Command:
    """Two patients under free terms, the second on images that are not for commerce."""
    first, second = phantoms(tmp_path / "dicom", 2)
    home = Home(tmp_path / "home")
    free: dict[str, str] = {"image_license_short_name": "CC BY 4.0", "image_source_DOI": "10.1/a|b"}
    write_catalog(home, [with_terms(first, free), with_terms(second, {})])
    return Command(home)


def with_terms(sketch: Sketch, terms: dict[str, str]) -> Sketch:
    return Sketch(**{**vars(sketch), "terms": terms})


def test_attribution_names_both_dois_and_the_license_that_holds(mixed: Command) -> None:
    assert mixed.run("convert", "--where", "true")[0] == 0
    text = (mixed.home.masks / "ATTRIBUTION.md").read_text()
    assert text.splitlines()[-2:] == [
        "| phantoms | 1 | CC BY 4.0, https://doi.org/10.1/sets"
        " | CC BY 4.0, https://doi.org/10.1/a_b | CC BY 4.0 |",
        "| phantoms | 1 | CC BY 4.0, https://doi.org/10.1/sets"
        " | CC BY-NC 3.0, https://doi.org/10.1/images | CC BY-NC 3.0 |",
    ]
    assert Road(mixed.home).sql("select effective_license from masks order by PatientID") == [
        ("CC BY 4.0",),
        ("CC BY-NC 3.0",),
    ]


def test_commercial_leaves_out_and_says_how_much(mixed: Command) -> None:
    code, _, messages = mixed.run("convert", "--where", "true", "--license", "commercial")
    assert code == 0
    assert "Left out: 1 structure set under CC BY-NC 3.0" in messages
    assert Road(mixed.home).sql("select PatientID from masks") == [("P0",)]
