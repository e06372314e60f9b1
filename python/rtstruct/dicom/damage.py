"""What pydicom, and what is built on it, raise on damaged bytes: they have no error for that."""

import struct
import zlib

from pydicom.errors import BytesLengthException

# RecursionError and NotImplementedError are RuntimeErrors, UnicodeError is a ValueError.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BytesLengthException,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
