"""No attribute that a file lacks, and no row that the source has twice, takes the catalog away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.dicom_all_rows import (
    COLUMNS,
    Row,
    contours,
    frame,
    images,
    roi,
    structure_set,
    write_parquet,
)
from rtstruct.catalog.build import build
from rtstruct.catalog.query import connect
from rtstruct.cli import main
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# What the index itself refuses: a file without it is no row.
REFUSED = {"SOPInstanceUID"}
# An image without it lies nowhere, and so does its series.
OF_PLACE = {"ImageOrientationPatient", "ImagePositionPatient"}


def test_each_attribute_may_be_missing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    attributes = sorted(COLUMNS.keys() - REFUSED)
    rows = [row for number, name in enumerate(attributes) for row in _patient(number, name)]
    write_parquet(home.dicom_all, rows)

    result = build(home, all_tests=True)

    assert (result.problems, result.warnings) == ((), ())
    with connect(home) as catalog:
        assert catalog.sql(
            "select finding_code, severity, structure_set_key, detail from catalog_findings"
            " where SOPInstanceUID is null order by detail"
        ).fetchall() == [
            ("no_series_instance_uid", "error", None, row["file_path"])
            for row in sorted(rows, key=lambda row: str(row["file_path"]))
            if row["SeriesInstanceUID"] is None
        ]
        refused = catalog.sql(
            "select PatientID from conversion_worklist"
            " where not is_convertible and SeriesInstanceUID like '%.whole'"
        ).fetchall()
    assert {attributes[int(patient[1:])] for (patient,) in refused} <= OF_PLACE


def test_a_row_that_the_source_has_twice_is_told_in_the_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path))
    rows = _patient(1, "SeriesDescription")
    write_parquet(Home(tmp_path).dicom_all, [*rows, rows[0]])

    assert main(["build"]) == 0

    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert "unique_stg_dicom_all_SOPInstanceUID (1 row)" in last
    assert "models built" in last


def _patient(number: int, missing: str) -> list[Row]:
    """A CT of which one image lacks an attribute, a set that is whole, and a set that lacks it."""
    study, frame_uid, series = f"1.5.{number}", f"1.9.5.{number}", f"1.5.{number}.1"
    of_patient = {"patient": f"P{number}", "study": study}
    first, second, third = images(series, **of_patient, frame_uid=frame_uid)
    whole = structure_set(
        f"{study}.2.1",
        [roi("1", "Heart", frame_uid)],
        **of_patient,
        frames=[frame(frame_uid, {series: [f"{series}.1"]})],
        roi_contours=[contours("1", images=[f"{series}.1"])],
    )
    lacking = {**whole, "SOPInstanceUID": f"{study}.3.1", "SeriesInstanceUID": f"{study}.lacking"}
    nothing = [] if COLUMNS[missing].endswith("[]") else None
    return [
        first,
        {**second, missing: nothing},
        third,
        {**whole, "SeriesInstanceUID": f"{study}.whole"},
        {**lacking, "file_path": f"/data/{study}.3.1.dcm", missing: nothing},
    ]
