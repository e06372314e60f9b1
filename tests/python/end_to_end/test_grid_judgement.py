"""The catalog and the converter judge grids alike, and a dry run counts what the run then gives."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from end_to_end.conftest import Road
from rtstruct.conversion.planning.forecast import forecast
from rtstruct.conversion.planning.plan import Request
from rtstruct.conversion.run.driver import plan_request
from rtstruct.conversion.task import Options
from rtstruct.dicom.image_series import read_image_series, read_image_stacks
from rtstruct.home import Home
from rtstruct.phantom.grid import uniform
from rtstruct.phantom.identity import phantom_uid
from rtstruct.pipeline.convert import convert, select
from support import stack_cases
from support.acquisitions import ACQUISITIONS, PLAIN, Acquisition, write

if TYPE_CHECKING:
    from rtstruct.conversion.planning.forecast import Forecast

OTHER_FRAME = {"frame_of_reference": phantom_uid("another frame of reference")}


def drifting(whole_mm: float) -> Acquisition:
    """Slices that are shifted in their plane by as much from the first to the last."""
    tilt = math.degrees(math.atan(whole_mm / (PLAIN.slices_mm[-1] - PLAIN.slices_mm[0])))
    return Acquisition(replace(PLAIN, gantry_tilt_degrees=tilt))


def at(*slices_mm: float) -> Acquisition:
    return Acquisition(replace(PLAIN, slices_mm=slices_mm))


GRIDS = {
    **ACQUISITIONS,
    # Around the tolerance in the plane, which is a twentieth of a pixel of 1 mm.
    **{f"drift of {mm} mm": drifting(mm) for mm in (0.04, 0.06, 0.08, 0.12)},
    # Around the tolerance along the normal, a hundredth of 3 mm.
    "nearly even": at(0, 3, 6, 9, 12.01, 15, 18, 21),
    "nearly uneven": at(0, 3, 6, 9, 12.05, 15, 18, 21),
    "most slices lost": Acquisition(lost=(1, 2, 3, 4, 5)),
    "another frame, tilted gantry": replace(ACQUISITIONS["tilted gantry"], structures=OTHER_FRAME),
    "another frame, non-uniform": replace(ACQUISITIONS["non-uniform"], structures=OTHER_FRAME),
    "another frame, missing slices": replace(
        ACQUISITIONS["missing slices"], structures=OTHER_FRAME
    ),
    "tilted gantry, missing slices": replace(ACQUISITIONS["tilted gantry"], lost=(3, 6)),
    "thick": Acquisition(replace(PLAIN, slices_mm=uniform(8, 10.0))),
}
RUNS = {
    "nifti": Options(),
    "seg": Options(format="seg"),
    "resampled": Options(resample=(1.0, 1.0, 3.0)),
    "any frame": Options(any_frame_of_reference=True),
    "any frame, seg": Options(any_frame_of_reference=True, format="seg"),
    "any frame, resampled": Options(any_frame_of_reference=True, resample=(1.0, 1.0, 3.0)),
    "whole grids only": Options(missing_slices="refuse"),
    "whole grids only, any frame": Options(missing_slices="refuse", any_frame_of_reference=True),
}


@dataclass(frozen=True)
class Judged:
    road: Road
    forecasts: dict[str, dict[str, Forecast]]
    """By run and patient."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Everything forecast and then converted, in each of the ways."""
    home = Home(tmp_path_factory.mktemp("judged"))
    for name, acquisition in GRIDS.items():
        write(home.root / "dicom" / name, name, acquisition)
    for name, builder in stack_cases.CASES.items():
        stack_cases.write(home.root / "dicom" / name, name, builder(name))
    road = Road(home.root)
    assert road.here("index", str(home.root / "dicom")).returncode <= 1
    models = "+conversion_worklist +rtstruct_rois +rtstruct_series +image_instances +image_stacks"
    tests = "resource_type:test resource_type:unit_test"
    built = road.here("build", "--select", models, "--exclude", tests)
    assert built.returncode == 0, built.stdout + built.stderr
    forecasts: dict[str, dict[str, Forecast]] = {}
    for run, options in RUNS.items():
        request = Request(home.root, home.registry, home.root / run, options)
        selection, _ = select(home, "true")
        forecasts[run] = {}
        for name in GRIDS:
            rows = [row for row in selection.rows if row.PatientID == name]
            plan = plan_request(request, replace(selection, rows=rows))
            forecasts[run][name] = forecast(plan, options)
        convert(request, selection, command="convert", parameters={}, workers=2)
    return Judged(road, forecasts)


def test_the_catalog_and_the_converter_judge_every_stack_alike(judged: Judged) -> None:
    stacks = judged.road.catalog("select * from rtstruct.image_stacks")
    differ: dict[str, Any] = {}
    for stack in stacks:
        files = judged.road.catalog(
            "select file_path, archive_member, stack_number from rtstruct.image_instances"
            " where SeriesInstanceUID = ? and coalesce(stack_number, ?) = ?",
            stack["SeriesInstanceUID"],
            stack["stack_number"],
            stack["stack_number"],
        )
        pairs = [(row["file_path"], row["archive_member"]) for row in files]
        if any(row["stack_number"] is None for row in files):
            # An image whose frames are several stacks is in all of them.
            parts = read_image_stacks(pairs, stack["SeriesInstanceUID"])
            grid = parts[stack["stack_number"] - 1].grid
        else:
            grid = read_image_series(pairs, stack["SeriesInstanceUID"], is_stack=True).grid
        said, found = (stack["grid_kind"], stack["slice_count"]), (grid.kind, grid.shape[0])
        if said != found:
            differ[f"{stack['PatientID']} {stack['stack_number']}"] = (said, found)
    assert differ == {}
    kinds = Counter(stack["grid_kind"] for stack in stacks)
    assert kinds.keys() == {"uniform", "completed", "irregular", "sheared"}


def given(road: Road, run: str, patient: str) -> tuple[int, int, Counter[str]]:
    """Masks, ROIs of points and ROIs without a mask by code, as the registry has them."""
    out = str(road.home / run)
    attempts = road.registry(
        "select conversion_id from conversions where PatientID = ?"
        " and json_extract_string(parameters, '$.out') in (?, ?)",
        patient,
        out,
        run,
    )
    ids = [row["conversion_id"] for row in attempts]
    assert ids
    (masks,) = road.registry(
        "select count(*) n from masks where list_contains(?, conversion_id)", ids
    )
    (points,) = road.registry(
        "select count(distinct ROINumber) n from points where list_contains(?, conversion_id)", ids
    )
    failures = road.registry(
        "select error_code, count(*) n from roi_failures where list_contains(?, conversion_id)"
        " group by error_code",
        ids,
    )
    return masks["n"], points["n"], Counter({row["error_code"]: row["n"] for row in failures})


@pytest.mark.parametrize("run", RUNS)
def test_a_dry_run_counts_what_the_run_gives(judged: Judged, run: str) -> None:
    differ = {}
    for patient, said in judged.forecasts[run].items():
        expected = (said.masks, said.point_rois, said.not_converted)
        if expected != (found := given(judged.road, run, patient)):
            differ[patient] = (expected, found)
    assert differ == {}


def test_refusals_are_met_in_every_way(judged: Judged) -> None:
    """So that the comparison above does not compare nothing."""
    codes = {
        run: set().union(*(said.not_converted for said in forecasts.values()))
        for run, forecasts in judged.forecasts.items()
    }
    mismatch, grid = {"frame_of_reference_mismatch"}, {"irregular_spacing", "sheared_stack"}
    assert codes["nifti"] == mismatch | grid
    assert codes["seg"] == codes["resampled"] == mismatch
    assert codes["any frame"] == grid
    assert codes["any frame, seg"] == codes["any frame, resampled"] == set()
    assert codes["whole grids only, any frame"] == grid | {"missing_slices"}
