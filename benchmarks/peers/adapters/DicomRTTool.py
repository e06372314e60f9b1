"""Masks of all ROIs as its README has them, one file each."""

from pathlib import Path

import numpy as np
import SimpleITK
from DicomRTTool.ReaderWriter import DicomReaderWriter


def convert(images: str, rt: str, out: str) -> None:
    reader = DicomReaderWriter(description="all", arg_max=False, require_all_contours=False)
    # It takes one folder: structure set and images lie in one.
    reader.walk_through_folders(str(Path(rt).parent))
    names = reader.return_rois(print_rois=False)
    reader.set_contour_names_and_associations(contour_names=names)
    reader.set_index(reader.indexes_with_contours[0])
    reader.get_images_and_mask()
    for n, name in enumerate(names, 1):
        image = SimpleITK.GetImageFromArray(
            np.ascontiguousarray(reader.mask[..., n]).astype(np.uint8)
        )
        image.CopyInformation(reader.dicom_handle)
        SimpleITK.WriteImage(image, f"{out}/{name}.nii.gz")
