"""The token window: how many tags fit, by real counts of the whole string."""

from __future__ import annotations

from collections.abc import Callable

from bot.prompt.grammar import parse_weighted
from bot.prompt.memory import remembered_of

CHUNK = 75
"""Content tokens that one text encoder reads at a time: 77 less the marks of beginning and end."""
CHUNKS = 3
"""So many chunks may stand one behind the other; each costs time at every step."""
WINDOW = CHUNKS * CHUNK
"""Content tokens that a prompt may have."""

CountTokens = Callable[[str], int]
"""Content tokens of one plain text in the hungrier of the model's encoders."""


@remembered_of(256)  # most negatives are the same string
def count_weighted(text: str, count_tokens: CountTokens) -> int:
    """Return the content tokens of a canonical string: its pieces are tokenized one by one, as encoded."""
    return sum(count_tokens(piece) for piece, _ in parse_weighted(text))


def fit(
    build: Callable[[int], str], most: int, count_tokens: CountTokens, window: int
) -> tuple[int, str, int]:
    """Return the largest number of tags whose string fits, that string, and its tokens.

    ``build(n)`` writes the string with the first ``n`` droppable tags, of ``most``. The number is -1 when
    not even ``build(0)`` fits, which is then the string returned.
    """
    text = build(most)
    tokens = count_weighted(text, count_tokens)
    if tokens <= window:
        return most, text, tokens
    low, high = 0, most - 1
    while low < high:
        middle = (low + high + 1) // 2
        if count_weighted(build(middle), count_tokens) <= window:
            low = middle
        else:
            high = middle - 1
    # Counts grow with the tags but for odd joins of punctuation, so the last word is a count of the string.
    while low >= 0:
        text = build(low)
        tokens = count_weighted(text, count_tokens)
        if tokens <= window:
            break
        low -= 1
    return low, text, tokens
