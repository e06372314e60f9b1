"""BigQuery's types and Python values, in and out of GoogleSQL's protocol buffers."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING, Any

from zetasql.wasi._pb2.zetasql.public import type_pb2 as types
from zetasql.wasi._pb2.zetasql.public.type_pb2 import TypeProto

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zetasql.wasi._pb2.zetasql.public.value_pb2 import ValueProto

EPOCH = dt.date(1970, 1, 1)

# The spellings of a table's schema in BigQuery's JSON.
KINDS = {
    "STRING": types.TYPE_STRING,
    "INTEGER": types.TYPE_INT64,
    "FLOAT": types.TYPE_DOUBLE,
    "BOOLEAN": types.TYPE_BOOL,
    "DATE": types.TYPE_DATE,
    "TIME": types.TYPE_TIME,
    "DATETIME": types.TYPE_DATETIME,
    "TIMESTAMP": types.TYPE_TIMESTAMP,
}

# Names that BigQuery takes for types in SQL and the engine does not know by itself.
ALIASES = {
    **dict.fromkeys(("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT"), types.TYPE_INT64),
    "BYTEINT": types.TYPE_INT64,
    "DECIMAL": types.TYPE_NUMERIC,
    "BOOLEAN": types.TYPE_BOOL,
}


def columns_of(schema: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, TypeProto], ...]:
    """Columns of a table from BigQuery's JSON schema."""
    return tuple((field["name"], type_of(field)) for field in schema)


def type_of(field: Mapping[str, Any]) -> TypeProto:
    """One field of BigQuery's JSON schema, nested and repeated ones included."""
    result = TypeProto()
    if field.get("mode") == "REPEATED":
        result.type_kind = types.TYPE_ARRAY
        result.array_type.element_type.CopyFrom(type_of({**field, "mode": "NULLABLE"}))
    elif field["type"] == "RECORD":
        result.type_kind = types.TYPE_STRUCT
        for member in field["fields"]:
            entry = result.struct_type.field.add(field_name=member["name"])
            entry.field_type.CopyFrom(type_of(member))
    else:
        result.type_kind = KINDS[field["type"]]
    return result


def to_value(value: Any, value_type: TypeProto, out: ValueProto) -> None:
    """Write a Python value (dates and times may be ISO text) into `out`."""
    kind = value_type.type_kind
    if kind == types.TYPE_ARRAY:
        # BigQuery stores no null arrays: they come back empty.
        out.array_value.SetInParent()
        for element in value or []:
            to_value(element, value_type.array_type.element_type, out.array_value.element.add())
    elif value is None:
        return
    elif kind == types.TYPE_STRUCT:
        out.struct_value.SetInParent()
        for field in value_type.struct_type.field:
            to_value(value.get(field.field_name), field.field_type, out.struct_value.field.add())
    elif kind == types.TYPE_STRING:
        out.string_value = value
    elif kind == types.TYPE_INT64:
        out.int64_value = int(value)
    elif kind == types.TYPE_DOUBLE:
        out.double_value = float(value)
    elif kind == types.TYPE_BOOL:
        out.bool_value = value
    elif kind == types.TYPE_DATE:
        out.date_value = (dt.date.fromisoformat(value) - EPOCH).days
    elif kind == types.TYPE_TIME:
        out.time_value = _pack_time(dt.time.fromisoformat(value))
    elif kind == types.TYPE_DATETIME:
        moment = dt.datetime.fromisoformat(value)
        date_bits = moment.year << 26 | moment.month << 22 | moment.day << 17
        time_bits = moment.hour << 12 | moment.minute << 6 | moment.second
        out.datetime_value.bit_field_datetime_seconds = date_bits | time_bits
        out.datetime_value.nanos = moment.microsecond * 1000
    elif kind == types.TYPE_TIMESTAMP:
        out.timestamp_value.FromDatetime(dt.datetime.fromisoformat(value))
    else:
        raise NotImplementedError(types.TypeKind.Name(kind))


def from_value(value: ValueProto, value_type: TypeProto) -> Any:
    """The Python value of a cell; structs are dicts, arrays are lists."""
    kind = value_type.type_kind
    which = value.WhichOneof("value")
    if which is None:
        return None
    if kind == types.TYPE_ARRAY:
        element_type = value_type.array_type.element_type
        return [from_value(element, element_type) for element in value.array_value.element]
    if kind == types.TYPE_STRUCT:
        return {
            field.field_name: from_value(member, field.field_type)
            for field, member in zip(
                value_type.struct_type.field, value.struct_value.field, strict=True
            )
        }
    if kind == types.TYPE_DATE:
        return EPOCH + dt.timedelta(days=value.date_value)
    if kind == types.TYPE_TIME:
        return _unpack_time(value.time_value)
    if kind == types.TYPE_DATETIME:
        bits = value.datetime_value.bit_field_datetime_seconds
        date = dt.date(bits >> 26, bits >> 22 & 15, bits >> 17 & 31)
        time = dt.time(bits >> 12 & 31, bits >> 6 & 63, bits & 63)
        return dt.datetime.combine(date, time) + dt.timedelta(
            microseconds=value.datetime_value.nanos // 1000
        )
    if kind == types.TYPE_TIMESTAMP:
        return value.timestamp_value.ToDatetime(tzinfo=dt.UTC)
    if kind == types.TYPE_NUMERIC:
        return decimal.Decimal(int.from_bytes(value.numeric_value, "little", signed=True)) / 10**9
    return getattr(value, which)


def _pack_time(time: dt.time) -> int:
    seconds = time.hour << 12 | time.minute << 6 | time.second
    return seconds << 30 | time.microsecond * 1000


def _unpack_time(bits: int) -> dt.time:
    seconds = bits >> 30
    return dt.time(seconds >> 12, seconds >> 6 & 63, seconds & 63, (bits & (1 << 30) - 1) // 1000)
