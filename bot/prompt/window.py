"""The token window: how many tags fit, by real counts of the whole string."""

from __future__ import annotations

from collections.abc import Callable

from bot.prompt.grammar import parse_weighted

WINDOW = 75
"""Content tokens that one text encoder reads at a time: 77 less the marks of beginning and end."""

CountTokens = Callable[[str], int]
"""Content tokens of one plain text in the hungrier of the model's encoders."""


def count_weighted(text: str, count_tokens: CountTokens) -> int:
    """Return the content tokens of a canonical string: its pieces are tokenized one by one, as encoded."""
    return sum(count_tokens(piece) for piece, _ in parse_weighted(text))


def fit(build: Callable[[int], str], most: int, count_tokens: CountTokens, window: int) -> tuple[int, int]:
    """Return the largest number of tags whose string fits, and that string's tokens.

    ``build(n)`` writes the string with the first ``n`` droppable tags, of ``most``. Returns ``-1`` tags
    when not even ``build(0)`` fits.
    """
    tokens = count_weighted(build(most), count_tokens)
    if tokens <= window:
        return most, tokens
    low, high = 0, most - 1
    while low < high:
        middle = (low + high + 1) // 2
        if count_weighted(build(middle), count_tokens) <= window:
            low = middle
        else:
            high = middle - 1
    while low >= 0 and (tokens := count_weighted(build(low), count_tokens)) > window:
        low -= 1
    return low, tokens
