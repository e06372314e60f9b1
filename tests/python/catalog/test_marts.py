"""What the marts say of ROIs, images and oddities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalog import odd_cohort
from rtstruct.catalog.confidence import GUESSES, SURE
from rtstruct.catalog.query import connect

if TYPE_CHECKING:
    import duckdb

    from rtstruct.home import Home


def test_roi_numbers_are_read_as_written_and_joined_as_meant(
    catalog: duckdb.DuckDBPyConnection,
) -> None:
    rows = catalog.execute(
        "select stated_roi_number, ROINumber, RTROIInterpretedType, contour_count, geometry_class"
        " from rtstruct_rois where SOPInstanceUID = '1.2.1.3.1' order by roi_position"
    ).fetchall()
    assert rows == [
        (" 1", 1, "ORGAN", 3, "volume"),
        ("02", 2, None, 3, "volume"),
        ("x", None, "GTV", 3, "volume"),
        (None, None, None, 0, "empty"),
    ]


def test_two_rois_of_one_number_are_both_kept(catalog: duckdb.DuckDBPyConnection) -> None:
    rows = catalog.execute(
        "select roi_position, ROINumber from rtstruct_rois"
        " where SOPInstanceUID = '1.2.1.3.2' and ROIName = 'Esophagus' order by 1, 2"
    ).fetchall()
    assert rows == [(1, 3), (2, 3)]


def test_points_are_not_volumes(catalog: duckdb.DuckDBPyConnection) -> None:
    assert catalog.execute(
        "select geometry_class from rtstruct_rois where ROIName = 'Seed'"
    ).fetchall() == [("points",)]
    assert catalog.execute(
        "select volume_roi_count, point_roi_count from conversion_worklist"
        " where SOPInstanceUID = '1.2.2.5.1'"
    ).fetchall() == [(0, 1)]


def test_name_counts_are_what_a_loop_over_the_rows_counts(
    catalog: duckdb.DuckDBPyConnection,
) -> None:
    series: dict[str, set[str]] = {}
    rois: dict[str, int] = {}
    for row in odd_cohort.rows():
        for roi in row.get("StructureSetROISequence", []):
            if roi["ROIName"] is not None:
                series.setdefault(roi["ROIName"], set()).add(row["SeriesInstanceUID"])
                rois[roi["ROIName"]] = rois.get(roi["ROIName"], 0) + 1
    counted = catalog.execute("select ROIName, ROISeriesCount, roi_count from roi_name_counts")
    assert {name: (many, count) for name, many, count in counted.fetchall()} == {
        name: (len(series[name]), rois[name]) for name in series
    }


def test_names_reach_the_vocabulary_byte_for_byte(catalog: duckdb.DuckDBPyConnection) -> None:
    names = catalog.execute("select ROIName from roi_name_vocabulary").fetchall()
    assert ("Größe 'x' \\ \"",) in names
    assert ("heart ",) in names
    assert ("",) in names


def test_a_file_with_the_uid_of_another_is_told(catalog: duckdb.DuckDBPyConnection) -> None:
    assert catalog.execute(
        "select finding_code, SOPInstanceUID, detail from catalog_findings"
        " where finding_code in ('duplicate_file', 'conflicting_file', 'conflicting_images')"
        " order by all"
    ).fetchall() == [
        ("conflicting_file", "1.2.1.3.1", "/data/z/old.zip/edited.dcm"),
        ("conflicting_images", "1.2.1.2.1", "1 of 3 images"),
        ("conflicting_images", "1.2.1.3.1", "1 of 3 images"),
        ("conflicting_images", "1.2.1.3.2", "1 of 3 images"),
        ("duplicate_file", "1.2.1.2.1", "/data/z/copy.dcm"),
    ]


def test_the_geometry_of_a_series_is_measured(catalog: duckdb.DuckDBPyConnection) -> None:
    rows = catalog.execute(
        "select SeriesInstanceUID, round(spacing, 6), round(largest_gap_mm, 6), regularly_spaced,"
        " obliquity_degrees from image_series where PatientID = 'P5' order by 1, 2"
    ).fetchall()
    assert rows == [
        ("1.2.5.1", 2.5, 4.0, False, 0.0),
        # the normal of (1, 0, 0) x (0, 0.8, 0.6) is (0, -0.6, 0.8): acos 0.8 from z
        ("1.2.5.2", 2.0, 2.0, False, 36.87),
        # two stacks: the series has no geometry of its own
        ("1.2.5.3", None, None, False, None),
        ("1.2.5.4", None, None, None, None),
    ]


def test_every_oddity_of_the_cohort_is_found(catalog: duckdb.DuckDBPyConnection) -> None:
    found = {
        code: set(where)
        for code, where in catalog.execute(
            "select finding_code, list(coalesce(SOPInstanceUID, detail)) from catalog_findings"
            " group by 1"
        ).fetchall()
    }
    assert found == {
        "bad_roi_number": {"1.2.1.3.1"},
        "duplicate_file": {"1.2.1.2.1"},
        "conflicting_file": {"1.2.1.3.1"},
        "conflicting_images": {"1.2.1.2.1", "1.2.1.3.1", "1.2.1.3.2"},
        "duplicate_roi_name": {"1.2.1.3.2"},
        "duplicate_roi_number": {"1.2.1.3.2", "1.2.2.4.1"},
        "empty_roi": {"1.2.1.3.1", "1.2.1.3.2", "1.2.2.3.1"},
        "frame_of_reference_mismatch": {"1.2.4.2.1"},
        "image_absent": {"1.2.4.3.1"},
        "image_not_placed": {"1.2.5.14.1"},
        "images_missing": {"1.2.3.8.1", "1.2.4.6.1"},
        "missing_slices": {"1.2.5.11.1"},
        "mixed_orientation": {"1.2.5.13.1"},
        "no_contours": {"1.2.2.3.1"},
        "no_reference": {"1.2.4.4.1"},
        "no_rois": {"1.2.2.2.1"},
        "no_series_instance_uid": {"/data/1.2.6.1.1.dcm", "/data/1.2.1.1/1.dcm"},
        "non_commercial": {"1.2.1.2.1", "1.2.1.3.1", "1.2.1.3.2"},
        "oblique_image": {"1.2.5.12.1"},
        "open_contours": {"1.2.2.4.1"},
        "open_contours_only": {"1.2.2.4.1"},
        "points_only": {"1.2.1.3.2", "1.2.2.5.1"},
        "reference_by_frame_only": {
            *("1.2.2.2.1", "1.2.2.3.1", "1.2.2.4.1", "1.2.3.6.1", "1.2.3.7.1")
        },
        "several_image_series": {"1.2.3.7.1", "1.2.4.6.1"},
        "several_stacks": {"1.2.5.13.1"},
        "stack_by_position": {"1.2.5.13.1"},
        "sheared_stack": {"1.2.5.12.1"},
        "type_conflict": {"1.2.1.2.1"},
        "unnamed_roi": {"1.2.1.3.1", "1.2.1.3.2"},
    }


def test_no_link_leads_from_a_folder_of_dicom_into_idc(catalog: duckdb.DuckDBPyConnection) -> None:
    for table, link in (
        ("rtstruct_series", "viewer_url"),
        ("rtstruct_series", "portal_url"),
        ("conversion_worklist", "viewer_url"),
        ("collection_summary", "portal_url"),
    ):
        links = catalog.execute(f"select distinct {link} from {table}").fetchall()
        assert links == [(None,)]


def test_what_a_guess_is_stands_in_sql_and_python_alike() -> None:
    root = Path(__file__).resolve().parents[3]
    macro = (root / "macros" / "vocabulary" / "confidence.sql").read_text(encoding="utf-8")
    assert f"in {SURE}" in macro
    assert f"in {GUESSES}" in macro


def test_counts_tell_guesses_and_what_is_the_structure_itself(phantom_home: Home) -> None:
    with connect(phantom_home) as connection:
        found = connection.execute(
            "select structure, laterality, roi_count, anatomy_roi_count, guessed_roi_count"
            " from structure_counts where structure in ('Bowel', 'SpinalCord', 'Kidney')"
            " order by structure, laterality"
        ).fetchall()
        summed = connection.execute("select guessed_roi_count from collection_summary").fetchall()
    # Bowel_nested may be another bowel; cord+5mm is no cord, beside four that are.
    assert found == [
        ("Bowel", None, 1, 1, 1),
        ("Kidney", "L", 1, 1, 0),
        ("Kidney", "R", 1, 1, 0),
        ("SpinalCord", None, 5, 4, 0),
    ]
    assert summed == [(1,)]
