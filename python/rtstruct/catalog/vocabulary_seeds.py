"""Seeds of the project in a catalog: copied from where they are loaded already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.catalog.project import project_folder
from rtstruct.catalog.vocabulary_store import SEEDS, find_vocabulary
from rtstruct.duckdb_file import attach, opened
from rtstruct.quoting import for_sql_name

if TYPE_CHECKING:
    from rtstruct.home import Home

_PATIENCE_S = 60.0
_STORE = "compiled_vocabulary"


def copy_seeds(home: Home) -> list[str]:
    """Copy the seeds of the project into the catalog; dbt takes more than a second to load them.

    Returns
    -------
    list of str
        Names of the seeds that are in place: none where the vocabulary is not compiled yet.
    """
    store = find_vocabulary(home)
    if store is None:
        return []
    names = sorted(path.stem for path in (project_folder() / SEEDS).rglob("*.csv"))
    with opened(home.catalog, read_only=False, patience_s=_PATIENCE_S) as catalog:
        catalog.execute("create schema if not exists rtstruct_staging")
        attach(catalog, store, _STORE, _PATIENCE_S)
        try:
            catalog.begin()
            for name in names:
                table = f"rtstruct_staging.{for_sql_name(name)}"
                catalog.execute(f"create or replace table {table} as from {_STORE}.{table}")
            catalog.commit()
        finally:
            catalog.execute(f"detach {_STORE}")
    return names
