"""Masks of other options in the same folder: they have the same names, and are not overwritten."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rtstruct.conversion.task import Options
from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rtstruct.conversion.planning.plan import Plan, Request

# What gives files of other names.
_PARTED_BY = {"format", "layout", "coverage"}
# What changes no voxel of a mask.
_HARMLESS = {"out", "reference"}


def refuse_overwriting(
    request: Request,
    plan: Plan,
    made_otherwise: Mapping[tuple[str, str | None, int | None, int], str],
) -> None:
    """Refuse a plan that would replace masks that were made with other options.

    Raises
    ------
    UsageError
        It would: the message names the options.
    """
    if not made_otherwise:
        return
    wanted = _readable(request.parameters)
    readable = {text: _readable(text) for text in set(made_otherwise.values())}
    sets: set[str] = set()
    differences: set[str] = set()
    for row in (row for rows in plan.batches for row in rows):
        image = (row.structure_set_key, row.referenced_SeriesInstanceUID, row.stack_number)
        for roi in row.rois:
            parameters = made_otherwise.get((*image, roi.ROINumber))
            there = wanted if parameters is None else readable[parameters]
            others = {name for name in there if there[name] != wanted.get(name)} - _HARMLESS
            if others and not others & _PARTED_BY:
                sets.add(row.structure_set_key)
                differences |= {f"{name} {json.dumps(there[name])}" for name in others}
    if sets:
        raise UsageError(
            f"{request.out} holds masks of {len(sets)} of these structure sets that were made with"
            f" other options ({', '.join(sorted(differences))}) and would be overwritten",
            request.if_in_the_way,
        )


def _readable(parameters: str) -> dict[str, Any]:
    """All options, those too that a version before this one did not know."""
    return {**json.loads(json.dumps(asdict(Options()))), **json.loads(parameters)}
