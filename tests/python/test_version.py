"""The version is the same wherever it stands."""

from pathlib import Path

import rtstruct

ROOT = Path(__file__).resolve().parents[2]


def test_the_citation_names_this_version() -> None:
    assert f"\nversion: {rtstruct.__version__}\n" in (ROOT / "CITATION.cff").read_text()
