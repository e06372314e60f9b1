"""Stacks in SQL and in Python: one rule. Series at random, and series as they really are."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest
import yaml

from catalog.dicom_all_rows import frame, roi, structure_set, write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.project import project_folder
from rtstruct.dicom import geometric_types
from rtstruct.geometry import grid as grids
from rtstruct.geometry import stacks
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.stacks import LABELS, MOMENTS, Slice, part_stacks
from rtstruct.home import Home
from support.series_rows import KINDS, RANDOM, Row

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A catalog of all these series, as far as their stacks."""
    home = Home(tmp_path_factory.mktemp("stacks"))
    rows = [row for kind, _, _ in KINDS.values() for row in kind]
    rows += [row for each in RANDOM for row in each]
    sets = [
        structure_set(f"2.{k}.1", [roi("1", "Heart")], frames=[frame("1.9.1", {each: []})])
        for k, each in enumerate(dict.fromkeys(row["SeriesInstanceUID"] for row in rows))
    ]
    write_parquet(home.dicom_all, [*rows, *sets])
    only = ["--select", "+int_image_stacks +int_image_instances", "--exclude", "resource_type:test"]
    assert build(home, options=only).problems == ()
    return home


@pytest.fixture
def staging(built: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.catalog), read_only=True) as connection:
        connection.execute("set search_path = 'rtstruct_staging'")
        yield connection


def slices_of(rows: list[Row]) -> list[Slice]:
    """What Python is given of the rows that SQL reads."""

    def value(row: Row, keyword: str) -> float | str | None:
        stated = row.get(keyword)
        if stated is None:
            return None
        if keyword in ("ImageType", "ConvolutionKernel"):
            return ",".join(stated)
        return stated if keyword.endswith("Time") and ":" in str(stated) else float(stated)

    return [
        Slice(
            name=row["SOPInstanceUID"],
            position=tuple(map(float, row["ImagePositionPatient"])),
            orientation=tuple(map(float, row["ImageOrientationPatient"])),
            spacing=tuple(map(float, row["PixelSpacing"])),
            shape=(row["Rows"], row["Columns"]),
            owner=(row["PatientID"], row["FrameOfReferenceUID"] or ""),
            is_localizer="LOCALIZER" in row["ImageType"],
            number=int(row["InstanceNumber"]),
            values={keyword: value(row, keyword) for keyword in (*LABELS, *MOMENTS)},
        )
        for row in rows
    ]


def in_sql(staging: duckdb.DuckDBPyConnection) -> dict[str, dict[int, set[str]]]:
    """Images by series and stack."""
    found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, stack, image in staging.execute(
        "select SeriesInstanceUID, stack_number, SOPInstanceUID from int_image_instances"
    ).fetchall():
        found[name][stack].add(image)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_is_parted_by_what_truly_separates_it(
    staging: duckdb.DuckDBPyConnection, kind: str
) -> None:
    rows, sizes, separated_by = KINDS[kind]
    found = staging.execute(
        "select instance_count, separated_by from int_image_stacks"
        " where SeriesInstanceUID = ? order by stack_number",
        [rows[0]["SeriesInstanceUID"]],
    ).fetchall()
    assert [count for count, _ in found] == sizes
    assert {why for _, why in found} == {separated_by}


def test_python_parts_series_as_sql_does(staging: duckdb.DuckDBPyConnection) -> None:
    found = in_sql(staging)
    several, different = 0, {}
    for rows in [*(kind for kind, _, _ in KINDS.values()), *RANDOM]:
        slices = slices_of(rows)
        ours = [{slices[i].name for i in stack.slices} for stack in part_stacks(slices)]
        name = rows[0]["SeriesInstanceUID"]
        theirs = [found[name][number] for number in sorted(found[name])]
        several += len(ours) > 1
        if ours != theirs:
            different[name] = (ours, theirs)
    assert different == {}
    assert several > 150


def test_python_judges_stacks_as_sql_does(staging: duckdb.DuckDBPyConnection) -> None:
    by_name = {
        row["SOPInstanceUID"]: row
        for row in itertools.chain(*(kind for kind, _, _ in KINDS.values()), *RANDOM)
    }
    judged = {
        (name, stack): (kind, count)
        for name, stack, kind, count in staging.execute(
            "select SeriesInstanceUID, stack_number, grid_kind, slice_count from int_image_stacks"
        ).fetchall()
    }
    kinds, different = set(), {}
    for name, parts in in_sql(staging).items():
        for number, members in parts.items():
            rows = [by_name[each] for each in sorted(members)]
            orientation = [float(x) for x in rows[0]["ImageOrientationPatient"]]
            spacing = [float(x) for x in rows[0]["PixelSpacing"]]
            grid = grid_from_slices(
                [[float(x) for x in row["ImagePositionPatient"]] for row in rows],
                orientation[:3],
                orientation[3:],
                rows=rows[0]["Rows"],
                columns=rows[0]["Columns"],
                row_spacing_mm=spacing[0],
                column_spacing_mm=spacing[1],
            )
            kinds.add(grid.kind)
            ours = (grid.kind, grid.shape[0])
            if ours != judged[name, number]:
                different[name, number] = (ours, judged[name, number])
    assert different == {}
    assert kinds == {"uniform", "completed", "irregular", "sheared"}


def test_tolerances_stand_once() -> None:
    variables = yaml.safe_load((project_folder() / "dbt_project.yml").read_text())["vars"]
    assert {
        "position_tolerance": grids.POSITION_TOLERANCE,
        "position_tolerance_mm": grids.POSITION_TOLERANCE_MM,
        "in_plane_tolerance": grids.IN_PLANE_TOLERANCE,
        "most_gaps_in_a_row": grids.MOST_GAPS_IN_A_ROW,
        "longest_completion": grids.LONGEST_COMPLETION,
        "orientation_tolerance": stacks.ORIENTATION_TOLERANCE,
        "closed_contour_types": list(geometric_types.CLOSED),
    }.items() <= variables.items()


def test_what_the_truth_of_a_grid_is_here() -> None:
    """The kinds by hand, so that the two above do not agree on nonsense."""

    def kind(positions: list[float], drift: float = 0.0) -> str:
        points = [[drift * k, 0, z] for k, z in enumerate(positions)]
        return grid_from_slices(
            points, (1, 0, 0), (0, 1, 0), rows=4, columns=4, row_spacing_mm=1, column_spacing_mm=1
        ).kind

    even = [3.0 * k for k in range(12)]
    assert kind(even) == "uniform"
    assert kind(even, drift=0.004) == "uniform"
    assert kind(even, drift=0.1) == "sheared"
    assert kind([z for k, z in enumerate(even) if k not in (4, 7)]) == "completed"
    assert kind([*even[:6], *(z + 1 for z in even[6:])]) == "irregular"
    assert kind(list(np.cumsum([3, 3, 5, 5, 3, 3, 5, 5, 5.0]))) == "irregular"
