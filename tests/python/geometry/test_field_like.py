"""Structure sets as the field has them: right, or told. ``field_like.py`` searches for longer."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings

from support.field_like import Situation, judge, situations


def test_every_mask_is_right_or_told_and_most_are_right() -> None:
    counts: Counter[str] = Counter()

    # The same situations on every run; a search for new ones is no test.
    @settings(
        max_examples=50,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(situations())
    def one(situation: Situation) -> None:
        verdict = judge(situation)
        counts[verdict.kind] += 1
        assert verdict.kind != "silent", verdict.what

    one()
    assert counts["right"] > counts["told"]
