"""From a worker's folder to published masks with rows, whatever is killed when.

A worker writes into ``<out>/.rtstruct-staging/<run>/<task>/`` and then, at once and whole,
``<task>.json`` beside it. The driver renames the masks into place, registers them in one
transaction, and removes both. So each task is in one of three states that a later start can tell
apart: without its JSON it never happened (rolled back), with it the three steps are done again
(rolled forward; each may be repeated), without either it is over.

Locks of the operating system tell abandoned folders from those of a driver that lives; they end
with the process that holds them.

Others may write into ``<out>`` too. A staging folder counts if it belongs to this user, and what it
says is confined to ``<out>``.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rtstruct.atomic_write import for_each, replace_by, sync_all, write_whole
from rtstruct.confined import confined, is_below
from rtstruct.conversion.identity import stored_path
from rtstruct.conversion.json_codec import decode, encode
from rtstruct.conversion.publish.provenance_json import write_sidecars
from rtstruct.conversion.publish.registry_rows import Run, rows_of
from rtstruct.conversion.task import Record
from rtstruct.errors import UsageError
from rtstruct.registry import writer
from rtstruct.registry.connection import create, reading, writing
from rtstruct.registry.provenance import conversions_with_masks
from rtstruct.write.file_names import table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rtstruct.conversion.task import ConversionTask, Outcome
    from rtstruct.registry.writer import ConversionRows

STAGING = ".rtstruct-staging"
_RUN = "run.json"
_LOCK = "lock"
_MUTEX = "mutex"
_REPLACED = "replaced.json"


def write_record(
    folder: Path, task_id: str, task: ConversionTask, outcomes: tuple[Outcome, ...]
) -> None:
    """Declare a task finished: from here on it will be published, by this driver or the next."""
    # The image's file names are most of a task and no longer needed.
    record = Record(replace(task, image_files=()), outcomes)
    # Synced with others before anything is done in its name; without power it never happened.
    replace_by(folder / f"{task_id}.json", encode(record))


@contextmanager
def publishing_into(folders: Iterable[Path]) -> Iterator[None]:
    """One process at a time renames into, registers of, or removes from output folders.

    Else one would remove as replaced what another has just renamed into place and is about to
    register. Folders that are not there need no lock.
    """
    with ExitStack() as stack:
        # In one order, so that two who want the same folders do not wait for each other.
        for folder in sorted({Path(os.path.realpath(each)) for each in folders}):
            if folder.is_dir() and os.access(folder, os.W_OK):
                _check_owner(folder / STAGING)
                stack.enter_context(_mutex(folder / STAGING))
        yield


def publish_each(
    run: Run, folder: Path, task_ids: Sequence[str]
) -> tuple[list[ConversionRows], int]:
    """Publish tasks together, or one by one where one of them stands in the way of the others.

    Returns
    -------
    list of ConversionRows
        What was registered.
    int
        Structure sets that cannot be: what is known of them breaks a rule of the registry. Their
        tasks are dropped.
    """
    with publishing_into([Path(run.out)]):
        return _publish_each(run, folder, task_ids)


def _publish_each(
    run: Run, folder: Path, task_ids: Sequence[str]
) -> tuple[list[ConversionRows], int]:
    import duckdb

    try:
        return publish(run, folder, task_ids), 0
    except (duckdb.ConstraintException, duckdb.ConversionException, TypeError, ValueError):
        if len(task_ids) > 1:
            parts = [_publish_each(run, folder, [task_id]) for task_id in task_ids]
            return [row for rows, _ in parts for row in rows], sum(lost for _, lost in parts)
    (task_id,) = task_ids
    path = folder / f"{task_id}.json"
    lost = 1
    # What cannot even be read has renamed nothing into place.
    with suppress(KeyError, TypeError, ValueError):
        outcomes = decode(Record, path.read_text(encoding="utf-8")).outcomes
        lost = len(outcomes)
        _withdraw(run, folder, [mask.path for each in outcomes for mask in each.masks])
    shutil.rmtree(folder / task_id, ignore_errors=True)
    path.unlink()
    return [], lost


def _withdraw(run: Run, folder: Path, paths: Sequence[str]) -> None:
    """Remove masks that were renamed into place, but not registered."""
    out, home = Path(run.out), Path(run.home)
    names = tuple(stored_path(home, out / path) for path in paths)
    write_whole(folder / _REPLACED, json.dumps(names))
    _remove_replaced(run, folder)


def publish(run: Run, folder: Path, task_ids: Sequence[str]) -> list[ConversionRows]:
    """Rename masks into place, register them in one transaction, tell of them, clean up.

    Returns
    -------
    list of ConversionRows
        What was registered.
    """
    out = Path(run.out)
    attempts: list[ConversionRows] = []
    touched: set[Path] = set()
    records = [folder / f"{task_id}.json" for task_id in task_ids]
    sync_all([*records, folder])
    for task_id in task_ids:
        record = decode(Record, (folder / f"{task_id}.json").read_text(encoding="utf-8"))
        for work in record.task.structure_sets:
            confined(out, work.output_folder)
        touched |= _rename_into_place(out, folder / task_id, record.outcomes)
        attempts.extend(rows_of(run, task_id, record.task, record.outcomes))
    sync_all(touched)
    folders = {attempt.conversion["output_folder"] for attempt in attempts}
    with writing(Path(run.registry)) as connection:
        if replaced := writer.register(connection, attempts):
            write_whole(folder / _REPLACED, json.dumps(replaced))
        known = conversions_with_masks(connection, folders)
    write_sidecars(Path(run.home), folders, known)
    _remove_replaced(run, folder)
    for_each(_remove_folder, [folder / task_id for task_id in task_ids])
    for path in records:
        path.unlink()
    return attempts


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _rename_into_place(out: Path, staged: Path, outcomes: Sequence[Outcome]) -> set[Path]:
    """Rename masks into place; returns the folders to sync."""
    touched: set[Path] = set()
    for outcome in outcomes:
        for mask in outcome.masks:
            source, target = confined(staged, mask.path), confined(out, mask.path)
            if target.parent not in touched:
                target.parent.mkdir(parents=True, exist_ok=True)
                touched.update(parent for parent in target.parents if parent.is_relative_to(out))
            if mask.label is not None and table_of(source).exists():
                table_of(source).replace(table_of(target))
            _move(source, target)
            if mask.reference is not None:
                image = mask.reference.path
                _move(confined(staged, image), confined(out, image))
    return touched


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except FileNotFoundError:
        # A driver before us got this far, or another mask of the same file.
        if not target.exists():
            raise


def _remove_replaced(run: Run, folder: Path) -> None:
    """Remove files whose rows an attempt has replaced; only those that no mask's row names."""
    note = folder / _REPLACED
    if not note.exists():
        return
    paths: tuple[str, ...] = ()
    # Nobody's note removes nothing.
    with suppress(IsADirectoryError, TypeError, ValueError):
        paths = decode(tuple[str, ...], note.read_text(encoding="utf-8"))
    with reading(Path(run.registry)) as connection:
        kept = set(writer.mask_paths(connection, paths))
    for path in paths:
        # The note may be older than the files: whoever wrote it, nothing else is removed.
        if path not in kept and is_below(file := Path(run.home) / path, [Path(run.out)]):
            remove_mask(file)
    if not note.is_dir():
        note.unlink()


def remove_mask(path: Path) -> None:
    """Remove a mask's file, and the table beside it if it is a label map."""
    path.unlink(missing_ok=True)
    table_of(path).unlink(missing_ok=True)


@contextmanager
def run_folder(run: Run) -> Iterator[Path]:
    """A staging folder of this run's own, locked while it is in use, gone afterwards.

    Raises
    ------
    UsageError
        The output folder cannot be written to.
    OSError
        There is no room.
    """
    base = Path(run.out) / STAGING
    folder = base / run.run_id
    _check_owner(base)
    try:
        with _mutex(base):
            folder.mkdir(mode=0o700)
            write_whole(folder / _RUN, encode(run))
            lock = (folder / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise  # no fault of whoever named the folder: it ends as a disk that fills up later
        raise UsageError(
            f"cannot write to {run.out}: {error.strerror}",
            "Give `rtstruct convert` another folder by --out, or choose another RTSTRUCT_HOME",
        ) from error
    try:
        yield folder
    finally:
        with _mutex(base):
            _finish(run, folder)
            lock.close()


def recover(home: Path, registry: Path, out: Path) -> None:
    """Finish, or undo, what killed drivers have left under ``out`` for this home and registry.

    Raises
    ------
    UsageError
        The staging folder belongs to somebody else.
    """
    base = out / STAGING
    if not base.is_dir():
        return
    _check_owner(base)
    with _mutex(base):
        for folder in sorted(path for path in base.iterdir() if path.is_dir()):
            note = folder / _RUN
            if not note.exists():
                # Killed while it was made: nothing can be in it.
                shutil.rmtree(folder)
                continue
            try:
                run = decode(Run, note.read_text(encoding="utf-8"))
            except (IsADirectoryError, KeyError, TypeError, ValueError):
                # Another version's, or nobody's.
                continue
            ours = (str(home), str(registry), str(out))
            if (run.home, run.registry, run.out) == ours and _is_abandoned(folder):
                create(registry)
                _finish(run, folder)


def _finish(run: Run, folder: Path) -> None:
    """Publish what is finished, drop what is not, remove the folder."""
    _remove_replaced(run, folder)
    task_ids = [path.stem for path in sorted(folder.glob("[0-9]*.json"))]
    for task_id in task_ids:
        # Rolled back if a file that was promised is gone, or another version wrote the record.
        with suppress(FileNotFoundError, IsADirectoryError, KeyError, TypeError, ValueError):
            _publish_each(run, folder, [task_id])
    # A worker that outlives its driver by an instant may still be writing.
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)


def _check_owner(base: Path) -> None:
    if base.is_symlink() or (base.is_dir() and base.stat().st_uid != os.geteuid()):
        raise UsageError(
            f"{base} belongs to somebody else",
            "What it says would be done in your name: choose another folder, by --out of"
            " `rtstruct convert` or RTSTRUCT_HOME",
        )


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _mutex(base: Path) -> Iterator[None]:
    """One process at a time makes, recovers or removes folders; the last one removes ``base``."""
    while True:
        base.parent.mkdir(parents=True, exist_ok=True)
        base.mkdir(mode=0o700, exist_ok=True)
        # Whoever held it before us may have removed it, and the folder.
        with suppress(FileNotFoundError):
            stream = (base / _MUTEX).open("a")
            fcntl.flock(stream, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(stream.fileno()), (base / _MUTEX).stat()):
                break
            stream.close()
    try:
        yield
    finally:
        if sorted(path.name for path in base.iterdir()) == [_MUTEX]:
            (base / _MUTEX).unlink()
            base.rmdir()
        stream.close()
