"""All masks of a structure set in one file: a label map, a fourth axis, or DICOM segments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rtstruct.convert.roi import failed
from rtstruct.errors import RtstructError
from rtstruct.write.masks import SUFFIXES, write_stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtstruct.convert.roi import ROIResult, UnwrittenMask
    from rtstruct.convert.setting import Setting


def write_together(results: Sequence[ROIResult], setting: Setting) -> list[ROIResult]:
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
        path, digest = _write(ordered, setting)
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


def _write(ordered: Sequence[UnwrittenMask], setting: Setting) -> tuple[str, str]:
    """Path, relative to the staging folder, and SHA-256 of the file."""
    options = setting.options
    folder = setting.work.output_folder
    if options.format == "seg":
        from rtstruct.convert.segmentation import write_segments

        path = f"{folder}/segmentation.dcm"
        return path, write_segments(ordered, setting, setting.staging / path)
    if options.layout == "labelmap":
        from rtstruct.convert.labelmap import write_label_map

        path = f"{folder}/labels{SUFFIXES[options.format]}"
        return path, write_label_map(ordered, setting.work, setting.staging / path)
    path = f"{folder}/masks{SUFFIXES[options.format]}"
    voxels = [each.voxels for each in ordered]
    return path, write_stack(setting.staging / path, voxels, ordered[0].grid)
