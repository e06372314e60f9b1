"""The function of its documentation."""

from platipy.dicom.io.rtstruct_to_nifti import convert_rtstruct


def convert(images: str, rt: str, out: str) -> None:
    convert_rtstruct(images, rt, prefix="", output_dir=out)
