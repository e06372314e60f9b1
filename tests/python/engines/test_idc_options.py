"""What is read of IDC in BigQuery is what was chosen: contours or none, some collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.conftest import PROFILES
from engines.dbt_project import DbtProject
from engines.reference import nodes
from engines.sources import variables

if TYPE_CHECKING:
    from pathlib import Path

    from engines.googlesql import GoogleSQL
    from engines.reference import Node
    from engines.sources import SourceTable

CHOSEN = "nsclc_radiomics"


@pytest.fixture(scope="module")
def compiled(
    tmp_path_factory: pytest.TempPathFactory, sources: dict[str, SourceTable]
) -> dict[str, Node]:
    """Models of one collection, without contours, as they go to BigQuery, by name."""
    folder: Path = tmp_path_factory.mktemp("options")
    project = DbtProject(
        "bigquery",
        PROFILES,
        folder,
        {**variables(sources), "idc_contours": False, "idc_collections": [CHOSEN]},
        {"BIGQUERY_ENDPOINT": "http://127.0.0.1:9"},
    )
    offline = ("--no-introspect", "--no-populate-cache", "--full-refresh")
    project.run("compile", *offline, "--select", "stg_dicom_all+1")
    return {node["name"]: node for node in nodes(project.manifest(), "model")}


@pytest.mark.usefixtures("relations")
def test_only_the_chosen_collections_are_read(
    compiled: dict[str, Node], googlesql: GoogleSQL
) -> None:
    rows = googlesql.evaluate(compiled["stg_dicom_all"]["compiled_code"]).rows

    assert {row["collection_id"] for row in rows} == {CHOSEN}


@pytest.mark.usefixtures("relations")
def test_without_contours_their_column_is_not_read_and_nothing_is_claimed(
    compiled: dict[str, Node], googlesql: GoogleSQL
) -> None:
    rows = {
        name: googlesql.evaluate(compiled[f"stg_dicom_all__{name}"]["compiled_code"]).rows
        for name in ("structure_sets", "roi_contours", "referenced_images")
    }

    # Its bytes cost more than all else.
    assert not any("ROIContourSequence" in node["compiled_code"] for node in compiled.values())
    assert {row["contours_known"] for row in rows["structure_sets"]} == {False}
    assert rows["roi_contours"] == []
    assert rows["referenced_images"]
