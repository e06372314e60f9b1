"""IDC's own SQL, run on the same rows, is an independent judge of ours.

The SQL is the one that IDC's published Parquet index is made by; it travels in `idc-index-data`.
Where we differ it is on purpose, and a test here says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from engines.dicom_all_cases import dicom_all
from engines.dicom_all_rows import SCHEMA
from engines.googlesql_values import columns_of
from engines.sources import DATASET, PROJECT

if TYPE_CHECKING:
    from engines.googlesql import GoogleSQL, Relation, Row

# An observation that refers to ROI " 2" or "01" by "2" or "1" is found by number, not by text, and
# the first type that is stated for a ROI counts.
OTHER_TYPES = {"1.2.2.2", "1.4.1.2"}

# Where positions or directions are missing or zero, geometry is unknown to us and irregular to
# them; where directions differ, they give the angle of an arbitrary slice and we give none.
# Theirs, ours:
OTHER_GEOMETRY = {
    "1.5.5.1": ((False, 15.0), (False, None)),
    "1.5.7.1": ((False, 0.0), (None, None)),
    "1.5.8.1": ((False, 0.0), (None, None)),
    "1.5.10.1": ((False, None), (None, None)),
    "1.5.11.1": ((False, None), (None, None)),
}


def idc_rows(googlesql: GoogleSQL, table: str, dataset: str) -> dict[str, Row]:
    """Rows of one of IDC's index tables, by SeriesInstanceUID."""
    sql = (files("idc_index_data") / f"{table}.sql").read_text()
    sql = re.sub(r"idc_v\d+", dataset, sql)
    # It divides by the length of the slice normal, which an odd series of ours lacks.
    sql = re.sub(r"/ (ANY_VALUE\(crossProductMagnitude\))", r"/ NULLIF(\1, 0)", sql)
    # The engine evaluates queries, not scripts: variables are written out.
    declaration = r"(?m)^DECLARE (\w+) \w+ DEFAULT ([^;]+);.*$"
    for name, value in re.findall(declaration, sql):
        sql = re.sub(rf"\b{name}\b(?! FLOAT64)", value, sql)
    sql = re.sub(r"(?m)^DECLARE .*$", "", sql)
    return {row["SeriesInstanceUID"]: row for row in googlesql.evaluate(sql).rows}


@pytest.fixture(scope="module")
def theirs(googlesql: GoogleSQL, relations: dict[str, Relation]) -> dict[str, Row]:
    assert relations  # with the sources, they are in the engine
    return idc_rows(googlesql, "rtstruct_index", DATASET)


@pytest.fixture(scope="module")
def marts(relations: dict[str, Relation]) -> dict[str, list[Row]]:
    return {key.rpartition(".")[2]: relation.rows for key, relation in relations.items()}


@pytest.fixture(scope="module")
def ours(marts: dict[str, list[Row]]) -> dict[str, dict[str, set[str]]]:
    """What IDC's table says of a series, gathered from our ROIs."""
    gathered: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for roi in marts["rtstruct_rois"]:
        series = gathered[roi["SeriesInstanceUID"]]
        series["numbers"].add(roi["stated_roi_number"])
        series["names"].add(roi["ROIName"])
        series["algorithms"].add(roi["ROIGenerationAlgorithm"])
        series["types"].add(roi["RTROIInterpretedType"])
    return gathered


def test_they_leave_out_structure_sets_without_rois(
    theirs: dict[str, Row], marts: dict[str, list[Row]]
) -> None:
    empty = {row["SeriesInstanceUID"] for row in marts["rtstruct_series"] if row["roi_count"] == 0}

    assert empty
    assert {row["SeriesInstanceUID"] for row in marts["rtstruct_series"]} - set(theirs) == empty


def test_rois_and_their_names_are_the_same(
    theirs: dict[str, Row], ours: dict[str, dict[str, set[str]]]
) -> None:
    for series, row in theirs.items():
        assert len(ours[series]["numbers"]) == row["total_rois"], series
        assert ours[series]["names"] - {None} == set(row["ROINames"] or []), series


def test_generation_algorithms_are_the_same_but_for_empty_ones(
    theirs: dict[str, Row], ours: dict[str, dict[str, set[str]]]
) -> None:
    for series, row in theirs.items():
        stated = set(row["ROIGenerationAlgorithms"] or []) - {""}
        assert ours[series]["algorithms"] - {None} == stated, series


def test_interpreted_types_are_the_same_but_for_empty_ones(
    theirs: dict[str, Row], ours: dict[str, dict[str, set[str]]]
) -> None:
    different = {
        series
        for series, row in theirs.items()
        if ours[series]["types"] - {None} != set(row["RTROIInterpretedTypes"] or []) - {""}
    }

    assert different == OTHER_TYPES


def test_their_one_image_series_is_among_ours(
    theirs: dict[str, Row], marts: dict[str, list[Row]]
) -> None:
    references = defaultdict(set)
    for row in marts["rtstruct_references"]:
        references[row["SeriesInstanceUID"]].add(row["referenced_SeriesInstanceUID"])
    for series, row in theirs.items():
        referenced = row["referenced_SeriesInstanceUID"]
        if referenced is not None:
            assert referenced in references[series], series


def test_image_geometry_is_the_same(googlesql: GoogleSQL, marts: dict[str, list[Row]]) -> None:
    # Only the odd series: their SQL joins instances with instances, and the engine is slow.
    odd = (PROJECT, "odd", "dicom_all")
    googlesql.add_rows(odd, columns_of(SCHEMA), dicom_all(series=0))
    theirs = idc_rows(googlesql, "volume_geometry_index", "odd")
    ours = {row["SeriesInstanceUID"]: row for row in marts["image_series"]}

    compared = {
        series: (
            (row["regularly_spaced_3d_volume"], row["obliquity_degrees"]),
            (ours[series]["regularly_spaced"], ours[series]["obliquity_degrees"]),
        )
        for series, row in theirs.items()
        if series in ours
    }

    assert len(compared) > 10
    assert {
        series: pair for series, pair in compared.items() if pair[0] != pair[1]
    } == OTHER_GEOMETRY
