"""Whether a mask is right, and if not, whether who reads the output knows it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nibabel
import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from pathlib import Path

    from cases import Case, Truth

DICE, VOLUME = 0.95, 0.05
SIGNS = ("error", "warn", "skip", "fail", "note", "cannot", "not found", "ignor", "missing")
# A pixel and its eight neighbours in the slice, of an array (i, j, k).
NEIGHBOURS = np.ones((3, 3, 1), dtype=bool)


@dataclass
class Verdict:
    """What one peer made of one case."""

    code: int
    wall_s: float
    """Of all cases of the run, as are processor seconds."""
    cpu_s: float
    peak_mb: float = 0.0
    verdicts: dict[str, str] = field(default_factory=dict)
    dice: list[float] = field(default_factory=list)
    volume: list[float] = field(default_factory=list)
    last_words: str = ""


def judge(verdict: Verdict, case: Case, out: Path, said: str) -> None:
    """Judge each ROI: ``right``, ``rim``, ``told`` or ``silent``, as the page explains them."""
    warned = verdict.code != 0 or any(sign in said.lower() for sign in SIGNS)
    verdict.last_words = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    files = {_plain(path.name.removesuffix(".nii.gz")): path for path in out.rglob("*.nii.gz")}
    for roi, truth in case.truth.items():
        path = files.get(_plain(roi)) or files.get("mask" + _plain(roi))
        image = nibabel.load(path) if path else None
        mask = None if image is None else np.asarray(image.dataobj).squeeze() > 0
        if mask is None or not mask.any():
            found = "right" if truth is None else ""
        elif truth is None:
            found = ""
        else:
            dice, error, is_rim = agreement(mask, image.affine, truth)
            verdict.volume.append(error)
            if dice is not None:
                verdict.dice.append(dice)
            is_right = abs(error) <= VOLUME and (dice is None or dice >= DICE)
            found = "right" if is_right else "rim" if is_rim else ""
        verdict.verdicts[roi] = found or ("told" if warned else "silent")


def agreement(
    mask: np.ndarray, affine: np.ndarray, truth: Truth
) -> tuple[float | None, float, bool]:
    """Dice where the truth has voxels, each centre looked up in space; share of volume too much;
    and whether all that differs is a rim of one pixel.
    """
    voxel_mL = abs(np.linalg.det(affine[:3, :3])) / 1000
    error = float(mask.sum() * voxel_mL / truth.volume_mL - 1)
    if truth.mask is None or truth.affine is None:
        shrunk, grown = (_rim(mask, change).sum() * voxel_mL for change in RIM)
        return None, error, bool(shrunk <= truth.volume_mL <= grown)
    indices = np.indices(truth.mask.shape).reshape(3, -1)
    to_mask = np.linalg.inv(affine) @ truth.affine
    at = np.rint(to_mask[:3, :3] @ indices + to_mask[:3, 3:]).astype(int)
    inside = np.all((at >= 0) & (at < np.array(mask.shape)[:, None]), axis=0)
    found = np.zeros(indices.shape[1], dtype=bool)
    found[inside] = mask[tuple(at[:, inside])]
    wanted = truth.mask.ravel()
    shrunk, grown = (_rim(truth.mask, change).ravel() for change in RIM)
    is_rim = not (found & ~grown).any() and not (shrunk & ~found).any()
    return float(2 * (found & wanted).sum() / (found.sum() + wanted.sum())), error, is_rim


RIM = (ndimage.binary_erosion, ndimage.binary_dilation)


def _rim(mask: np.ndarray, change) -> np.ndarray:
    return change(mask, NEIGHBOURS)


def _plain(name: str) -> str:
    """A name as every peer leaves it: some replace blanks, some write it in lower case."""
    return re.sub(r"[\W_]+", "", name.lower())
