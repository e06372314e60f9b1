"""Each source read without the words that the vocabulary may have learnt from it.

A word that came with version 2 or later is taken away where it stands in names of that source and
in no other labelled name: it may have been learnt there. What such a reading gets right, the
vocabulary owes to other sources, to general knowledge that others use too, and to its rules; so
the figures are lower bounds, for much of what is taken away was known from dictionaries.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import duckdb

from rtstruct.catalog import vocabulary
from rtstruct.catalog.project import OWN_NAMES, OWN_WORDS
from rtstruct.catalog.vocabulary import Reading, read_names
from rtstruct.catalog.vocabulary_store import compiled_vocabulary
from rtstruct.quoting import for_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rtstruct.home import Home

FIRST_VERSION = 1


def read_left_out(names: Sequence[tuple[str, str]], home: Home) -> list[Reading]:
    """Read pairs of a name and its source, each source by itself, in the order given."""
    tokens = _tokens(names, home)
    by_source: dict[str, list[int]] = defaultdict(list)
    for place, (_, source) in enumerate(names):
        by_source[source].append(place)
    readings: dict[int, Reading] = {}
    with tempfile.TemporaryDirectory() as folder:
        for source, places in by_source.items():
            store = Path(folder) / "vocabulary.duckdb"
            shutil.copyfile(compiled_vocabulary(home), store)
            _forget(store, _own_words(store, source, tokens))
            with mock.patch.object(vocabulary, "compiled_vocabulary", lambda _, s=store: s):
                answers = read_names([names[place][0] for place in places], home)
            readings |= dict(zip(places, answers, strict=True))
    return [readings[place] for place in range(len(names))]


def _tokens(names: Sequence[tuple[str, str]], home: Home) -> dict[str, set[str]]:
    tokens: dict[str, set[str]] = defaultdict(set)
    for (_, source), reading in zip(names, read_names([n for n, _ in names], home), strict=True):
        tokens[source] |= {token.partition("=")[0] for token in reading.tokens}
    return tokens


def _own_words(store: Path, source: str, tokens: Mapping[str, set[str]]) -> list[str]:
    with duckdb.connect(str(store), read_only=True) as connection:
        words = connection.execute(
            "select distinct word from rtstruct_staging.roi_words where vocabulary_version > ?",
            [FIRST_VERSION],
        ).fetchall()
    here = " ".join(tokens[source])
    elsewhere = " ".join(token for other, own in tokens.items() if other != source for token in own)
    return [word for (word,) in words if word in here and word not in elsewhere]


def _forget(store: Path, words: list[str]) -> None:
    """Take words away, and make anew what the compiled vocabulary keeps of its words."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {for_sql(store)} as catalog")
        connection.execute(
            "delete from catalog.rtstruct_staging.roi_words where vocabulary_version > ? and word"
            " in (select unnest(cast(? as varchar[])))",
            [FIRST_VERSION, words],
        )
        for file_name in (OWN_NAMES, OWN_WORDS):
            rules = file_name.removesuffix(".csv")
            connection.execute(f"create temp view {rules} as from catalog.rtstruct_staging.{rules}")
        kept = connection.execute(
            "select name, statement from catalog.main.statements"
            " where not is_of_names order by place"
        ).fetchall()
        for name, statement in kept:
            connection.execute(f'create or replace table catalog.main."{name}" as {statement}')
            connection.execute(f'create temp view "{name}" as from catalog.main."{name}"')
