"""Affines of grids, from the grid itself or from the registry's JSON of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def affine_of(grid: str) -> NDArray[np.float64]:
    """Return the affine (4, 4) of a mask, see ``Volume``, from the registry's column ``grid``."""
    facts = json.loads(grid)
    affine = np.eye(4)
    affine[:3, :3] = np.array(facts["directions"]).T * np.array(facts["spacing_mm"])
    affine[:3, 3] = facts["origin_mm"]
    return affine
