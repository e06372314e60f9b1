"""The errors that a user can meet: each says what is wrong and what to do, under a stable code."""

import shlex
import sys

from rtstruct.codes import remedy


class RtstructError(Exception):
    """A problem that the user can mend.

    Parameters
    ----------
    code
        Row of ``seeds/codes.csv``; what the registry stores and what SQL can count.
    message
        One line that names the file or ROI and what is wrong with it.
    hint
        What to do about this very case; by default what the table says of the code.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self._hint = hint

    @property
    def hint(self) -> str:
        """What to do about it; empty if nothing can be done."""
        return remedy(self.code) if self._hint is None else self._hint

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        # What others say, DuckDB for one, has its full stop already.
        end = "" if self.message.endswith((".", "!", "?")) else "."
        return f"{self.message}{end} {self.hint}"

    def __reduce__(self) -> tuple[type["RtstructError"], tuple[str | None, ...]]:
        # Errors cross process borders; the default would pass one argument of three.
        return type(self), (self.code, self.message, self._hint)


class UsageError(RtstructError):
    """A wrong command line, or a command in the wrong order: exit code 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("usage", message, hint)

    def __reduce__(self) -> tuple[type["UsageError"], tuple[str, ...]]:
        return type(self), (self.message, self.hint)


def install(extra: str) -> str:
    """What to do where an optional package is absent: the pip of this very Python."""
    return f"Run `{shlex.quote(sys.executable)} -m pip install 'rtstruct[{extra}]'`"
