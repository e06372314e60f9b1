"""Warnings of the library: what of a selection has no mask, and which masks to look at."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from rtstruct.codes import code_of
from rtstruct.quoting import for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rtstruct.library.volume import Mask


class MissingMaskWarning(UserWarning):
    """A selected ROI gave no mask; the message has its code and reason."""


class DoubtfulMaskWarning(UserWarning):
    """A mask asks for a look before use; the message has the codes and reasons."""


class DoubtfulImageWarning(UserWarning):
    """An image may not be what its files were meant to be; the message has codes and reasons."""


def told(masks: Iterable[Mask | str]) -> Iterator[Mask]:
    """Yield the masks; warn, in the name of who asked for them, of what to look at and of none."""
    known: set[tuple[str, str]] = set()
    for mask in masks:
        if isinstance(mask, str):
            warnings.warn(mask, MissingMaskWarning, stacklevel=3)
            continue
        if text := doubts(mask, known):
            warnings.warn(text, DoubtfulMaskWarning, stacklevel=3)
        yield mask


def doubts(mask: Mask, known: set[tuple[str, str]]) -> str:
    """Why to look at a mask, as far as it is not ``known`` yet of its structure set; empty if not.

    Parameters
    ----------
    known
        SOPInstanceUID and code of what was told before; what is told now is added.
    """
    owner = str(mask.row.get("SOPInstanceUID"))
    new = [text for text in mask.warnings if (owner, code_of(text)) not in known]
    known.update((owner, code_of(text)) for text in new)
    if not new:
        return ""
    name = for_terminal(mask.ROIName)
    return f"look before use: ROI {mask.ROINumber} ({name}) of {owner}: {'; '.join(new)}"
