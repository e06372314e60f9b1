"""Three engines over the same rows: DuckDB, the GoogleSQL reference engine, a BigQuery emulator."""

from __future__ import annotations

import pytest

from engines.googlesql import GoogleSQL


@pytest.fixture(scope="session")
def googlesql() -> GoogleSQL:
    return GoogleSQL()
