"""What is installed: exact, with hashes, from no registry in particular, and what we declare."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FILES = ("requirements.txt", "requirements-dev.txt", "requirements-tools.txt")


def pins(file: str) -> dict[str, str]:
    """Version by name; fails on anything but pins with hashes."""
    content = (ROOT / file).read_text().replace("\\\n", " ")
    found = {}
    for line in content.splitlines():
        if not line or line.startswith("#"):
            continue
        pin, *hashes = line.split()
        name, version = pin.split("==")
        assert hashes, line
        assert all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", each) for each in hashes), line
        found[canonicalize_name(name.partition("[")[0])] = version
    return found


@pytest.mark.parametrize("file", FILES)
def test_each_pin_has_its_hashes_and_no_registry(file: str) -> None:
    assert len(pins(file)) > 50
    assert "://" not in (ROOT / file).read_text()


def test_pins_are_within_what_the_package_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    for declared, known in ((project["dependencies"], runtime), (extras, development)):
        for each in map(Requirement, declared):
            assert each.specifier.contains(known[canonicalize_name(each.name)], prereleases=True)


def test_development_has_all_of_what_users_have() -> None:
    development = pins("requirements-dev.txt")
    assert pins("requirements.txt").items() <= development.items()
