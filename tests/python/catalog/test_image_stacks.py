"""Stacks in SQL and in Python: one rule. Series at random, and series as they really are."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest
import yaml

from catalog.dicom_all_rows import frame, images, roi, structure_set, write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.project import project_folder
from rtstruct.dicom import geometric_types
from rtstruct.geometry import grid as grids
from rtstruct.geometry import stacks
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.geometry.stacks import LABELS, MOMENTS, Slice, part_stacks
from rtstruct.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]

CORONAL = ("1", "0", "0", "0", "0", "-1")
SAGITTAL = ("0", "1", "0", "0", "0", "-1")
LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
NUMBERS = ("SliceThickness", "AcquisitionNumber", "TemporalPositionIdentifier", "EchoTime")


def series(name: str, *blocks: list[Row]) -> list[Row]:
    """Blocks of images as one series, numbered in their order."""
    rows = list(itertools.chain(*blocks))
    return [
        {
            **row,
            "SeriesInstanceUID": name,
            "SOPInstanceUID": f"{name}.{k}",
            "InstanceNumber": str(k),
        }
        for k, row in enumerate(rows, 1)
    ]


def block(start: float, step: float, count: int, **more: Any) -> list[Row]:
    return images("x", positions=[round(start + step * k, 4) for k in range(count)], **more)


def times(first: int, count: int) -> list[str]:
    return [f"10:{(first + k) // 60:02}:{(first + k) % 60:02}" for k in range(count)]


def timed(rows: list[Row], keyword: str, values: list[str]) -> list[Row]:
    return [{**row, keyword: value} for row, value in zip(rows, values, strict=True)]


# What each real kind of series must become: slices of each stack, in order.
KINDS: dict[str, tuple[list[Row], list[int], str | None]] = {
    "helical, in blocks": (
        series(
            "1.1",
            block(0, 3, 10, AcquisitionNumber="1"),
            block(30, 3, 10, AcquisitionNumber="2"),
            block(60, 3, 5, AcquisitionNumber="3"),
        ),
        [25],
        None,
    ),
    "two acquisitions": (
        series("1.2", block(0, 3, 9, AcquisitionNumber="1"), block(0, 3, 9, AcquisitionNumber="2")),
        [9, 9],
        "AcquisitionNumber",
    ),
    "three acquisitions of other reaches": (
        series(
            "1.3",
            block(0, 3, 20, AcquisitionNumber="1"),
            block(30, 3, 20, AcquisitionNumber="2"),
            block(45, 3, 6, AcquisitionNumber="3"),
        ),
        [20, 20, 6],
        "AcquisitionNumber",
    ),
    "interleaved by half a step": (
        series(
            "1.4",
            block(0, 3, 20, AcquisitionNumber="1", SliceThickness="3"),
            block(1.5, 3, 20, AcquisitionNumber="2", SliceThickness="3"),
        ),
        [20, 20],
        "AcquisitionNumber",
    ),
    "interleaved, told by the order alone": (
        series("1.5", block(0, 3, 9, SliceThickness="3"), block(1.5, 3, 9, SliceThickness="3")),
        [9, 9],
        "InstanceNumber",
    ),
    "interleaved, one of them lacks slices": (
        series(
            "1.18",
            block(0, 3, 20, AcquisitionNumber="1", SliceThickness="3"),
            [
                row
                for k, row in enumerate(
                    block(1.5, 3, 20, AcquisitionNumber="2", SliceThickness="3")
                )
                if k not in (7, 8, 13)
            ],
        ),
        [20, 17],
        "AcquisitionNumber",
    ),
    "a label that changes as it likes": (
        series(
            "1.19",
            [
                row
                for k in range(16)
                for row in block(
                    3 * k, 3, 1, AcquisitionNumber=str(1 + k * k % 5 // 2), SliceThickness="3"
                )
            ],
        ),
        [16],
        None,
    ),
    "odd slices first, as MR is acquired": (
        series(
            "1.6",
            block(0, 6, 8, AcquisitionNumber="1", SliceThickness="2.5"),
            block(3, 6, 8, AcquisitionNumber="2", SliceThickness="2.5"),
        ),
        [16],
        None,
    ),
    "four grids": (
        series("1.7", block(0, 0.5, 81), block(0, 1, 41), block(0, 2, 21), block(0, 3, 14)),
        [81, 41, 21, 14],
        "InstanceNumber",
    ),
    "phases of a 4D scan": (
        series(
            "1.8",
            *(block(0, 2, 7, TemporalPositionIdentifier=str(phase)) for phase in range(1, 5)),
        ),
        [7, 7, 7, 7],
        "TemporalPositionIdentifier",
    ),
    "20 phases, slice by slice": (
        series(
            "1.9",
            *(
                timed(block(3 * k, 1, 1) * 20, "TriggerTime", [str(50 * p) for p in range(20)])
                for k in range(6)
            ),
        ),
        [6] * 20,
        "TriggerTime",
    ),
    "b-values of echoes": (
        series(
            "1.10",
            *(
                block(0, 4, 5, EchoTime=str(echo), DiffusionBValue=float(b))
                for echo in (30, 60)
                for b in (0, 500, 1000)
            ),
        ),
        [5] * 6,
        "EchoTime,DiffusionBValue",
    ),
    "a moment for each slice": (
        series(
            "1.11",
            timed(block(0, 3, 8), "AcquisitionTime", times(0, 8)),
            timed(block(0, 3, 8), "AcquisitionTime", times(60, 8)),
        ),
        [8, 8],
        "AcquisitionTime",
    ),
    "a slice doubled": (
        series("1.12", block(0, 3, 6), block(12, 3, 1), block(18, 3, 6)),
        [12, 1],
        "order of acquisition",
    ),
    "a localizer": (
        series("1.13", block(5, 1, 1, ImageType=LOCALIZER), block(0, 3, 9)),
        [9, 1],
        None,
    ),
    "two orientations": (
        series(
            "1.14",
            block(0, 3, 9),
            [
                {**row, "ImagePositionPatient": ["-3", row["ImagePositionPatient"][2], "9"]}
                for row in block(0, 3, 6, orientation=CORONAL)
            ],
        ),
        [9, 6],
        None,
    ),
    "two matrices": (
        series("1.15", block(0, 3, 9), block(-1, 2, 12, Rows=2, Columns=2)),
        [9, 12],
        None,
    ),
    "two patients": (
        series("1.16", block(0, 3, 9), block(0, 3, 8, patient="P2")),
        [9, 8],
        None,
    ),
    "nothing tells them apart": (
        series("1.17", *(block(3 * k, 1, 1) * 2 for k in range(7))),
        [7, 7],
        "order of acquisition",
    ),
}


def at_random(number: int) -> list[Row]:
    """A series of one to four blocks, with labels and moments that tell them apart or do not."""
    chance = random.Random(number)
    keywords = chance.sample(
        [*NUMBERS, "ImageType", "ConvolutionKernel", "AcquisitionTime", "ContentTime", None],
        chance.choice([1, 1, 2]),
    )
    step = chance.choice([1.0, 2.5, 3.0])
    rows: list[Row] = []
    for place in range(chance.randint(1, 4)):
        count = chance.randint(1, 9)
        start = chance.choice([0.0, 0.0, step / 2, step * chance.randint(1, 9)])
        told: Row = {}
        for keyword in keywords:
            value = str(place if chance.random() < 0.8 else 0)
            if keyword in ("ImageType", "ConvolutionKernel"):
                told[keyword] = ["ORIGINAL", f"K{value}"]
            elif keyword in ("AcquisitionTime", "ContentTime"):
                told[keyword] = f"10:00:0{value}"
            elif keyword:
                told[keyword] = value
        if chance.random() < 0.2:
            told["orientation"] = chance.choice([CORONAL, SAGITTAL])
        if chance.random() < 0.5:
            told["SliceThickness"] = str(step)
        rows += block(start, step * chance.choice([1, 1, 1, 2]), count, **told)
        if chance.random() < 0.2:
            del rows[chance.randrange(len(rows))]
    if chance.random() < 0.3:
        chance.shuffle(rows)
    if chance.random() < 0.2:
        for k, row in enumerate(rows):
            x = f"{-3 + chance.choice([0.001, 0.02, 0.3]) * k:.3f}"
            row["ImagePositionPatient"] = [x, *row["ImagePositionPatient"][1:]]
    return series(f"1.9.{number}", rows) if rows else []


RANDOM = [rows for number in range(400) if (rows := at_random(number))]


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
