"""The codes of findings, refusals, failures and notes, from ``seeds/codes.csv``.

The catalog reads the same file as a seed; docs/codes.md is written from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from rtstruct.seeds import read_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Code:
    """One row of ``seeds/codes.csv``."""

    code: str
    scope: str
    """What it is said of: file, structure_set, roi, image_series, mask, conversion, ..."""
    severity: str
    """``info``, ``warning`` or ``error``."""
    blocks_nifti: bool
    """Whether it stops masks as NIfTI, NRRD or MHA on the image's own grid."""
    blocks_resampled: bool
    """Whether it stops masks on another grid (``--resample``)."""
    blocks_seg: bool
    """Whether it stops a DICOM Segmentation."""
    meaning: str
    example: str
    why: str
    """Why it matters."""
    remedy: str
    """What to do about it."""


INCOMPLETE = (
    "clipped",
    "contour_offset",
    "images_left_out",
    "off_plane",
    "open",
    "outside_stack",
    "stack_left_out",
    "points_missing",
    "too_few_points",
    "unknown_type",
    "unreadable",
    "volume_lost",
    "voxels_differ",
)
"""Notes of masks that lack something: their conversion is ``partial``."""


def lacks(notes: Iterable[str]) -> bool:
    """Whether a mask with these notes lacks something."""
    return any(code_of(note) in INCOMPLETE for note in notes)


def code_of(note: str) -> str:
    """Of a note ``code: explanation``."""
    return note.partition(":")[0]


def warnings_among(found: Iterable[str]) -> set[str]:
    """Of codes those that ask for a look before use: no mere information."""
    known = codes()
    return {code for code in found if code not in known or known[code].severity != "info"}


@cache
def codes() -> Mapping[str, Code]:
    """All codes, in the order of the seed."""
    return {row["code"]: _code(row) for row in read_seed("codes")}


def remedy(code: str) -> str:
    """What to do about a code; empty for one that another version gave."""
    known = codes().get(code)
    return known.remedy if known else ""


def _code(row: Mapping[str, str]) -> Code:
    values: dict[str, Any] = {
        name: value == "true" if name.startswith("blocks_") else value
        for name, value in row.items()
    }
    return Code(**values)
