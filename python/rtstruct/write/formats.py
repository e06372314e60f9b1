"""Formats of masks whose voxels an affine places; ``seg``, DICOM's own, is none of them."""

from __future__ import annotations

SUFFIXES = {"nifti": ".nii.gz", "nrrd": ".nrrd", "mha": ".mha"}
"""How the name of a file ends, by format."""
