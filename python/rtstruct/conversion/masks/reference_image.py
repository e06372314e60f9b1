"""The image itself, on the voxels of its masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.conversion.task import ReferenceImage
from rtstruct.write.formats import SUFFIXES
from rtstruct.write.masks import write_voxels

if TYPE_CHECKING:
    from rtstruct.conversion.masks.context import StructureSetContext


def write_reference(context: StructureSetContext) -> ReferenceImage:
    """Write the image of a structure set into the staging folder, in the format of the masks.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``image_not_decoded``, ``format_limit``.
    """
    grid, way = context.series.grid, context.resampling
    voxels = context.image_voxels[0]
    if way is not None:
        voxels, grid = way.image(voxels), way.target
    path = f"{context.work.output_folder}/image{SUFFIXES[context.options.format]}"
    digest = write_voxels(context.staging / path, voxels, grid, context.options.format)
    return ReferenceImage(path, digest)
