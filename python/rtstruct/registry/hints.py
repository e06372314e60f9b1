"""What a user can do about each way to fail."""

HINTS = {
    "contours_left_out": "Look at `notes` in registry.masks: some contours could not be used",
    "empty_roi": "Nothing was drawn",
    "frame_of_reference_mismatch": "Index the images of this frame of reference, or register first",
    "image_absent": "Index the folder that holds the referenced images, then `rtstruct build`",
    "invalid_dicom": "The file is damaged: copy or download it again",
    "invalid_geometry": "The image headers lack a usable position or orientation",
    "irregular_spacing": "The slices are uneven: convert with --resample, or use another image",
    "no_contours": "Nothing was drawn in this structure set",
    "no_images": "Index the folder that holds the referenced images, then `rtstruct build`",
    "no_reference": "The structure set names no image series that is in the catalog",
    "no_usable_contour": "Its contours enclose nothing on this image's slices",
    "not_dicom": "Not a DICOM file any longer: restore it, then index again",
    "open_contours": "Its contours are open lines: there is nothing to fill",
    "outside_image": "It lies wholly outside the image",
    "plastimatch_failed": "Convert it with --engine native",
    "plastimatch_no_mask": "Plastimatch leaves these contours out: convert it with --engine native",
    "plastimatch_other_grid": "Plastimatch cannot place this series: convert with --engine native",
    "tilted_gantry": "The gantry was tilted: convert with --resample, or use another image",
    "too_many_voxels": "Convert with --resample and a larger spacing",
    "truncated_file": "The file is cut short: copy or download it again",
    "unreadable_file": "Make the file readable, then `rtstruct retry`",
    "worker_killed": "Often too little memory: `rtstruct retry`, and convert with --workers 1",
}
"""One sentence by error code; a code that is absent explains itself in its message."""
