"""Where the buckets are: Amazon, their twins at Google, or a mirror that speaks S3."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

VARIABLE: Final = "RTSTRUCT_FETCH_FROM"
AMAZON: Final = "https://s3.us-east-1.amazonaws.com"
GOOGLE: Final = "https://storage.googleapis.com"

# Google speaks S3 too; these buckets have another name there (others have the same).
_GOOGLE_BUCKETS: Final = {
    "idc-open-data-two": "idc-open-idc1",
    "idc-open-data-cr": "idc-open-cr",
}


@dataclass(frozen=True)
class Endpoint:
    """What serves the buckets of IDC to anybody: an address, or a folder with all their series."""

    address: str
    patience_s: float = 30.0
    """For a connection, and between two pieces of an answer."""

    @classmethod
    def named(cls, name: str | None) -> Endpoint:
        """The place ``aws``, ``google``, an http(s) address or a folder; else the environment's.

        Raises
        ------
        UsageError
            It is none of these.
        """
        name = name or cls.default()
        address = {"aws": AMAZON, "google": GOOGLE}.get(name, name)
        if (place := cls(address.rstrip("/"))).is_remote:
            return place
        if Path(name).is_dir():
            return cls(str(Path(name).absolute()))
        raise UsageError(
            f"{name!r} is no place to fetch from", "Give aws, google, an address or a folder"
        )

    @property
    def is_remote(self) -> bool:
        """Whether it is reached over the network."""
        return self.address.startswith(("https://", "http://"))

    @staticmethod
    def default() -> str:
        """What the environment names."""
        return os.environ.get(VARIABLE) or "aws"

    def bucket(self, amazon_name: str) -> str:
        """What a bucket is called here."""
        if self.address == GOOGLE:
            return _GOOGLE_BUCKETS.get(amazon_name, amazon_name)
        return amazon_name

    def store(self, amazon_name: str) -> ObjectStore:
        """An open door to a bucket; no account is needed, and no credentials are looked for."""
        return _store(self.address, self.bucket(amazon_name), self.patience_s)


@lru_cache
def _store(address: str, bucket: str, patience_s: float) -> ObjectStore:
    from obstore.store import LocalStore, S3Store

    if not address.startswith("http"):
        return LocalStore(address)
    patience = timedelta(seconds=patience_s)
    return S3Store(
        bucket,
        endpoint=address,
        region="us-east-1",
        skip_signature=True,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": address.startswith("http://"),
            "connect_timeout": patience,
            "read_timeout": patience,
            # Of a whole answer: a large file over a slow line.
            "timeout": timedelta(hours=6),
        },
        # Retries are ours: they also cover an answer that breaks off, or is wrong.
        retry_config={"max_retries": 0},
    )
