"""Reading DICOM: what a file is, an image series' grid, the contours of a structure set."""
