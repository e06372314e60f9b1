"""The catalog, from all that is known: the index, and the registry as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rtstruct.catalog import build as dbt
from rtstruct.registry.export import export_for_catalog

if TYPE_CHECKING:
    from rtstruct.catalog.build import BuildResult
    from rtstruct.home import Home


def build(home: Home, **choices: Any) -> BuildResult:
    """Run ``rtstruct.catalog.build.build`` on the masks that are registered now.

    A conversion that was killed, or another version, may have left what the catalog reads of the
    registry as it was before.
    """
    if home.registry.is_file():
        export_for_catalog(home.registry, home)
    return dbt.build(home, **choices)
