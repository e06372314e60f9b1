"""Which image a structure set lies on, and how we know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import duckdb


def worklist(catalog: duckdb.DuckDBPyConnection, sop: str) -> list[tuple[object, ...]]:
    return catalog.execute(
        "select referenced_SeriesInstanceUID, evidence, reason_code from conversion_worklist"
        " where SOPInstanceUID = ? order by 1",
        [sop],
    ).fetchall()


@pytest.mark.parametrize(
    ("sop", "expected"),
    [
        pytest.param("1.2.1.2.1", [("1.2.1.1", "sop", None)], id="its images are there"),
        pytest.param("1.2.3.8.1", [("1.2.3.3", "sop", None)], id="only contours name images"),
        pytest.param("1.2.3.9.1", [("1.2.3.3", "series", None)], id="only the series is there"),
        pytest.param(
            "1.2.3.6.1",
            [("1.2.3.2", "frame_of_reference", None)],
            id="the class of the named images picks MR from a shared frame of reference",
        ),
        pytest.param(
            "1.2.3.7.1",
            [(f"1.2.3.{k}", "frame_of_reference", None) for k in (1, 2, 3)],
            id="an ambiguous frame keeps all series of the study, but no dose",
        ),
        pytest.param(
            "1.2.4.6.1",
            [("1.2.4.1", "sop", None), ("1.2.4.5", "sop", None)],
            id="a set on two series has a row for each, none for the absent third",
        ),
        pytest.param(
            "1.2.4.2.1",
            [("1.2.4.1", "series", "frame_of_reference_mismatch")],
            id="another frame of reference",
        ),
        pytest.param("1.2.4.3.1", [(None, "none", "image_absent")], id="images absent"),
        pytest.param("1.2.4.4.1", [(None, "none", "no_reference")], id="nothing named"),
        pytest.param("1.2.5.14.1", [("1.2.5.4", "series", "image_not_placed")], id="no position"),
        pytest.param(
            "1.2.2.2.1", [("1.2.2.1", "frame_of_reference", "no_rois")], id="no ROI at all"
        ),
        pytest.param(
            "1.2.2.3.1", [("1.2.2.1", "frame_of_reference", "no_contours")], id="no contour at all"
        ),
        pytest.param(
            "1.2.2.4.1",
            [("1.2.2.1", "frame_of_reference", "open_contours_only")],
            id="open contours enclose nothing",
        ),
        pytest.param("1.2.2.5.1", [("1.2.2.1", "series", None)], id="points are convertible"),
    ],
)
def test_the_worklist_pairs_a_structure_set_with_its_images(
    catalog: duckdb.DuckDBPyConnection, sop: str, expected: list[tuple[object, ...]]
) -> None:
    assert worklist(catalog, sop) == expected


def test_absent_series_stay_visible_as_references(catalog: duckdb.DuckDBPyConnection) -> None:
    rows = catalog.execute(
        "select referenced_SeriesInstanceUID, evidence, referenced_instance_count,"
        " present_instance_count from rtstruct_references"
        " where SOPInstanceUID = '1.2.4.6.1' order by 1"
    ).fetchall()
    assert rows == [("1.2.4.1", "sop", 1, 1), ("1.2.4.5", "sop", 2, 1), ("1.6.7", "none", 1, 0)]
