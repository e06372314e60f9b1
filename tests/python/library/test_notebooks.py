"""The notebooks of docs/notebooks in a real Jupyter kernel print what they show."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.xdist_group("notebooks")

MAKER = runpy.run_path(str(Path(__file__).resolve().parents[3] / "docs" / "make_notebooks.py"))
# Of a picture only that it is there: its bytes are matplotlib's and the fonts'.
PICTURES = {"image/png"}


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("notebooks")
    return {name: MAKER["executed"](name, folder) for name in MAKER["NAMES"]}


def shown(notebook: Any) -> list[list[Any]]:
    """What each cell shows, as a reader sees it."""
    return [
        [
            output.get("text")
            or {kind: kind in PICTURES or text for kind, text in output.data.items()}
            for output in cell.get("outputs", ())
        ]
        for cell in notebook.cells
    ]


@pytest.mark.parametrize("name", MAKER["NAMES"])
def test_a_notebook_prints_what_it_shows(name: str, executed: dict[str, Any]) -> None:
    kept = nbformat.read(MAKER["FOLDER"] / name, as_version=4)
    nbformat.validate(kept)
    assert sum(bool(outputs) for outputs in shown(kept)) >= 4
    assert shown(kept) == shown(executed[name])


@pytest.mark.parametrize("name", MAKER["NAMES"])
def test_a_notebook_names_no_folder_of_its_machine(name: str) -> None:
    text = (MAKER["FOLDER"] / name).read_text()
    assert not re.search(r"/(tmp|home|root|work|Users|var)/", text)
    assert '"stderr"' not in text


def test_progress_is_a_bar_that_ends_full(executed: dict[str, Any]) -> None:
    pages = [
        output.data["text/html"]
        for notebook in executed.values()
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "<progress" in output.get("data", {}).get("text/html", "")
    ]
    bars = [re.search(r'value="(\d+)" max="(\d+)"', page) for page in pages]
    assert len(bars) >= 4
    assert all(bar is None or bar[1] == bar[2] for bar in bars)


def test_a_second_observer_2_mm_to_the_left_is_measured_so(executed: dict[str, Any]) -> None:
    (table,) = (
        output.data["text/html"]
        for cell in executed["agreement_and_training_set.ipynb"].cells
        for output in cell.get("outputs", ())
        if "centroid_shift_mm" in output.get("data", {}).get("text/html", "")
    )
    shifts = [float(row[-1]) for row in map(cells_of, table.split("<tr>")) if len(row) == 5]
    assert shifts == pytest.approx([2, 2, 2], abs=0.05)


def cells_of(row: str) -> list[str]:
    return re.findall(r"<td>([^<]*)</td>", row)
