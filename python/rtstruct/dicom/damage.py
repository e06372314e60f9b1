"""What pydicom, and what is built on it, raise on damaged files."""

from pydicom.errors import BytesLengthException

# NotImplementedError is a RuntimeError, UnicodeError a ValueError.
DAMAGE = (AttributeError, BytesLengthException, LookupError, RuntimeError, TypeError, ValueError)
