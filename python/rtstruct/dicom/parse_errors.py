"""What pydicom, what is built on it, and zipfile raise on damaged bytes: not one error each."""

import lzma
import struct
import tarfile
import zipfile
import zlib

from pydicom.errors import BytesLengthException

# RecursionError and NotImplementedError are RuntimeErrors, UnicodeError is a ValueError. OSError is
# what pydicom says of a tag that is missing: to be caught where nothing but memory is read.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BytesLengthException,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

# RuntimeError is of a member that is encrypted, or of a compression that Python does not have;
# OSError is what bz2 and gzip say of damage.
BAD_ARCHIVE = (
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
