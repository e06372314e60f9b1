"""A folder with index, catalog, registry and masks, as an object."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rtstruct.errors import RtstructError, UsageError
from rtstruct.home import Home
from rtstruct.library.telling import told
from rtstruct.private import make_private
from rtstruct.progress import progress, silent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from os import PathLike

    import duckdb
    import pandas as pd

    from rtstruct.catalog.build import BuildResult, Source, Target
    from rtstruct.conversion.planning.plan import Redo
    from rtstruct.export.run import ExportReport
    from rtstruct.index.run import IndexResult
    from rtstruct.library.volume import Mask
    from rtstruct.pipeline.convert import ConversionResult
    from rtstruct.progress import Progress

log = logging.getLogger("rtstruct")
log.addHandler(logging.NullHandler())


def home_of(folder: str | PathLike[str]) -> Home:
    """Return the layout of a folder, whatever the working directory is later."""
    return Home(Path(folder).expanduser().absolute())


def open(folder: str | PathLike[str] | None = None) -> Workspace:  # noqa: A001 - rtstruct.open
    """Open a folder of local state, by default that of ``RTSTRUCT_HOME``; nothing is written yet.

    Raises
    ------
    UsageError
        The path is one that DuckDB or dbt would misread.
    """
    return Workspace(Home.from_environment() if folder is None else home_of(folder))


@dataclass(frozen=True)
class Workspace:
    """Index, catalog, registry, rules and masks in one folder: what the command line works on."""

    home: Home

    @property
    def folder(self) -> Path:
        """Where all of it is."""
        return self.home.root

    def index(
        self, paths: str | PathLike[str] | Iterable[str | PathLike[str]], *, show: bool = False
    ) -> IndexResult:
        """Bring the index up to date with folders, files or archives of DICOM.

        Parameters
        ----------
        show
            Whether to show progress on standard error, or as a bar in a notebook.

        Raises
        ------
        UsageError
            A path does not exist.
        RtstructError
            ``index_in_use``, ``cannot_write``, ``not_an_index``.
        """
        from os import PathLike

        from rtstruct.index.run import index_paths

        some = [paths] if isinstance(paths, str | PathLike) else list(paths)
        make_private(self.folder)
        return index_paths(
            [Path(path).expanduser() for path in some], self.home.dicom_all, _shown(show)
        )

    def build(
        self, *, source: Source = "dicom", target: Target = "duckdb", **variables: Any
    ) -> BuildResult:
        """Make the catalog from the index with dbt; ``variables`` are dbt's.

        Raises
        ------
        RtstructError
            ``build_failed``, with the first problem.
        """
        from rtstruct.pipeline.build import build

        result = build(self.home, target=target, source=source, variables=variables or None)
        if result.problems:
            raise RtstructError("build_failed", result.problems[0])
        return result

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """Ask catalog and registry; returns a DuckDB relation: ``.df()``, ``.pl()``, ``.arrow()``.

        Marts go by their bare names, the registry's tables as ``registry.masks`` and so on. The
        answer is a copy: it holds no lock, and stays as it is.

        Raises
        ------
        UsageError
            There is no catalog, or the SQL is wrong or changes something.
        """
        from rtstruct.catalog.query import detached

        return detached(self.home, query)

    def convert(
        self,
        where: str,
        out: str | PathLike[str] | None = None,
        *,
        ids: Collection[str] | None = None,
        redo: Redo = "none",
        license: Literal["any", "commercial"] = "any",  # noqa: A002 - as on the command line
        workers: int | None = None,
        cluster: str | None = None,
        show: bool = False,
        **options: Any,
    ) -> ConversionResult:
        """Write masks of what a SQL condition selects; what is registered already is not redone.

        Parameters
        ----------
        where
            Condition on ROIs, their series and images, such as ``structure = 'Lung'``.
        out
            Folder of the masks; by default ``masks`` in the workspace.
        ids
            Only these patients, studies, series or instances.
        workers
            Processes; None for one per processor.
        options
            Fields of ``rtstruct.conversion.task.Options``: ``format``, ``layout``, ``reference``,
            ``resample``, ``coverage`` and so on.

        Raises
        ------
        UsageError
            There is no catalog, or the condition or an option is wrong.
        RtstructError
            The output cannot be written. What a ROI fails of is registered instead.
        """
        from rtstruct.conversion.planning.plan import Request
        from rtstruct.conversion.task import Options
        from rtstruct.pipeline.convert import convert, select

        try:
            chosen = Options(**options)
        except TypeError as error:
            known = ", ".join(Options.__dataclass_fields__)
            raise UsageError(f"unknown option: {error}", f"Options: {known}") from None
        folder = self.home.masks if out is None else Path(out).expanduser().absolute()
        request = Request(self.home.root, self.home.registry, folder, chosen, redo)
        selection, left_out = select(
            self.home, where, identifiers=ids, commercial=license == "commercial"
        )
        for name, count in sorted(left_out.items()):
            log.info("left out: %d structure sets under %s", count, name)
        return convert(
            request,
            selection,
            command="rtstruct.convert",
            parameters={"where": where, "redo": redo, **asdict(chosen)},
            workers=workers,
            cluster=cluster,
            progress=_shown(show),
        )

    def masks(
        self, where: str, *, ids: Collection[str] | None = None, show: bool = False
    ) -> Iterator[Mask]:
        """Yield the masks of what a SQL condition selects, one after the other.

        A mask that is registered on the image's own voxels is read from its file; any other is made
        in memory, and neither written nor registered. A ROI that gives none is told by a
        ``MissingMaskWarning``; what asks for a look at a mask before use by a
        ``DoubtfulMaskWarning``, once for each structure set and code: ``Mask.warnings`` has all.

        Parameters
        ----------
        ids
            Only these patients, studies, series or instances.

        Raises
        ------
        UsageError
            There is no catalog, or the condition is wrong.
        """
        from rtstruct.library.selected import masks_of

        yield from told(masks_of(self.home, where, ids, _shown(show)))

    def segments(
        self, where: str, *, ids: Collection[str] | None = None, show: bool = False
    ) -> Iterator[Mask]:
        """Yield segments of DICOM Segmentations as masks on the voxels of their images.

        Of a fractional one these are the voxels that are at least half inside. ``ROIName`` is the
        SegmentLabel, ``ROINumber`` the SegmentNumber, ``row`` that of the table ``segments``. A
        segment that is not on the voxels of an image here is told by a ``MissingMaskWarning``.

        Parameters
        ----------
        where
            Condition on the table ``segments``, such as ``structure = 'Lung'``.
        ids
            Only these patients, studies, series or instances.

        Raises
        ------
        UsageError
            There is no catalog, or the condition is wrong.
        """
        from rtstruct.library.segments import segments_of

        yield from told(segments_of(self.home, where, ids, _shown(show)))

    def compare(
        self,
        where: str = "true",
        *,
        on: str | None = None,
        tolerance_mm: float = 2.0,
        show: bool = False,
    ) -> pd.DataFrame:
        """Measure how converted masks of one image agree: a row of ``registry.agreements`` a pair.

        What was compared before is taken from the registry. A pair that cannot be compared has an
        ``error_code`` and a ``message``.

        Parameters
        ----------
        where
            Condition on pairs of masks a and b, such as ``a.structure = 'Heart'``.
        on
            What makes two masks on one image a pair; by default the same structure, side and class
            in two structure sets or by two engines.
        tolerance_mm
            Of the surface Dice.

        Raises
        ------
        UsageError
            There is no catalog or registry, or a condition is wrong.
        """
        import pandas as pd

        from rtstruct.catalog.mask_pairs import SAME_STRUCTURE
        from rtstruct.pipeline.compare import compare
        from rtstruct.registry.agreements import agreement_columns

        rows = compare(
            self.home,
            where,
            pairing=on or SAME_STRUCTURE,
            tolerance_mm=tolerance_mm,
            progress=_shown(show),
        )
        return pd.DataFrame(rows, columns=agreement_columns(self.home.registry))

    def export(
        self,
        where: str,
        out: str | PathLike[str],
        layout: Literal["nnunet", "monai", "pyradiomics"],
        *,
        source: Literal["rois", "segments"] = "rois",
        ids: Collection[str] | None = None,
        labels: str | PathLike[str] | None = None,
        overlap: Literal["error", "regions"] = "error",
        missing: Literal["drop", "empty"] = "drop",
        test_share: float = 0.0,
        workers: int | None = None,
        show: bool = False,
    ) -> ExportReport:
        """Write a training or analysis set of what a SQL condition selects; again to resume.

        Parameters
        ----------
        source
            What the condition selects: ROIs of structure sets, or segments of DICOM Segmentations.
        ids
            Only these patients, studies, series or instances.
        labels
            A CSV table of ``label``, ``name`` and, where names of ROIs decide, ``ROIName``; by
            default structure and side.
        overlap
            Labels that overlap are an error, or become nnU-Net's regions.
        missing
            A case that lacks a label is dropped, or has it empty.
        test_share
            Of the patients, from 0 to 1; the same ones in every export.
        workers
            Processes; None for one per processor.

        Raises
        ------
        UsageError
            There is no catalog, the condition or the table of labels is wrong, or nothing is left.
        RtstructError
            ``labels_overlap``, or the output cannot be written.
        """
        from rtstruct.export.run import Choices, export

        table = None if labels is None else Path(labels).expanduser().absolute()
        return export(
            self.home,
            where,
            Path(out).expanduser().absolute(),
            Choices(layout, source, table, overlap, missing, test_share),
            identifiers=ids,
            workers=workers,
            progress=_shown(show),
        )


def _shown(show: bool) -> Progress:
    return progress if show else silent
