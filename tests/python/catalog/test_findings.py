"""Every code that the catalog can find is found in some catalog of the tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from catalog.dicom_all_rows import contours, frame, images, roi, structure_set, write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.project import project_folder
from rtstruct.catalog.query import connect
from rtstruct.catalog.worklist import select
from rtstruct.codes import codes
from rtstruct.home import Home

if TYPE_CHECKING:
    import duckdb

# As decoders show them that trust a wrong Specific Character Set, or find bytes that it lacks.
GARBLED = [
    "Leberläsion".encode().decode("latin-1"),
    "Größe".encode().decode("latin-1"),
    "左肺".encode("gbk").decode("latin-1"),
    "右肺".encode("shift_jis").decode("latin-1"),
    "Печень".encode("iso8859_5").decode("latin-1"),
    b"Lunge \xff".decode("utf-8", "replace"),
]
READABLE = [
    "Größe 5 µm 3°²",
    "«Foie»",
    "CTV 5\u00d75",
    "nº1 órgão",
    "ÉTÉ",
    "左肺",
    "¿Órgano?",
    "SÃO",
]
INTERMEDIATE = project_folder() / "models" / "intermediate"


@pytest.fixture(scope="module")
def mixed_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose structure sets refer to images of other patients, and have odd contours."""
    home = Home(tmp_path_factory.mktemp("mixed"))
    shared = images("3.1.1", patient="A", frame_uid="F1")
    others = [
        {**row, "SOPInstanceUID": f"{row['SOPInstanceUID']}.9", "InstanceNumber": "9"}
        for row in images("3.1.1", patient="B", frame_uid="F1")
    ]
    uneven = images("3.1.3", patient="C", frame_uid="F3", positions=[0, 3, 7, 9, 14])
    named = [row["SOPInstanceUID"] for row in shared]
    lone = [
        {**row, "SeriesInstanceUID": f"3.1.4.{k}"}
        for k, row in enumerate(
            images("3.1.4", patient="D", frame_uid="F4", positions=[0, 3, 6, 9]), 1
        )
    ]
    # maps of one slice are no volume
    maps = [
        {**row, "SeriesInstanceUID": f"3.1.5.{k}", "SOPInstanceUID": f"3.1.5.{k}.1"}
        for k, row in enumerate(images("3.1.5", patient="E", frame_uid="F5", positions=[0]) * 3, 1)
    ]
    # a scout that is marked as one costs nothing, and is nothing to be told of
    slices = images("3.1.6", patient="F", frame_uid="F6")
    scout = {
        **images("3.1.6", patient="F", frame_uid="F6", orientation=("1", "0", "0", "0", "0", "-1"))[
            0
        ],
        "SOPInstanceUID": "3.1.6.9",
        "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"],
    }
    odd = {**contours("1", count=3), "untyped_contour_count": 3}
    sets = [
        # its own images, in a series that another patient has too
        structure_set("3.2.1.1", [roi("1", "Heart")], patient="A", roi_contours=[odd],
                      frames=[frame("F1", {"3.1.1": named})]),
        # these very images, under another name
        structure_set("3.2.2.1", [roi("1", "Heart")], patient="Z",
                      roi_contours=[contours("1", images=named), contours("7"), contours("x")],
                      frames=[frame("F1", {"3.1.1": named})]),
        # the series of somebody else, none of whose images it names
        structure_set("3.2.3.1", [roi("1", "Heart")], patient="Z", roi_contours=[contours("1")],
                      frames=[frame("F3", {"3.1.3": ["3.9.9"]})]),
        # another patient's frame of reference is no reference
        structure_set("3.2.4.1", [roi("1", "Heart")], patient="Z", roi_contours=[contours("1")],
                      frames=[frame("F3")]),
        structure_set("3.2.5.1", [roi("1", "Heart")], patient="C", roi_contours=[contours("1")],
                      frames=[frame("F3", {"3.1.3": ["3.1.3.1"]})]),
        # each slice in a series of its own
        structure_set("3.2.6.1", [roi("1", "Heart")], patient="D",
                      roi_contours=[contours("1", images=[lone[1]["SOPInstanceUID"]])],
                      frames=[frame("F4", {row["SeriesInstanceUID"]: [row["SOPInstanceUID"]]
                                           for row in lone})]),
        structure_set("3.2.7.1", [roi("1", "Heart")], patient="E",
                      roi_contours=[contours("1", images=["3.1.5.2.1"])],
                      frames=[frame("F5", {"3.1.5.2": ["3.1.5.2.1"]})]),
        structure_set("3.2.8.1", [roi("1", "Heart")], patient="F", roi_contours=[contours("1")],
                      frames=[frame("F6", {"3.1.6": []})]),
    ]  # fmt: skip
    # two patients' sets in one series, and names that were written in another character set
    sets += [
        structure_set(
            f"3.2.9.{k}",
            [roi(str(n), name) for n, name in enumerate(names, 1)],
            patient=patient,
            SeriesInstanceUID="3.2.9",
            ApprovalStatus=status,
            roi_contours=[contours("1")],
            frames=[frame("F6", {"3.1.6": []})],
        )
        for k, patient, status, names in (
            (1, "F", "APPROVED", GARBLED),
            (2, "G", "UNAPPROVED", READABLE),
        )
    ]
    # 18 frames of an image with a gap of one slice
    enhanced = {
        **images("3.1.8", patient="H", frame_uid="F8", positions=[0])[0],
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2.1",
        "NumberOfFrames": "18",
        "ImagePositionPatient": None,
        "ImageOrientationPatient": None,
        "frame_stacks": [
            {
                "stack_number": 1,
                "frame_count": 18,
                "slice_count": 19,
                "is_localizer": False,
                "row_spacing_mm": 1.0,
                "column_spacing_mm": 1.0,
                "slice_spacing_mm": 3.0,
                "smallest_gap_mm": 3.0,
                "largest_gap_mm": 6.0,
                "first_mm": 0.0,
                "last_mm": 54.0,
                "normal_x": 0.0,
                "normal_y": 0.0,
                "normal_z": 1.0,
                "grid_kind": "completed",
            }
        ],
    }
    sets.append(
        structure_set("3.2.10.1", [roi("1", "Heart")], patient="H", roi_contours=[contours("1")],
                      frames=[frame("F8", {"3.1.8": [enhanced["SOPInstanceUID"]]})]),
    )  # fmt: skip
    write_parquet(
        home.dicom_all, [enhanced, *shared, *others, *uneven, *lone, *maps, *slices, scout, *sets]
    )
    assert build(home, options=["--exclude", "resource_type:unit_test"]).problems == ()
    return home


def test_other_patients_and_odd_contours_are_told(mixed_home: Home) -> None:
    with connect(mixed_home) as catalog:
        found = set(
            catalog.execute(
                "select SOPInstanceUID, finding_code, detail from catalog_findings"
                " where finding_code not in ('images_missing', 'several_stacks')"
                " and SOPInstanceUID not like '3.2.9.%'"
            ).fetchall()
        )
        stacks = catalog.execute(
            "select distinct SOPInstanceUID from catalog_findings"
            " where finding_code = 'several_stacks'"
        ).fetchall()
        worklist = catalog.execute(
            "select SOPInstanceUID, referenced_SeriesInstanceUID, stack_number, image_PatientID,"
            " stack_evidence, contours_named, contours_elsewhere, contours_unnamed, reason_code"
            " from conversion_worklist where SOPInstanceUID not like '3.2.9.%' order by 1, 2"
        ).fetchall()
    assert found == {
        ("3.2.1.1", "mixed_patients", "3.1.1: 2 patients"),
        ("3.2.1.1", "no_geometric_type", "3 contours"),
        ("3.2.2.1", "mixed_patients", "3.1.1: 2 patients"),
        ("3.2.2.1", "patient_id_differs", "3.1.1"),
        ("3.2.2.1", "orphan_contours", "3 contours of ROI 7"),
        ("3.2.2.1", "orphan_contours", "3 contours of ROI x"),
        ("3.2.3.1", "patient_mismatch", "3.1.3"),
        ("3.2.3.1", "irregular_spacing", "3.1.3"),
        ("3.2.4.1", "no_reference", None),
        ("3.2.5.1", "irregular_spacing", "3.1.3"),
        ("3.2.6.1", "series_per_slice", "4 series, taken as 3.1.4.1"),
        ("3.2.10.1", "missing_slices", "1 of 19 slices of 3.1.8"),
    }
    assert ("3.2.8.1",) not in stacks
    assert worklist == [
        ("3.2.1.1", "3.1.1", 1, "A", "list", 0, 0, 3, None),
        ("3.2.10.1", "3.1.8", 1, "H", "only", 0, 0, 3, None),
        ("3.2.2.1", "3.1.1", 1, "A", "contours", 3, 0, 6, None),
        ("3.2.3.1", "3.1.3", 1, "C", "only", 0, 0, 3, "patient_mismatch"),
        ("3.2.4.1", None, None, None, None, None, None, None, "no_reference"),
        ("3.2.5.1", "3.1.3", 1, "C", "only", 0, 0, 3, None),
        ("3.2.6.1", "3.1.4.1", 1, "D", "contours", 1, 0, 2, None),
        ("3.2.7.1", "3.1.5.2", 1, "E", "contours", 1, 0, 2, None),
        ("3.2.8.1", "3.1.6", 1, "F", "list", 0, 0, 3, None),
    ]


def test_names_in_a_wrong_character_set_are_told(mixed_home: Home) -> None:
    with connect(mixed_home) as catalog:
        found = catalog.execute(
            "select detail from catalog_findings where finding_code = 'garbled_name'"
        ).fetchall()
    assert sorted(name for (name,) in found) == sorted(GARBLED)


def test_what_is_stated_of_one_set_is_not_said_of_another_in_its_series(mixed_home: Home) -> None:
    with connect(mixed_home) as catalog:
        series = catalog.execute(
            "select PatientID, ApprovalStatus, instance_count from rtstruct_series"
            " where SeriesInstanceUID = '3.2.9'"
        ).fetchall()
        approved = catalog.execute(
            "select distinct SOPInstanceUID from rtstruct_rois where ApprovalStatus = 'APPROVED'"
            " and SeriesInstanceUID = '3.2.9'"
        ).fetchall()
        shared = catalog.execute(
            "select SOPInstanceUID from catalog_findings where finding_code = 'shared_series'"
            " order by all"
        ).fetchall()
        patients = catalog.execute("select patient_count from collection_summary").fetchall()
    assert series == [(None, None, 2)]
    assert approved == [("3.2.9.1",)]
    assert shared == [("3.2.9.1",), ("3.2.9.2",)]
    # A, C, D, E, F, G, H and Z have structure sets.
    assert patients == [(8,)]
    for condition, keys in {
        "ApprovalStatus = 'APPROVED'": {"3.2.9.1"},
        "ApprovalStatus = 'UNAPPROVED'": {"3.2.9.2"},
        "PatientID = 'G'": {"3.2.9.2"},
        "PatientID = 'F'": {"3.2.8.1", "3.2.9.1"},
    }.items():
        rows = select(mixed_home.catalog, condition)
        assert {row.SOPInstanceUID for row in rows} == keys, condition


def test_every_finding_is_found_somewhere(
    catalog: duckdb.DuckDBPyConnection, idc_home: Home, mixed_home: Home
) -> None:
    query = "select distinct finding_code, severity from catalog_findings"
    with connect(idc_home) as idc, connect(mixed_home) as mixed:
        found = {row for each in (catalog, idc, mixed) for row in each.execute(query).fetchall()}
    assert found == {(code, codes()[code].severity) for code in _selected()}


def _selected() -> set[str]:
    findings = " ".join(path.read_text() for path in INTERMEDIATE.glob("findings/*.sql"))
    refusals = (INTERMEDIATE / "int_conversions.sql").read_text()
    return {
        *re.findall(r"'(\w+)' as finding_code", findings),
        *re.findall(r"then\s+'(\w+)'", refusals[refusals.index("'no_rois'") - 10 :]),
    }
