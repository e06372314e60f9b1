"""Its classes, a ROI at a time."""

import sys

import SimpleITK
from imgtools.coretypes import MedImage
from imgtools.coretypes.masktypes.structureset import RTStructureSet


def convert(images: str, rt: str, out: str) -> None:
    image = MedImage(
        SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(images))
    )
    structures = RTStructureSet.from_dicom(rt)
    columns, rows, slices = image.GetSize()
    for name in structures.roi_names:
        try:
            mask = structures.get_mask_ndarray(image, name, (slices, rows, columns, 1))
            made = SimpleITK.GetImageFromArray(mask.squeeze().astype("uint8"))
            made.CopyInformation(image)
            SimpleITK.WriteImage(made, f"{out}/{name}.nii.gz")
        except Exception as error:
            print(f"ERROR {name}: {error}", file=sys.stderr)
