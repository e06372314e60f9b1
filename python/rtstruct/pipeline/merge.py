"""Registries of shards into the one of a home, with what lies beside the masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.conversion.publish.attribution import write_attribution
from rtstruct.conversion.publish.provenance_json import write_sidecars
from rtstruct.conversion.publish.staging import publishing_into, remove_mask
from rtstruct.errors import UsageError
from rtstruct.registry.connection import create
from rtstruct.registry.export import export_for_catalog
from rtstruct.registry.merge import merge
from rtstruct.registry.provenance import conversions_with_masks
from rtstruct.registry.reader import output_roots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.home import Home


def merge_registries(home: Home, files: Sequence[Path], roots: Sequence[Path] = ()) -> int:
    """Add what other registries know, remove masks that newer ones replace; may be repeated.

    Masks may lie below ``home``, below output folders that it knows already, and below ``roots``.
    Returns the number of conversions merged.

    Raises
    ------
    UsageError
        A file is not there.
    RtstructError
        ``foreign_output``: masks lie elsewhere. ``database_unreadable``: a file is not a registry.
    """
    absent = [str(path) for path in files if not path.is_file()]
    if absent:
        raise UsageError(f"there is no registry at {', '.join(absent)}")
    create(home.registry)
    count = 0
    known = [home.root / root for root in output_roots(home.registry)]
    with publishing_into([*known, *roots]):
        for path in files:
            for connection, folders, replaced in merge(home.registry, path, home.root, roots):
                for mask in replaced:
                    remove_mask(home.root / mask)
                write_sidecars(home.root, folders, conversions_with_masks(connection, folders))
                count += len(folders)
    for root in output_roots(home.registry):
        write_attribution(home.registry, home.root, home.root / root)
    export_for_catalog(home.registry, home)
    return count
