"""One list of columns: Python's readers and the registry have the marts' columns and types."""

from __future__ import annotations

import re
import typing
from types import UnionType

import pytest
import yaml

from rtstruct.catalog.image_instances import ImageInstance
from rtstruct.catalog.project import project_folder
from rtstruct.catalog.worklist import SelectedROI, WorklistRow
from rtstruct.registry.connection import create, reading
from support.contracts import contracts

if typing.TYPE_CHECKING:
    from pathlib import Path

PYTHON_TYPES = {"VARCHAR": str, "BIGINT": int, "DOUBLE": float, "BOOLEAN": bool}
# What the reader adds to a row of its mart.
ADDED = {
    *("rois", "named_rois", "image_header_hash", "elsewhere_images", "other_frames", "ties"),
    *("also_named", "doubts"),
}
# Tables of the registry repeat columns of these marts.
REPEATED = ("conversion_worklist", "rtstruct_rois")
# Narrower than the mart's: a registry outlives the catalog that it was made from.
INTEGERS = {"INTEGER": "BIGINT"}


@pytest.mark.parametrize(
    ("reader", "mart"),
    [
        (WorklistRow, "conversion_worklist"),
        (SelectedROI, "rtstruct_rois"),
        (ImageInstance, "image_instances"),
    ],
)
def test_readers_in_python_have_the_columns_and_types_of_their_mart(
    reader: type, mart: str
) -> None:
    wanted = {
        name: PYTHON_TYPES[kind] for name, kind in contracts()[mart].items() if kind in PYTHON_TYPES
    }
    read = {
        name: _plain(hint)
        for name, hint in typing.get_type_hints(reader).items()
        if name not in ADDED
    }
    assert read
    assert {name: kind for name, kind in read.items() if wanted.get(name) is not kind} == {}


def test_the_registry_repeats_columns_under_the_type_that_the_marts_have(tmp_path: Path) -> None:
    create(tmp_path / "registry.duckdb")
    with reading(tmp_path / "registry.duckdb") as connection:
        columns = connection.sql(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_schema = 'main'"
        ).fetchall()
    wanted = {name: kind for mart in REPEATED for name, kind in contracts()[mart].items()}
    repeated = [
        (table, name, INTEGERS.get(kind, kind)) for table, name, kind in columns if name in wanted
    ]
    assert len(repeated) > 30
    assert [row for row in repeated if row[2] != wanted[row[1]]] == []


def test_the_facets_of_names_are_listed_alike() -> None:
    models = project_folder() / "models"
    (facets,) = yaml.safe_load(
        (models / "intermediate/vocabulary/int_roi_names__facets.yml").read_text()
    )["models"]
    described = [column["name"] for column in facets["columns"]]
    macro = (project_folder() / "macros/catalog/facet_columns.sql").read_text()
    listed = re.findall(r"'(\w+)'", macro)
    assert set(listed) <= set(described)
    for mart in ("rtstruct_rois", "roi_name_vocabulary", "segments"):
        assert [name for name in contracts()[mart] if name in listed] == listed, mart


def _plain(hint: object) -> object:
    """The type of a hint that may be None."""
    if isinstance(hint, UnionType) or typing.get_origin(hint) is typing.Union:
        (kind,) = [each for each in typing.get_args(hint) if each is not type(None)]
        return kind
    return hint
