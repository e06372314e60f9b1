"""What docs/acquisitions.md tells users of SimpleITK about series that lack slices."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK

from rtstruct.catalog.project import project_folder
from rtstruct.conversion.masks.grid_json import grid_json
from rtstruct.geometry.grid import grid_from_slices
from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LOST = (12, 13)


def test_the_commands_of_the_page_give_our_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid(columns=20, rows=16, slices_mm=uniform(40, 3.0), slice_thickness_mm=3.0)
    pixels = np.broadcast_to(np.arange(40, dtype=np.int16)[:, None, None], (40, 16, 20))
    image = write_image_series(tmp_path / "ct", grid, Study("P"), pixels=pixels.copy())
    for k in LOST:
        image.paths[k].unlink()
    ours = grid_from_slices(
        [grid.position(k) for k in range(40) if k not in LOST],
        [1, 0, 0],
        [0, 1, 0],
        rows=16,
        columns=20,
        row_spacing_mm=grid.row_spacing_mm,
        column_spacing_mm=grid.column_spacing_mm,
    )
    assert ours.missing_slices == LOST
    mask = SimpleITK.GetImageFromArray((pixels > 20).astype(np.uint8))
    mask.SetSpacing(ours.spacing_mm[::-1])
    mask.SetOrigin(ours.slice_origins[0].tolist())
    SimpleITK.WriteImage(mask, str(tmp_path / "mask.nii.gz"))
    told = {"conversions": [{"masks": [{"grid": json.loads(grid_json(ours))}]}]}
    (tmp_path / "provenance.json").write_text(json.dumps(told))
    page = (project_folder() / "docs" / "acquisitions.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(compile(code, "acquisitions.md", "exec"), found)  # noqa: S102 - it is our own page
    voxels = SimpleITK.GetArrayFromImage(found["image"])
    expected = pixels.copy()
    expected[list(LOST)] = -1024
    assert np.array_equal(voxels, expected)
    assert found["stacked"].shape == (38, 16, 20)
    assert np.array_equal(found["stacked"][:, 0, 0], [k > 20 for k in range(40) if k not in LOST])
