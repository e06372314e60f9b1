"""From DICOM radiotherapy structure sets to masks that one can trust."""

__version__ = "0.1.0"
