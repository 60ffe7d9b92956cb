"""Fitting tags into the window by counts of the whole string."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.prompt.window import count_weighted, fit


def letters(text: str) -> int:
    return len(text.replace(",", "").replace(" ", ""))


def test_pieces_of_different_weights_are_counted_apart() -> None:
    pieces: list[str] = []

    def count(text: str) -> int:
        pieces.append(text)
        return 1

    assert count_weighted("hat, (red bow:1.2), cat", count) == 3
    assert pieces == ["hat, ", "red bow", ", cat"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("ab", min_size=1, max_size=9), max_size=30), st.integers(0, 60))
def test_the_longest_run_of_tags_that_fits_is_kept(tags: list[str], window: int) -> None:
    kept, text, tokens = fit(lambda count: ", ".join(tags[:count]), len(tags), letters, window)
    assert text == ", ".join(tags[:kept])
    assert tokens == letters(text) <= window
    assert kept == len(tags) or letters("".join(tags[: kept + 1])) > window


def test_a_count_that_does_not_grow_never_lets_a_string_past_the_window() -> None:
    def odd(text: str) -> int:
        return {0: 1, 1: 9, 2: 2, 3: 9, 4: 9}[text.count("x")]

    kept, text, tokens = fit(lambda count: "x" * count, 4, odd, window=5)
    assert (odd(text), len(text)) == (tokens, kept)
    assert tokens <= 5


def test_nothing_fits() -> None:
    assert fit(lambda count: "xx" + "y" * count, 3, letters, window=1) == (-1, "xx", 2)
    assert fit(lambda count: "xx", 0, letters, window=1) == (-1, "xx", 2)
