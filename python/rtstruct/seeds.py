"""Seeds of the dbt project that Python reads too: in the checkout, or in the wheel."""

from __future__ import annotations

import csv
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def read_seed(name: str) -> list[dict[str, str]]:
    """Rows of ``seeds/<name>.csv``, every value as text."""
    packed = _PACKAGE / "dbt"
    project = packed if packed.is_dir() else _PACKAGE.parents[1]
    with (project / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as seed:
        return list(csv.DictReader(seed))
