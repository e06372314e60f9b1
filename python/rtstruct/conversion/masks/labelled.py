"""A mask on its way into a file that it shares with others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rtstruct.conversion.masks.context import StructureSetContext
    from rtstruct.conversion.masks.roi import UnwrittenMask


class Labelled(NamedTuple):
    """A mask without a file, and the structure set it comes from."""

    made: UnwrittenMask
    context: StructureSetContext

    @property
    def key(self) -> tuple[str, int]:
        """structure_set_key and ROINumber: the order of labels, whatever that of the files."""
        return self.context.work.structure_set_key, self.made.facts.ROINumber
