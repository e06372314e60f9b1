"""What one file or archive member may cost: above it, it is refused with a reason.

Far above what real data need; a file of a few kilobytes can ask for more memory than there is.
"""

from typing import Final

LARGEST_OBJECT: Final = 1 << 30
"""Bytes of a DICOM file that is read whole (a structure set), and of what is inflated."""
LARGEST_HEADER: Final = 1 << 28
"""Bytes before the pixel data of an image; one frame's functional groups take some 2 kB."""
LARGEST_UNUSUAL: Final = 1 << 26
"""Bytes of a damaged or unusual file that are handed to the slower, more lenient reader."""
LARGEST_ARCHIVE_RATIO: Final = 100
"""How many times its own size may come out of an archive, or LARGEST_OBJECT if that is more."""
