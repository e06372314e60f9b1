"""A DICOM file in Deflated Explicit VR Little Endian (PS3.5 section A.5), frame by frame.

pydicom writes this transfer syntax from pixels that are all in memory: gigabytes where each of many
segments has a byte a voxel.
"""

from __future__ import annotations

import struct
import zlib
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom import FileDataset

PIXEL_DATA = (0x7FE0, 0x0010)


def deflated(dataset: FileDataset, pixels: Iterable[bytes], length: int) -> bytes:
    """Return the file of a data set without pixels, and ``length`` bytes of these at its end."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset, write_file_meta_info
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    content = DicomBytesIO()
    content.write(bytes(128) + b"DICM")
    write_file_meta_info(content, dataset.file_meta)
    head = DicomBytesIO()
    head.is_little_endian, head.is_implicit_VR = True, False
    write_dataset(head, dataset)
    padding = length % 2
    kind = b"OB" if dataset.BitsAllocated == 8 else b"OW"
    head.write(struct.pack("<HH2sHI", *PIXEL_DATA, kind, 0, length + padding))
    compress = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    for part in chain([head.getvalue()], pixels, [bytes(padding)]):
        content.write(compress.compress(part))
    content.write(compress.flush())
    # The file has an even length too.
    return content.getvalue() + bytes(content.tell() % 2)
