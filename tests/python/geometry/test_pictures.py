"""The documentation shows what the rasteriser does."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("name", ["rule", "ties", "traced", "slabs", "planes", "overlaps"])
def test_pictures_are_those_of_the_present_rule(name: str) -> None:
    drawn = runpy.run_path(str(DOCS / "make_pictures.py"))[name]()
    assert (DOCS / "pictures" / f"{name}.svg").read_text() == drawn
    assert f"pictures/{name}.svg" in (DOCS / "rasterisation.md").read_text()
