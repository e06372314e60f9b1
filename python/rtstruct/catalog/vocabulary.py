"""The vocabulary asked by hand: the very SQL of the dbt models, run in memory on a few names.

`vocabulary_store` has the compiled models; rules of the user's own are read with every question.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rtstruct.catalog.project import OWN_NAMES, OWN_WORDS
from rtstruct.catalog.vocabulary_store import NAMES, RESULT, compiled_vocabulary
from rtstruct.errors import RtstructError
from rtstruct.quoting import for_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from rtstruct.home import Home

_FEW: Final = 1000
"""So many names are read sooner by one thread than by several, which wait for each other."""


@dataclass(frozen=True)
class Reading:
    """One name as the vocabulary reads it.

    Attributes
    ----------
    facets
        Columns of ``roi_name_vocabulary``, in its order, without ``ROIName``.
    tokens
        What the name was cut into, with how each word was understood (``rt=right``).
    meaning
        What the rule that fired says.
    """

    ROIName: str
    facets: dict[str, Any]
    tokens: tuple[str, ...]
    meaning: str


def read_names(names: Sequence[str], home: Home) -> list[Reading]:
    """Read names as those of one cohort; one reading per name, in the same order, duplicates too.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary, or the user's own rules do not fit it.
    """
    import duckdb

    # Bytes that are not UTF-8 survive in the answer, but no database takes them.
    keys = [_as_utf8(name) for name in names]
    connection = duckdb.connect(config={"threads": 1} if len(keys) <= _FEW else {})
    connection.execute(
        f"create temp table {NAMES} as select '' as cohort, "
        "unnest(list_distinct(cast(? as varchar[]))) as ROIName, "
        "cast(null as varchar) as RTROIInterpretedType",
        [keys],
    )
    _run(connection, home)
    answer = connection.execute(
        f"""
        select facets.* exclude (cohort), coalesce(words.tokens, []), rules.meaning
        from {RESULT} as facets
        left join (
            select
                ROIName,
                list(token || coalesce('=' || word_meaning, '') order by position) as tokens
            from (
                select
                    ROIName, position, token,
                    string_agg(distinct concept, '+' order by concept)
                        filter (concept != token) as word_meaning
                from int_roi_names__concepts
                group by ROIName, position, token
            )
            group by ROIName
        ) as words on facets.ROIName = words.ROIName
        left join catalog.rtstruct_staging.roi_class_rules as rules
            on facets.match_rule = rules.match_rule
        """  # noqa: S608 - only constants of this module are put in
    )
    columns = [column[0] for column in answer.description][1:-2]
    rows = {row[0]: row[1:] for row in answer.fetchall()}
    return [
        Reading(
            ROIName=name,
            facets=dict(zip(columns, rows[key][:-2], strict=True)),
            tokens=tuple(rows[key][-2]),
            meaning=rows[key][-1] or "",
        )
        for name, key in zip(names, keys, strict=True)
    ]


def read_cohorts(
    cohort_names: Sequence[tuple[str, str, str | None]], facets: Sequence[str], home: Home
) -> dict[str, tuple[Any, ...]]:
    """Facets of each name, as the mart ``roi_name_vocabulary`` would have them.

    Parameters
    ----------
    cohort_names
        Rows of ``int_cohort_names``: cohort, ROIName, RTROIInterpretedType.
    facets
        The columns to give.

    Raises
    ------
    RtstructError
        As :func:`read_names`.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute(
        f"create temp table {NAMES} as select "
        "unnest(cast($1 as varchar[])) as cohort, unnest(cast($2 as varchar[])) as ROIName, "
        "unnest(cast($3 as varchar[])) as RTROIInterpretedType",
        [[row[part] for row in cohort_names] for part in range(3)],
    )
    _run(connection, home)
    columns = ", ".join(facets)
    rows = connection.execute(
        f"""
        with users as (select ROIName, count(*) as cohort_count from {NAMES} group by ROIName)
        select ROIName, {columns} from {RESULT}
        where ROIName in (select ROIName from users where cohort_count = 1)
        union all
        select ROIName, {columns} from int_roi_names__facets
        where ROIName in (select ROIName from users where cohort_count > 1)
        """  # noqa: S608 - only constants of the package are put in
    ).fetchall()
    return {name: tuple(values) for name, *values in rows}


def _run(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    import duckdb

    try:
        for _, statement in statements(connection, home):
            connection.execute(statement)
    except duckdb.Error as error:
        raise RtstructError(
            "vocabulary_failed",
            f"the vocabulary does not run: {str(error).partition(chr(10))[0]}",
            f"{home.rules / OWN_NAMES} and {OWN_WORDS} must have the columns that they came with",
        ) from error


def statements(connection: duckdb.DuckDBPyConnection, home: Home) -> list[tuple[str, str]]:
    """Models of the vocabulary and the statements that make them, in order.

    They read the names in the temporary table ``int_cohort_names``, which the caller makes, and the
    rules of the user's own, which are loaded here.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary.
    """
    connection.execute(f"attach {for_sql(compiled_vocabulary(home))} as catalog (read_only)")
    has_rules = False
    for file_name in (OWN_NAMES, OWN_WORDS):
        rules, table = home.rules / file_name, file_name.removesuffix(".csv")
        source = (
            f"read_csv({for_sql(rules)}, header = true, all_varchar = true, delim = ',')"
            if rules.is_file()
            else f"catalog.rtstruct_staging.{table}"
        )
        connection.execute(
            f"create temp table {table} as select * from {source}"  # noqa: S608 - quoted
        )
        has_rules |= bool(connection.execute(f"from {table} limit 1").fetchall())
    models = connection.execute(
        "select name, statement, is_of_names from catalog.main.statements order by place"
    ).fetchall()
    return [
        (name, f'create temp table "{name}" as {statement}')
        if is_of_names or has_rules
        # What no rule of the user's own has changed is made already.
        else (name, f'create temp view "{name}" as from catalog.main."{name}"')
        for name, statement, is_of_names in models
    ]


@contextmanager
def open_vocabulary(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The seeds of the vocabulary by their bare names, read-only.

    Raises
    ------
    RtstructError
        dbt could not compile the vocabulary.
    """
    import duckdb

    with duckdb.connect(str(compiled_vocabulary(home)), read_only=True) as connection:
        connection.execute("use rtstruct_staging")
        yield connection


def _as_utf8(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
