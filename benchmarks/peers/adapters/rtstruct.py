"""Our library, without a catalog."""

import sys
import warnings

import SimpleITK

import rtstruct


def convert(images: str, rt: str, out: str) -> None:
    warnings.simplefilter("always")
    structures = rtstruct.read_structure_set(rt)
    try:
        image = rtstruct.read_image_series(images)
    except rtstruct.RtstructError as several:
        if several.code != "several_series":
            raise SystemExit(f"ERROR {several}") from None
        image = rtstruct.read_image_series(images, *structures.referenced_series)
    for roi in structures.rois:
        try:
            mask = roi.mask(image)
            SimpleITK.WriteImage(mask.to_sitk(), f"{out}/{roi.ROIName}.nii.gz")
            if mask.notes:
                print(f"NOTE {roi.ROIName}: {', '.join(mask.notes)}", file=sys.stderr)
        except rtstruct.RtstructError as error:
            print(f"ERROR {roi.ROIName}: {error}", file=sys.stderr)
