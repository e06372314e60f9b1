"""The pure core: points in millimetres and a grid in, voxels and volumes out.

No DICOM, no files, no logging. Axes are named in every signature; arrays of voxels are
(slice, row, column).
"""
