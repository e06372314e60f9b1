"""The two queries of IDC's documentation agree with the marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from catalog import odd_cohort
from catalog.dicom_all_rows import RTSTRUCT
from rtstruct.catalog.dbt_runner import invoke_dbt
from rtstruct.catalog.project import project_folder

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.home import Home


@pytest.fixture(scope="module")
def compiled(odd_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the analyses as dbt renders them for DuckDB."""
    folder, target = project_folder(), tmp_path_factory.mktemp("compiled")
    outcome = invoke_dbt(
        [
            *("compile", "--select", "idc_roi_name_frequency", "idc_viewer_link"),
            *("--log-level", "none", "--project-dir", str(folder)),
            *("--profiles-dir", str(folder / "profiles"), "--target-path", str(target)),
            *("--log-path", str(target)),
            *("--vars", f'{{"dicom_all_parquet": "{odd_home.dicom_all}"}}'),
            *("--no-introspect", "--no-populate-cache", "--no-version-check"),
        ]
    )
    assert outcome.success, outcome.exception
    return target / "compiled" / "rtstruct" / "analyses"


def test_the_name_frequency_of_idc_is_our_mart(odd_home: Home, compiled: Path) -> None:
    query = (compiled / "idc_roi_name_frequency.sql").read_text()
    with duckdb.connect(str(odd_home.catalog), read_only=True) as catalog:
        theirs = dict(catalog.execute(query).fetchall())
        ours = dict(
            catalog.execute(
                "select ROIName, ROISeriesCount from rtstruct.roi_name_counts"
            ).fetchall()
        )
    assert theirs == ours


def test_the_viewer_link_is_of_a_study_with_a_structure_set(odd_home: Home, compiled: Path) -> None:
    query = (compiled / "idc_viewer_link.sql").read_text()
    with duckdb.connect(str(odd_home.catalog), read_only=True) as catalog:
        ((study, url),) = catalog.execute(query).fetchall()
    studies = {
        row["StudyInstanceUID"] for row in odd_cohort.rows() if row["SOPClassUID"] == RTSTRUCT
    }
    assert study in studies
    assert url == f"https://viewer.imaging.datacommons.cancer.gov/viewer/{study}"
