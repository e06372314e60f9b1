"""Where local state lives: one folder, ``RTSTRUCT_HOME`` (default ``./rtstruct-data``)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rtstruct.errors import UsageError

# What dbt, its adapter and DuckDB read as more than a part of a name.
_UNUSABLE = ("\ufffd", "?", "#", "{", "}", "\\")


def check_name(path: Path) -> None:
    """Refuse a path that not every tool below takes as it is.

    Raises
    ------
    UsageError
        It is not UTF-8, or holds what DuckDB or dbt would read as more than a name.
    """
    text = os.fsencode(path).decode("utf-8", "replace")
    if any(mark in text for mark in _UNUSABLE):
        raise UsageError(
            f"{path} cannot hold local state: only UTF-8 without ? # {{ }} and \\ can",
            "Choose another folder, by RTSTRUCT_HOME or --out",
        )


@dataclass(frozen=True)
class Home:
    """The layout of the folder that holds all local state."""

    root: Path

    def __post_init__(self) -> None:
        """Refuse a path that not every tool below takes as it is: see :func:`check_name`."""
        check_name(self.root)

    @classmethod
    def from_environment(cls) -> Home:
        return cls(Path(os.environ.get("RTSTRUCT_HOME") or "rtstruct-data").absolute())

    @property
    def dicom_all(self) -> Path:
        """The index that ``rtstruct index`` writes, in the shape of IDC's ``dicom_all``."""
        return self.root / "dicom_all.parquet"

    @property
    def catalog(self) -> Path:
        """The DuckDB file that ``dbt`` builds."""
        return self.root / "catalog.duckdb"

    @property
    def catalog_is_behind(self) -> bool:
        """Whether the index is newer than the catalog, which then lacks what the index has."""
        return (
            self.catalog.is_file()
            and self.dicom_all.is_file()
            and self.dicom_all.stat().st_mtime > self.catalog.stat().st_mtime
        )

    @property
    def rules(self) -> Path:
        """Rules of the user's own, as seeds: what names mean, which findings are known."""
        return self.root / "rules"

    @property
    def rtstruct_index(self) -> Path:
        """IDC's index of structure sets, which ``rtstruct fetch-index`` downloads."""
        return self.root / "rtstruct_index.parquet"

    @property
    def registry(self) -> Path:
        """The DuckDB file that remembers every conversion."""
        return self.root / "registry.duckdb"

    @property
    def registry_rois(self) -> Path:
        """What the catalog reads of the registry, rewritten after each run."""
        return self.root / "registry_roi_outcomes.parquet"

    @property
    def registry_masks(self) -> Path:
        """Facts of masks, for the catalog, as ``registry_rois``."""
        return self.root / "registry_masks.parquet"

    @property
    def registry_mask_overlaps(self) -> Path:
        """Which masks share voxels, for the catalog."""
        return self.root / "registry_mask_overlaps.parquet"

    @property
    def registry_mask_notes(self) -> Path:
        """Notes of masks, for the catalog."""
        return self.root / "registry_mask_notes.parquet"

    @property
    def cache(self) -> Path:
        """DICOM fetched from IDC, keyed by ``crdc_series_uuid``."""
        return self.root / "cache"

    @property
    def masks(self) -> Path:
        """Default output of ``rtstruct convert``."""
        return self.root / "masks"

    @property
    def report(self) -> Path:
        """Default output of ``rtstruct report``."""
        return self.root / "report"
