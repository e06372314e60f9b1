"""All masks of a structure set in one file: a label map, a fourth axis, or DICOM segments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rtstruct.conversion.masks.roi import failed
from rtstruct.errors import RtstructError
from rtstruct.write.formats import SUFFIXES
from rtstruct.write.masks import write_stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.roi import ROIResult, UnwrittenMask


def write_combined_file(
    results: Sequence[ROIResult], context: StructureSetContext
) -> list[ROIResult]:
    """Write the unwritten masks of a structure set as one file, numbered from 1 by ROINumber.

    Returns
    -------
    list of ROIResult
        The results with their masks written; failed if no file can hold them.
    """
    unwritten = [result.unwritten for result in results if result.unwritten is not None]
    if not unwritten:
        return list(results)
    ordered = sorted(unwritten, key=lambda each: each.mask.ROINumber)
    try:
        path, digest = _write(ordered, context)
    except RtstructError as error:
        return [
            failed(result.unwritten.mask.ROINumber, result.unwritten.mask.ROIName, error)
            if result.unwritten is not None
            else result
            for result in results
        ]
    labels = {each.mask.ROINumber: label for label, each in enumerate(ordered, 1)}
    return [
        replace(
            result,
            mask=replace(
                result.unwritten.mask,
                staged_path=path,
                path=path,
                sha256=digest,
                label=labels[result.unwritten.mask.ROINumber],
            ),
            unwritten=None,
        )
        if result.unwritten is not None
        else result
        for result in results
    ]


def _write(ordered: Sequence[UnwrittenMask], context: StructureSetContext) -> tuple[str, str]:
    """Path, relative to the staging folder, and SHA-256 of the file."""
    options = context.options
    folder = context.work.output_folder
    if options.format == "seg":
        from rtstruct.conversion.masks.dicom_seg import write_segments

        path = f"{folder}/segmentation.dcm"
        return path, write_segments(ordered, context, context.staging / path)
    if options.layout == "labelmap":
        from rtstruct.conversion.masks.label_map import write_label_map

        path = f"{folder}/labels{SUFFIXES[options.format]}"
        return path, write_label_map(ordered, context.work, context.staging / path)
    path = f"{folder}/masks{SUFFIXES[options.format]}"
    voxels = [each.voxels for each in ordered]
    return path, write_stack(context.staging / path, voxels, ordered[0].grid)
