"""A dask cluster gives what one process gives, byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dask import config
from distributed import LocalCluster

from rtstruct.conversion.planning.plan import Request
from rtstruct.conversion.run.cluster import dask as on_dask
from rtstruct.conversion.run.driver import execute, from_catalog, plan_request
from rtstruct.conversion.task import Options
from rtstruct.errors import UsageError
from rtstruct.home import Home
from support.command import Command
from support.doubles import obedient
from support.phantoms import phantoms
from support.workspace import Road, Sketch, write_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    # Each death costs dask the seconds of a new worker: one is enough to blame a task.
    with (
        config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
    ):
        yield local


def convert_on(cluster: LocalCluster, road: Road) -> None:
    request = Request(road.home.root, road.home.registry, road.out, Options())
    selection = from_catalog(road.home.catalog, "true")
    with on_dask(cluster.scheduler_address, obedient) as runner:
        execute(
            request,
            selection,
            plan_request(request, selection),
            command="convert",
            parameters="{}",
            runner=runner,
        )


def test_the_same_masks_as_one_process(cluster: LocalCluster, road: Road) -> None:
    names = ["Lung", "point", "fail", "empty"]
    road.catalog(
        *(Sketch(f"s{n:02d}", names, image=f"image-{n}") for n in range(20)),
        Sketch("c", ["x"], None, "no_reference"),
    )
    road.convert(workers=1)
    state, files = road.state(), road.files()
    road.home.registry.unlink()
    shutil.rmtree(road.out)
    convert_on(cluster, road)
    assert road.state() == state
    assert road.files() == files
    road.check_whole()


def test_convert_and_retry_by_the_command(cluster: LocalCluster, tmp_path: Path) -> None:
    sketches = phantoms(tmp_path / "dicom", 3, voxels=12)
    one, other = Command(Home(tmp_path / "one")), Command(Home(tmp_path / "other"))
    for command in (one, other):
        write_catalog(command.home, sketches)
    assert one.run("convert", "--where", "true", "--workers", "1")[0] == 0

    damaged = Path(sketches[0].file_path)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:2000])
    there = ("--cluster", cluster.scheduler_address)
    assert other.run("convert", "--where", "true", *there)[0] == 1
    damaged.write_bytes(whole)
    assert other.run("retry", *there)[0] == 0
    assert Road(other.home).files() == Road(one.home).files()


def test_a_bug_is_a_failure_with_its_message(cluster: LocalCluster, road: Road) -> None:
    road.catalog(Sketch("a", ["raise"]), Sketch("b", ["Lung"], image="image-2"))
    convert_on(cluster, road)
    assert road.sql("select count(*) from masks") == [(1,)]
    ((message,),) = road.sql("select message from roi_failures")
    assert "ZeroDivisionError: a bug" in message


def test_without_a_cluster_the_address_is_named(road: Road) -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:1"), on_dask("tcp://127.0.0.1:1"):
        pass


def test_a_worker_that_dies_costs_its_own_task_only(cluster: LocalCluster, road: Road) -> None:
    road.catalog(
        Sketch("a", ["die"]),
        *(Sketch(f"s{n}", ["Lung"], image=f"image-s{n}") for n in range(6)),
    )
    convert_on(cluster, road)
    assert road.sql("select count(*) from masks") == [(6,)]
    ((code, message),) = road.sql("select error_code, message from roi_failures")
    assert code == "worker_killed"
    assert "KilledWorker" in message
