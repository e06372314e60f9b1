"""What pydicom, and what is built on it, raise on damaged bytes: not one error each."""

import struct
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
