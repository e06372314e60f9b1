"""Where the voxels of a mask are, in words that outlive its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.errors import RtstructError
from rtstruct.geometry.grid import ImageGrid, affine_of

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


def grid_json(grid: ImageGrid) -> str:
    """JSON of where the voxels are: axes i (column), j (row), k (slice), patient coordinates."""
    facts: dict[str, Any] = {
        "kind": grid.kind,
        "size_ijk": list(grid.shape[::-1]),
        "spacing_mm": list(grid.spacing_mm[::-1]),
        "directions": [
            axis.tolist() for axis in (grid.row_direction, grid.column_direction, grid.normal)
        ],
        "origin_mm": grid.slice_origins[0].tolist(),
    }
    if grid.missing_slices:
        facts["missing_slices"] = list(grid.missing_slices)
    return json.dumps(facts)


def grid_from_json(text: str) -> ImageGrid:
    """Return the grid that ``grid_json`` wrote.

    Raises
    ------
    RtstructError
        ``unknown_grid``: the text is something else, or its slices are not evenly spaced.
    """
    try:
        facts = json.loads(text)
        columns, rows, slices = (int(size) for size in facts["size_ijk"])
        spacing = [float(size) for size in facts["spacing_mm"]]
        row, column, normal = (np.array(axis, dtype=float) for axis in facts["directions"])
        origin = np.array(facts["origin_mm"], dtype=float)
        grid = ImageGrid(
            shape=(slices, rows, columns),
            spacing_mm=(spacing[2], spacing[1], spacing[0]),
            row_direction=row,
            column_direction=column,
            slice_origins=origin + np.outer(np.arange(slices) * spacing[2], normal),
            kind=facts["kind"],
            missing_slices=tuple(facts.get("missing_slices", ())),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise RtstructError("unknown_grid", "the registry does not say where voxels are") from error
    if not grid.is_affine:
        raise RtstructError("unknown_grid", "slices are not evenly spaced: no file can hold them")
    return grid


def affine_from_json(text: str) -> NDArray[np.float64]:
    """Return the affine (4, 4), see ``Volume``, of the grid that ``grid_json`` wrote."""
    facts = json.loads(text)
    return affine_of(facts["directions"], facts["spacing_mm"], facts["origin_mm"])
