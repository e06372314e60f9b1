"""Where the dbt project is: in the checkout, or in the copy that travels inside the wheel."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.atomic_write import draft_of
from rtstruct.private import make_private

if TYPE_CHECKING:
    from rtstruct.home import Home

OWN_NAMES = "roi_synonyms_local.csv"
OWN_WORDS = "roi_words_local.csv"
OWN_NAMES_OF_A_COLLECTION = "roi_overrides_local.csv"

_PARTS = ("dbt_project.yml", "models", "macros", "seeds", "analyses", "tests")
_PACKAGE = Path(__file__).resolve().parents[1]


def project_folder() -> Path:
    """Folder that holds ``dbt_project.yml``, ``models/`` and ``profiles/``."""
    packed = _PACKAGE / "dbt"
    return packed if packed.is_dir() else _PACKAGE.parents[1]


def project_with_rules(home: Home) -> Path:
    """The project with the rules of the user's own, which no upgrade of the package reaches.

    It is a folder of links: dbt reads seeds of its project's folder only. Rules that are missing
    are copied from the project, which ships them empty.
    """
    make_private(home.rules)
    for template in (project_folder() / "rules").glob("*.csv"):
        if not (home.rules / template.name).exists():
            shutil.copyfile(template, home.rules / template.name)
    folder = home.root / "dbt" / "project"
    make_private(folder)
    for part in _PARTS:
        _link(folder / part, project_folder() / part)
    _link(folder / "rules", home.rules)
    return folder


def has_own_rules(home: Home) -> bool:
    """Whether any file of rules has more than the header that it came with."""
    shipped = {path.name: path.read_bytes() for path in (project_folder() / "rules").glob("*.csv")}
    return {path.name: path.read_bytes() for path in home.rules.glob("*.csv")} != shipped


def _link(link: Path, to: Path) -> None:
    """Point ``link`` to a file or folder, also after an upgrade has moved that."""
    if link.is_symlink() and link.readlink() == to:
        return
    # A rename: another process sees the old link or the new one.
    new = draft_of(link)
    new.symlink_to(to)
    new.replace(link)
