"""Masks that share a file: a label map, a fourth axis, or DICOM segments."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from rtstruct.conversion.masks.labelled import Labelled
from rtstruct.conversion.masks.roi import failed
from rtstruct.conversion.task import Mask
from rtstruct.errors import RtstructError
from rtstruct.geometry.labels import label_map, overlaps
from rtstruct.write.formats import SUFFIXES
from rtstruct.write.masks import write_stack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.roi import ROIResult

    Part: TypeAlias = tuple[Sequence[ROIResult], StructureSetContext]


def write_combined_file(parts: Sequence[Part], number: int = 1) -> list[list[ROIResult]]:
    """Write the unwritten masks of structure sets on one stack as one file, numbered from 1.

    Parameters
    ----------
    parts
        The ROIs of each structure set, and what they share.
    number
        Of the file in its folder.

    Returns
    -------
    list of list of ROIResult
        The results of each part with their masks written; failed if no file can hold them.
    """
    ordered = sorted(
        (
            Labelled(result.unwritten, context)
            for results, context in parts
            for result in results
            if result.unwritten is not None
        ),
        key=lambda each: each.key,
    )
    if not ordered:
        return [list(results) for results, _ in parts]
    try:
        path, digest = _write(ordered, number)
    except RtstructError as error:
        return [[_failed(result, error) for result in results] for results, _ in parts]
    labels = {each.key: label for label, each in enumerate(ordered, 1)}
    shared = _shared_between_sets(ordered) if len(parts) > 1 else Counter()

    def written(result: ROIResult, context: StructureSetContext) -> ROIResult:
        if result.unwritten is None:
            return result
        label = labels[Labelled(result.unwritten, context).key]
        facts = result.unwritten.facts
        if shared[label]:
            told = f"overlaps_other_set: voxels shared with other structure sets: {shared[label]}"
            facts = replace(facts, notes=(*facts.notes, told))
        return replace(result, mask=Mask.of(facts, path, digest, label), unwritten=None)

    return [[written(result, context) for result in results] for results, context in parts]


def _failed(result: ROIResult, error: RtstructError) -> ROIResult:
    if result.unwritten is None:
        return result
    return failed(result.unwritten.facts.ROINumber, result.unwritten.facts.ROIName, error)


def _shared_between_sets(ordered: Sequence[Labelled]) -> Counter[int]:
    """Voxels that each label shares with labels of other structure sets, pair by pair."""
    shared: Counter[int] = Counter()
    for one, other, count in overlaps([each.made.voxels for each in ordered]):
        if ordered[one - 1].key[0] != ordered[other - 1].key[0]:
            shared[one] += count
            shared[other] += count
    return shared


def _write(ordered: Sequence[Labelled], number: int) -> tuple[str, str]:
    """Path, relative to the staging folder, and SHA-256 of the file."""
    context = ordered[0].context
    options = context.options
    folder = context.work.output_folder
    suffix = f"-{number}" if number > 1 else ""
    if options.format == "seg":
        from rtstruct.conversion.masks.dicom_seg import write_segments

        path = f"{folder}/segmentation{suffix}.dcm"
        digest = write_segments(ordered, context.staging / path)
        if options.layout == "labelmap":
            from rtstruct.conversion.masks.label_map import write_table

            labels = label_map([each.made.voxels for each in ordered])
            write_table(ordered, context.staging / path, digest, labels)
        return path, digest
    if options.layout == "labelmap":
        from rtstruct.conversion.masks.label_map import write_label_map

        path = f"{folder}/labels{suffix}{SUFFIXES[options.format]}"
        return path, write_label_map(ordered, context.staging / path)
    path = f"{folder}/masks{suffix}{SUFFIXES[options.format]}"
    voxels = [each.made.voxels for each in ordered]
    return path, write_stack(context.staging / path, voxels, ordered[0].made.grid)
