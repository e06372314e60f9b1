"""The two queries of IDC's documentation agree with the marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from catalog import odd_cohort
from catalog.dicom_all_rows import RTSTRUCT
from rtstruct.catalog.dbt_runner import invoke_dbt
from rtstruct.catalog.project import project_folder

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.home import Home


def compiled_analysis(home: Home, name: str, target: Path) -> str:
    """The SQL of an analysis as dbt renders it for DuckDB."""
    folder = project_folder()
    outcome = invoke_dbt(
        [
            *("compile", "--select", name, "--log-level", "none", "--project-dir", str(folder)),
            *("--profiles-dir", str(folder / "profiles"), "--target-path", str(target)),
            *("--log-path", str(target), "--vars", f'{{"dicom_all_parquet": "{home.dicom_all}"}}'),
            *("--no-introspect", "--no-populate-cache", "--no-version-check"),
        ]
    )
    assert outcome.success, outcome.exception
    return (target / "compiled" / "rtstruct" / "analyses" / f"{name}.sql").read_text()


def test_the_name_frequency_of_idc_is_our_mart(odd_home: Home, tmp_path: Path) -> None:
    query = compiled_analysis(odd_home, "idc_roi_name_frequency", tmp_path)
    with duckdb.connect(str(odd_home.catalog), read_only=True) as catalog:
        theirs = dict(catalog.execute(query).fetchall())
        ours = dict(
            catalog.execute(
                "select ROIName, ROISeriesCount from rtstruct.roi_name_counts"
            ).fetchall()
        )
    assert theirs == ours


def test_the_viewer_link_is_of_a_study_with_a_structure_set(odd_home: Home, tmp_path: Path) -> None:
    query = compiled_analysis(odd_home, "idc_viewer_link", tmp_path)
    with duckdb.connect(str(odd_home.catalog), read_only=True) as catalog:
        ((study, url),) = catalog.execute(query).fetchall()
    studies = {
        row["StudyInstanceUID"] for row in odd_cohort.rows() if row["SOPClassUID"] == RTSTRUCT
    }
    assert study in studies
    assert url == f"https://viewer.imaging.datacommons.cancer.gov/viewer/{study}"
