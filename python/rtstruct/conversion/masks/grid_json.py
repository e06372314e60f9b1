"""Where the voxels of a mask are, in words that outlive its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from rtstruct.geometry.grid import ImageGrid


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
