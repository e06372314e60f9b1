"""A condition given by hand: one expression on the catalog, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.catalog.identifiers import read_identifiers, unknown_identifiers
from rtstruct.catalog.worklist import select
from rtstruct.errors import UsageError
from support.workspace import Sketch

if TYPE_CHECKING:
    from pathlib import Path

    from support.workspace import Road


@pytest.fixture
def catalog(road: Road) -> Path:
    road.catalog(
        Sketch("a", ["Lung", "Heart", "it's"], facts={"collection_id": "lctsc"}),
        Sketch("b", ["Heart"], image="image-2", facts={"PatientID": "plan"}),
    )
    return road.home.catalog


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("true", {"a": [1, 2, 3], "b": [1]}),
        ("ROIName = 'Heart'", {"a": [2], "b": [1]}),
        ("collection_id = 'lctsc' and ROINumber < 3 -- the first two", {"a": [1, 2]}),
        ("PatientID = 'plan' or ROIName like '%''%'", {"a": [3], "b": [1]}),
        (
            "SOPInstanceUID in (select SOPInstanceUID from rtstruct.rtstruct_rois"
            " where ROIName = 'Lung')",
            {"a": [1, 2, 3]},
        ),
        ("structure = 'Lung'", {}),
        ("null", {}),
    ],
)
def test_a_condition_selects_rois(
    catalog: Path, where: str, expected: dict[str, list[int]]
) -> None:
    selected = {
        row.SOPInstanceUID: [roi.ROINumber for roi in row.rois] for row in select(catalog, where)
    }
    assert selected == expected


@pytest.mark.parametrize(
    "where",
    [
        "",
        "true; drop table rtstruct.rtstruct_rois",
        "true) union select 1 where (true",
        "true limit 1",
        "true from rtstruct.rtstruct_rois",
        "exists (select * from read_csv('/etc/passwd'))",
        "exists (select * from read_text('/etc/passwd'))",
        "exists (from '/etc/passwd')",
        "exists (copy rtstruct.rtstruct_rois to '/tmp/stolen')",
        "set enable_external_access = true",
        "attach '/tmp/x.duckdb'",
        "ROIName",
        "no_such_column = 1",
        "count(*) > 1",
        "ROIName = ?",
    ],
)
def test_anything_else_is_refused_in_one_line(catalog: Path, where: str) -> None:
    before = catalog.read_bytes()
    with pytest.raises(UsageError) as caught:
        select(catalog, where)
    message = str(caught.value)
    assert "\n" not in message
    assert " collection_id, " in message.partition("Columns: ")[2]
    assert catalog.read_bytes() == before
    assert len(select(catalog, "true")) == 2


def test_without_a_catalog_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rtstruct build"):
        select(tmp_path / "catalog.duckdb", "true")


def test_subqueries_name_marts_and_the_registry_barely(road: Road, catalog: Path) -> None:
    road.convert("ROIName = 'Lung'")
    undone = (
        "ROINumber not in (select ROINumber from registry.masks)"
        " and SOPInstanceUID in (select SOPInstanceUID from rtstruct_rois where ROIName = 'Lung')"
    )
    rows = select(catalog, undone, registry=road.home.registry)
    assert {row.SOPInstanceUID: [roi.ROINumber for roi in row.rois] for row in rows} == {
        "a": [2, 3]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plan\n", {"b"}),
        ("# my patients\nplan\nP1\n", {"a", "b"}),
        ("series-a\n", {"a"}),
        ("image-2\r\n", {"b"}),
        ("PatientID,age\nplan,70\n", {"b"}),
        ("\ufeffname,SOPInstanceUID\nx,a\ny,nobody\n", {"a"}),
        ("it's\n", set()),
    ],
)
def test_a_list_of_identifiers_leaves_what_is_theirs(
    catalog: Path, tmp_path: Path, text: str, expected: set[str]
) -> None:
    path = tmp_path / "ids"
    path.write_text(text, newline="")
    rows = select(catalog, "true", identifiers=read_identifiers(path))
    assert {row.SOPInstanceUID for row in rows} == expected


def test_a_manifest_of_idc_lists_its_series(tmp_path: Path) -> None:
    path = tmp_path / "manifest.s5cmd"
    uuid = "01234567-89ab-cdef-0123-456789abcdef"
    path.write_text(f"# made by IDC\ncp s3://idc-open-data/{uuid}/* .\n")
    assert read_identifiers(path) == {uuid}


def test_identifiers_that_nobody_knows_are_told(catalog: Path) -> None:
    with duckdb.connect(str(catalog)) as connection:
        connection.execute("insert into rtstruct.segments (SOPInstanceUID) values ('seg')")
    assert unknown_identifiers(catalog, ["plan", "x", "image-2", "a", "seg", "'; drop"]) == [
        "'; drop",
        "x",
    ]


@pytest.mark.parametrize("content", [b"", b"\n# none\n", b"\xff\xfe"])
def test_a_list_without_identifiers_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ids"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_identifiers(path)
