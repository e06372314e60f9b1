"""A catalog of any content, and the road through the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rtstruct.home import Home
from support.command import Command
from support.phantoms import phantoms
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(Home(tmp_path / "home"))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """A catalog of two spheres that were drawn, one ROI that was not, and a set without image."""
    home = Home(tmp_path / "home")
    write_catalog(
        home, [*phantoms(tmp_path / "dicom", 2), Sketch("c", ["x"], None, "no_reference")]
    )
    return Command(home)
