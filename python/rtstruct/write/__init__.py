"""Masks into files: NIfTI, NRRD, MetaImage; names made safe."""
