"""The GoogleSQL reference engine: BigQuery's analyzer and a slow, exact evaluator, offline.

PyPI `zetasql` holds both, compiled to WebAssembly. This module adds what a test needs: tables
with nested columns, BigQuery's names for types, rows as Python values, and a start in under a
second once the module has been compiled.
"""

from __future__ import annotations

import ctypes
import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import platformdirs
import wasmtime
from google.protobuf import empty_pb2
from zetasql.core.exceptions import ServerError
from zetasql.core.wasm_client import WasmClient, get_tzinfo_dir
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public_options_pb2

from engines.googlesql_values import ALIASES, from_value, to_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from zetasql.wasi._pb2.zetasql.public.type_pb2 import TypeProto

Row = dict[str, Any]
Columns = tuple[tuple[str, "TypeProto"], ...]

QUOTED_PATH = re.compile(r"`([^`\s]+)`\s*\.\s*`([^`\s]+)`\s*\.\s*`([^`\s]+)`")


class RefusedError(Exception):
    """GoogleSQL does not accept the statement, or fails while evaluating it."""


@dataclass(frozen=True)
class Relation:
    """A table of the engine, or what a query returned: columns, and rows as the engine has them."""

    columns: Columns
    content: service.TableContent

    @property
    def rows(self) -> list[Row]:
        return [
            {
                name: from_value(cell, column_type)
                for (name, column_type), cell in zip(self.columns, row.cell, strict=True)
            }
            for row in self.content.table_data.row
        ]


class GoogleSQL:
    """Analyses and evaluates BigQuery SQL over tables that it is given."""

    def __init__(self) -> None:
        self._client = _Client()
        self._tables: dict[str, Relation] = {}
        self._language = self._client.call_grpc_func(
            "ZetaSqlLocalService_GetLanguageOptions",
            service.LanguageOptionsRequest(maximum_features=True),
            options_pb2.LanguageOptionsProto,
        )
        self._language.product_mode = public_options_pb2.PRODUCT_EXTERNAL
        # An empty list means every kind of statement; the default allows only queries.
        del self._language.supported_statement_kinds[:]

    def add_rows(
        self, path: Sequence[str], columns: Columns, rows: Iterable[Mapping[str, Any]]
    ) -> None:
        """Make a table of Python values; `path` is project, dataset, table."""
        content = service.TableContent()
        content.table_data.SetInParent()
        for row in rows:
            cells = content.table_data.row.add().cell
            for name, column_type in columns:
                to_value(row.get(name), column_type, cells.add())
        self.add(path, Relation(columns, content))

    def add(self, path: Sequence[str], relation: Relation) -> None:
        """Make what a query returned a table; its rows are not copied through Python."""
        self._tables[".".join(path)] = relation

    def analyse(self, sql: str) -> None:
        """Resolve every name and type of one statement of any kind.

        Raises
        ------
        RefusedError
            With GoogleSQL's own message and the place.
        """
        with _Catalog(self, sql, with_rows=False) as catalog:
            request = service.AnalyzeRequest(
                sql_statement=catalog.sql, registered_catalog_id=catalog.id
            )
            self._set_options(request.options)
            # The resolved statement is not read: it can nest deeper than a message may.
            self._call("Analyze", request, empty_pb2.Empty)

    def evaluate(self, sql: str) -> Relation:
        """Run one query.

        Raises
        ------
        RefusedError
            With GoogleSQL's own message and the place.
        """
        with _Catalog(self, sql, with_rows=True) as catalog:
            request = service.PrepareQueryRequest(sql=catalog.sql, registered_catalog_id=catalog.id)
            self._set_options(request.options)
            prepared = self._call("PrepareQuery", request, service.PrepareQueryResponse).prepared
            result = self._call(
                "EvaluateQuery",
                service.EvaluateQueryRequest(prepared_query_id=prepared.prepared_query_id),
                service.EvaluateQueryResponse,
            )
            self._call(
                "UnprepareQuery",
                service.UnprepareQueryRequest(prepared_query_id=prepared.prepared_query_id),
                empty_pb2.Empty,
            )
            return Relation(tuple((c.name, c.type) for c in prepared.columns), result.content)

    def _set_options(self, options: Any) -> None:
        options.language_options.CopyFrom(self._language)
        options.default_timezone = "UTC"
        options.error_message_mode = public_options_pb2.ERROR_MESSAGE_ONE_LINE

    def _call(self, method: str, request: Any, response: Any) -> Any:
        try:
            return self._client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, response)
        except ServerError as error:
            raise RefusedError(str(error)) from error


class _Catalog:
    """The tables that one statement names, registered with the engine while it is needed.

    Only those, because registering copies the rows: with all tables every statement would pay
    for the whole project.
    """

    def __init__(self, engine: GoogleSQL, sql: str, *, with_rows: bool) -> None:
        # BigQuery takes `p`.`d`.`t` and `p.d.t` alike; the engine's catalog is flat.
        self.sql = QUOTED_PATH.sub(r"`\1.\2.\3`", sql)
        self.id = 0
        self._engine = engine
        self._with_rows = with_rows
        self._tables = {
            path: relation for path, relation in engine._tables.items() if f"`{path}`" in self.sql
        }

    def __enter__(self) -> _Catalog:
        catalog = simple_catalog_pb2.SimpleCatalogProto(name="root")
        catalog.builtin_function_options.language_options.CopyFrom(self._engine._language)
        for name, kind in ALIASES.items():
            named = catalog.named_type.add(name=name)
            named.type.type_kind = kind
        request = service.RegisterCatalogRequest()
        for number, (path, relation) in enumerate(self._tables.items(), start=1):
            table = catalog.table.add(name=path, serialization_id=number)
            for name, column_type in relation.columns:
                table.column.add(name=name).type.CopyFrom(column_type)
            if self._with_rows:
                request.table_content[path].CopyFrom(relation.content)
        request.simple_catalog.CopyFrom(catalog)
        self.id = self._engine._call(
            "RegisterCatalog", request, service.RegisterResponse
        ).registered_id
        return self

    def __exit__(self, *_: object) -> None:
        self._engine._call(
            "UnregisterCatalog", service.UnregisterRequest(registered_id=self.id), empty_pb2.Empty
        )


class _Client(WasmClient):  # type: ignore[misc]
    """The package's client with two costs taken out: compiling at each start, copying by the byte.

    The constructor is the package's own but for `_compiled`; the package offers no other way to
    hand it a module.
    """

    def __init__(self) -> None:
        config = wasmtime.Config()
        config.shared_memory = True
        wasi = wasmtime.WasiConfig()
        wasi.inherit_stdout()
        wasi.inherit_stderr()
        wasi.preopen_dir(get_tzinfo_dir(), "/usr/share/zoneinfo")
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self.instance = linker.instantiate(self.store, _compiled(engine))
        self.exports = self.instance.exports(self.store)
        self.exports["_initialize"](self.store)
        self.memory = self.exports["memory"]

    def write_bytes(self, ptr: int, data: bytes) -> None:
        ctypes.memmove(self._address() + ptr, data, len(data))

    def read_bytes(self, ptr: int, size: int) -> bytes:
        return ctypes.string_at(self._address() + ptr, size)

    def _address(self) -> int:
        return ctypes.addressof(self.memory.data_ptr().contents)


def _compiled(engine: wasmtime.Engine) -> wasmtime.Module:
    """The engine's machine code: compiled once a machine (20 to 75 s), then read back (0.2 s)."""
    cached: Path = platformdirs.user_cache_path("rtstruct", ensure_exists=True) / (
        f"zetasql-{version('zetasql')}-wasmtime-{version('wasmtime')}.cwasm"
    )
    if cached.exists():
        return wasmtime.Module.deserialize_file(engine, str(cached))
    module = wasmtime.Module.from_file(engine, get_wasm_path())
    # Two processes may compile at once: each writes its own file, the last rename wins.
    partial = cached.with_suffix(f".{os.getpid()}")
    partial.write_bytes(module.serialize())
    partial.replace(cached)
    return module
