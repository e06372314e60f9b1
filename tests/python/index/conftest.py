"""An index to fill, and the one of all the real data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from index_data import Indexer

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.index.run import IndexResult


@pytest.fixture
def index(tmp_path: Path) -> Indexer:
    return Indexer(tmp_path / "home" / "dicom_all.parquet")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "DICOM of ward 3"
    made.mkdir()
    return made


@pytest.fixture(scope="session")
def index_of_shared(
    tmp_path_factory: pytest.TempPathFactory, shared_dicom: Path
) -> tuple[Indexer, IndexResult]:
    """The index of all the real data, made once."""
    indexer = Indexer(tmp_path_factory.mktemp("shared") / "dicom_all.parquet")
    return indexer, indexer(shared_dicom)
