"""Folders of DICOM into one Parquet file in the shape of IDC's ``dicom_all``."""
