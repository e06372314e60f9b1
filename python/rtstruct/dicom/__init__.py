"""Reading DICOM: which files are DICOM, what an image series' grid is, what a structure set holds."""
