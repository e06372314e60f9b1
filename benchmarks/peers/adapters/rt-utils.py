"""Arrays as its README has them, on the image that SimpleITK reads."""

import sys

import numpy as np
import SimpleITK
from rt_utils import RTStructBuilder


def convert(images: str, rt: str, out: str) -> None:
    structures = RTStructBuilder.create_from(dicom_series_path=images, rt_struct_path=rt)
    grid = SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(images))
    for name in structures.get_roi_names():
        try:
            mask = structures.get_roi_mask_by_name(name)  # (row, column, slice)
            image = SimpleITK.GetImageFromArray(np.moveaxis(mask, 2, 0).astype(np.uint8))
            image.CopyInformation(grid)
            SimpleITK.WriteImage(image, f"{out}/{name}.nii.gz")
        except Exception as error:
            print(f"ERROR {name}: {error}", file=sys.stderr)
