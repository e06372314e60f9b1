"""Where the dbt project is: in the checkout, or in the copy that travels inside the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def project_folder() -> Path:
    """Folder that holds ``dbt_project.yml``, ``models/`` and ``profiles/``."""
    packed = _PACKAGE / "dbt"
    return packed if packed.is_dir() else _PACKAGE.parents[1]
