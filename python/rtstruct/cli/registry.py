"""Registries of shards into the one in RTSTRUCT_HOME."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.errors import UsageError
from rtstruct.home import Home

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    merge = actions.add_parser("merge", help="add what other registries know; may be repeated")
    merge.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="such as shards/*.duckdb"
    )


def run(arguments: argparse.Namespace) -> int:
    """Merge, and remove masks that newer ones have replaced."""
    from rtstruct.conversion.publish.attribution import write_attribution
    from rtstruct.conversion.publish.provenance_json import write_sidecars
    from rtstruct.conversion.publish.staging import remove_mask
    from rtstruct.registry.connection import create
    from rtstruct.registry.export import export_rois
    from rtstruct.registry.merge import merge
    from rtstruct.registry.provenance import conversions_with_masks
    from rtstruct.registry.reader import output_roots

    home = Home.from_environment()
    absent = [str(path) for path in arguments.files if not path.is_file()]
    if absent:
        raise UsageError(f"there is no registry at {', '.join(absent)}")
    create(home.registry)
    count = 0
    for path in arguments.files:
        for connection, folders, replaced in merge(home.registry, path):
            for mask in replaced:
                remove_mask(home.root / mask)
            write_sidecars(home.root, folders, conversions_with_masks(connection, folders))
            count += len(folders)
    for root in output_roots(home.registry):
        write_attribution(home.registry, home.root, home.root / root)
    export_rois(home.registry, home.registry_rois)
    print(f"{count} conversions from {len(arguments.files)} registries in {home.registry}")
    return 0
