"""Pseudonyms that only the holder of a key can make again: one for each patient, always."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS = 64
# Paths, whose folders are often named after patients, instance UIDs, and dates.
_PATH = re.compile(r"(?:[A-Za-z]:)?[/\\][^\s:;,'\"]*[/\\][^\s:;,'\"]*")
_UID = re.compile(r"\b\d+(?:\.\d+){5,}\b")
_DATE = re.compile(r"\b(?:19|20)\d{2}-?[01]\d-?[0-3]\d\b")


def scrubbed(text: str) -> str:
    """A message without paths, UIDs and dates."""
    for pattern, word in ((_PATH, "(path)"), (_UID, "(UID)"), (_DATE, "(date)")):
        text = pattern.sub(word, text)
    return text


@dataclass(frozen=True, repr=False)
class Pseudonyms:
    """Names that stand for others: HMAC-SHA256 (RFC 2104) of each under the key of the user."""

    key: bytes

    @property
    def fingerprint(self) -> str:
        """Tells keys apart, and says nothing about them."""
        return self._digest("key", "")[:8]

    def patient(self, PatientID: str) -> str:
        """The pseudonym of a PatientID, whatever study or collection it stands in."""
        return f"patient-{self._digest('PatientID', PatientID)[:16]}"

    def collection(self, collection_id: str) -> str:
        """The pseudonym of a collection: folders that it is named after may name patients."""
        return f"collection-{self._digest('collection_id', collection_id)[:8]}"

    def uid(self, uid: str) -> str:
        """The pseudonym of a UID, below the root for UUIDs (PS3.5 section B.2)."""
        digest = bytes.fromhex(self._digest("UID", uid))[:16]
        return f"2.25.{UUID(bytes=digest, version=4).int}"

    def _digest(self, kind: str, text: str) -> str:
        message = f"{kind}|{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, sha256).hexdigest()


def read_key(path: Path) -> Pseudonyms:
    """Read the key in a file, which is made with a new one if it is not there (mode 600).

    Raises
    ------
    UsageError
        The file cannot be read or written, others can read it, or it holds no key.
    """
    try:
        # Made by us alone, or not at all: two commands must not make two keys.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise UsageError(f"cannot write the key {path}: {error.strerror}") from None
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_DIGITS // 2) + "\n")
            file.flush()
            os.fsync(descriptor)
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(_DIGITS + 2).decode("ascii", "replace").strip()
    except OSError as error:
        raise UsageError(f"cannot read the key {path}: {error.strerror}") from None
    if mode & 0o077:
        raise UsageError(
            f"others may read the key {path} (mode {mode:o})",
            "Who has it can tell the patients: run `chmod 600` on it, or make a new one",
        )
    if not re.fullmatch(rf"[0-9a-f]{{{_DIGITS}}}", text):
        raise UsageError(
            f"{path} holds no key of {_DIGITS} hexadecimal digits",
            "Name a file that is not there yet: a key is written into it",
        )
    return Pseudonyms(bytes.fromhex(text))
