"""A test of the test: the engine that judges our SQL refuses what BigQuery refuses."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from engines.dicom_all_rows import SCHEMA
from engines.googlesql import RefusedError
from engines.googlesql_values import columns_of

if TYPE_CHECKING:
    from engines.googlesql import GoogleSQL

DICOM_ALL = ("bigquery-public-data", "idc_test", "dicom_all")
T = f"`{'.'.join(DICOM_ALL)}`"

WRONG = (
    # names
    f"select NoSuch from {T}",
    f"select r.RoiNme from {T}, unnest(StructureSetROISequence) r",
    f"select StructureSetROISequence.ROIName from {T}",
    "select * from `p.d.nope`",
    "select a from (select 1 a) cross join unnest([1]) as t(b)",
    f"select * from {T} a join {T} b using (nope)",
    # types
    f"select 1 from {T} where PatientID = 1",
    f"select 1 from {T} where instance_size = 'x'",
    f"select sum(r.ROINumber) from {T}, unnest(StructureSetROISequence) r",
    "select string_agg('a', 1)",
    "select if('x', 1, 2)",
    "select coalesce(1, 'a')",
    "select case when true then 1 else 'a' end",
    "select 1 union all select 'a'",
    "select x from unnest([1, 'a']) x",
    f"select SeriesInstanceUID, count(*) from {T} group by StudyInstanceUID",
    "select array(select v from unnest(array_agg(x)) v) from unnest([1]) x",
    # DuckDB's dialect
    "select list_distinct([1])",
    "select list_filter([1], x -> x > 0)",
    "select regexp_matches('a', 'a')",
    "select regexp_replace('a', 'a', 'b', 'g')",
    "select strip_accents('a')",
    "select len('a')",
    "select try_cast('1' as int64)",
    "select '1'::int64",
    "select cast(1 as varchar)",
    f"select unnest(StructureSetROISequence) from {T}",
    f"select * exclude (Modality) from {T}",
    "select date_diff('month', date '2020-01-01', date '2020-02-01')",
)


@pytest.mark.parametrize("sql", WRONG)
def test_wrong_sql_is_refused(googlesql: GoogleSQL, sql: str) -> None:
    googlesql.add_rows(DICOM_ALL, columns_of(SCHEMA), ())
    with pytest.raises(RefusedError):
        googlesql.analyse(sql)


def test_a_bad_regular_expression_is_refused_when_it_meets_a_row(googlesql: GoogleSQL) -> None:
    with pytest.raises(RefusedError, match="regular expression"):
        googlesql.evaluate("select regexp_contains('a', r'(?=a)')")


def test_values_come_back_as_they_went_in(googlesql: GoogleSQL) -> None:
    table = ("p", "d", "values_of_every_type")
    fields = {
        "s": "STRING",
        "i": "INTEGER",
        "f": "FLOAT",
        "b": "BOOLEAN",
        "d": "DATE",
        "t": "TIME",
        "dt": "DATETIME",
        "ts": "TIMESTAMP",
    }
    members = [{"name": name, "type": kind} for name, kind in fields.items()]
    schema = [{"name": "nested", "type": "RECORD", "mode": "REPEATED", "fields": members}]
    given = {
        "s": "'Größe\" \\ 心",
        "i": -(2**62),
        "f": 0.1,
        "b": False,
        "d": "1899-12-31",
        "t": "23:59:59.250000",
        "dt": "2024-02-29T01:02:03.500000",
        "ts": "2024-02-29T01:02:03+00:00",
    }
    googlesql.add_rows(table, columns_of(schema), [{"nested": [given, {}]}, {}])

    rows = googlesql.evaluate("select nested from `p`.`d`.`values_of_every_type`").rows

    expected = {
        **given,
        "d": dt.date(1899, 12, 31),
        "t": dt.time(23, 59, 59, 250000),
        "dt": dt.datetime(2024, 2, 29, 1, 2, 3, 500000),  # noqa: DTZ001 DATETIME has no zone
        "ts": dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC),
    }
    assert rows == [{"nested": [expected, dict.fromkeys(fields)]}, {"nested": []}]
