"""The function of its README."""

from dcmrtstruct2nii import dcmrtstruct2nii


def convert(images: str, rt: str, out: str) -> None:
    dcmrtstruct2nii(rt, images, out, convert_original_dicom=False)
