"""From a request to the exact final strings: the card's order, the guard, the token window."""

from __future__ import annotations

import functools
import operator

from bot.core.errors import InvalidRequest, ModelError
from bot.core.language import say
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.prompt.arrange import Slot, Slots, negative_words, settle_rating, sort_positive
from bot.prompt.dictionary import Dictionary
from bot.prompt.grammar import Tag, parse, serialize
from bot.prompt.memory import remembered_of
from bot.prompt.normalise import key
from bot.prompt.profile import Profile
from bot.prompt.reader import read, shown
from bot.prompt.window import WINDOW, CountTokens, fit

_SLOT = operator.itemgetter(0)
_FIRST_TO_STAY = (Slot.QUALITY, Slot.SUBJECT, Slot.YEAR, Slot.CHARACTER, Slot.SERIES, Slot.REST)


def compose(
    request: Request,
    profile: Profile,
    dictionary: Dictionary,
    ceiling: Rating,
    count_tokens: CountTokens,
    window: int = WINDOW,
) -> Prompt:
    """Return what the model will read for a request made in a place with this ceiling.

    The rating words and the guard get their tokens first, then quality, subject and year, then the tags in
    the card's order until the window (content tokens) is full; the rest is named in ``dropped``. Nothing
    that policy must see is taken away: tags above the ceiling stay. Raises InvalidRequest for text
    without a tag, a weight outside 0 to 2, a control character, a quality or year that the model does not
    know, or a first tag longer than the window; ModelError if the guard alone does not fit.
    """
    notes: list[str] = []
    slots = sort_positive(request, profile, dictionary, notes)
    rating, above = settle_rating(request, slots, ceiling, notes)
    slots[Slot.REST] += above
    slots[Slot.RATING] = []
    positive, tokens, dropped = _positive(slots, profile.ratings[rating], count_tokens, window)
    typed = read(request.negative, "negative", dictionary, notes)
    card, guard = _card(profile.negative), profile.guard(rating)
    own = negative_words(typed, [*(tag.text for tag in card), *guard], rating, profile, notes)
    tags = tuple(word.tag for word in own)
    negative, negative_tokens, cut = _negative(tags, card, guard, count_tokens, window)
    if cut:
        notes.append(
            say(
                "Left out of the negative, whose {window} tokens are full: {shown}.",
                window=window,
                shown=", ".join(map(shown, cut)),
            )
        )
    return Prompt(
        positive=positive,
        negative=negative,
        tokens=tokens,
        negative_tokens=negative_tokens,
        window=window,
        dropped=dropped,
        notes=tuple(dict.fromkeys(notes)),
        negative_dropped=cut,
    )


@functools.lru_cache
def _card(negative: str) -> tuple[Tag, ...]:
    """The tags of a card's negative; there are only a few cards."""
    return tuple(parse(negative))


Fitted = tuple[str, int, tuple[str, ...]]


def _positive(slots: Slots, late: tuple[str, ...], count_tokens: CountTokens, window: int) -> Fitted:
    """Return the positive, its tokens, and the names of the tags that fell past the window."""
    queue = [(slot, word) for slot in _FIRST_TO_STAY for word in slots[slot]]

    def build(kept: int) -> str:
        standing = sorted(queue[:kept], key=_SLOT)
        return serialize([*(word.tag for _, word in standing), *map(Tag, late)])

    kept, text, tokens = fit(build, len(queue), count_tokens, window)
    typed = sum(map(len, slots)) - len(slots[Slot.QUALITY])
    lost = [word for _, word in queue[max(kept, 0) :]]
    if kept < 0:
        raise ModelError(f"The rating words alone need {tokens} of this model's {window} tokens.")
    if 0 < typed <= len(lost):
        raise InvalidRequest(
            "Nothing of the prompt fits into the model's {window} tokens; use shorter tags, with commas.",
            window=window,
        )
    return text, tokens, tuple(word.text for word in lost)


@remembered_of(256)  # most people write none of their own
def _negative(
    own: tuple[Tag, ...],
    card: tuple[Tag, ...],
    guard: tuple[str, ...],
    count_tokens: CountTokens,
    window: int,
) -> Fitted:
    """Return the negative, its tokens, and the names of the tags that fell past the window."""
    tags = (*card, *own)
    present = {key(tag.text) for tag in card}
    last = [Tag(word) for word in guard if key(word) not in present]

    def build(kept: int) -> str:
        return serialize([*tags[:kept], *last])

    kept, text, tokens = fit(build, len(tags), count_tokens, window)
    if kept < 0:
        raise ModelError(f"The guard alone needs {tokens} of this model's {window} tokens.")
    return text, tokens, tuple(tag.text for tag in tags[kept:])
