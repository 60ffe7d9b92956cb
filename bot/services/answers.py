"""How a job's answer ends, how it is shown, and what can be in the way of showing it."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from bot.core.errors import BotError, InvalidRequest
from bot.core.job import HIRES_SCALE, Job, Rendered
from bot.core.language import count, later
from bot.core.request import Request

DELETED = later("This job was cancelled, since its message was deleted.")
"""Of a job whose answer somebody deleted before its end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """Pictures, or a sentence in their place.

    ``note`` stands beside the pictures unless it is ""; ``seconds`` is how long they took. With ``again``
    the answer offers to ask once more, with another seed.
    """

    pictures: tuple[Rendered, ...] = ()
    model: str = ""
    seconds: float = 0.0
    note: str = ""
    sentence: str = ""
    again: bool = False


def note_of(kept_back: int, drawn: int) -> str:
    """What stands beside the pictures when some were withheld; "" when none was."""
    if not kept_back:
        return ""
    return count(
        "One picture of {drawn} may not be shown here and was withheld.",
        "{n} pictures of {drawn} may not be shown here and were withheld.",
        kept_back,
        drawn=drawn,
    )


MOST_ENLARGED = 2.0
"""How many times as wide as its size a picture may become: it has 12.8 MB of pixels then, of which a PNG of a
drawing takes about half, and Discord takes files of 10 MiB."""
MOST_TOGETHER = 9.0
"""... and the sum over its pictures of these factors squared: a message takes 25 MiB in all."""


def require_sendable(request: Request) -> None:
    """Raise InvalidRequest for pictures that would be too large for a message."""
    factor = request.upscale * (HIRES_SCALE if request.hires else 1.0)
    if factor > MOST_ENLARGED:
        raise InvalidRequest(
            "This would be {factor:g} times as large as its size, more than Discord takes; use hires "
            "or an upscale of 2, not both.",
            factor=factor,
        )
    if request.count * factor**2 > MOST_TOGETHER:
        raise InvalidRequest(
            "{number} upscaled pictures are more than one message takes; ask for 2 at most.",
            number=request.count,
        )


class Undelivered(BotError):
    """An answer was not shown, as far as anybody knows."""


class NotNow(Undelivered):
    """Discord cannot be reached or asks to wait; ``uncertain`` when it may have been shown all the same."""

    def __init__(self, why: str, *, uncertain: bool) -> None:
        super().__init__(why)
        self.uncertain = uncertain


class TokenOver(Undelivered):
    """The interaction's token works no more, so its answer cannot be changed."""


class AnswerGone(Undelivered):
    """Somebody deleted the answer."""


class PlaceShut(Undelivered):
    """The place is gone, or the bot may not do there what it wants to; trying again changes nothing."""


class Messenger(Protocol):
    """Shows the end of a job where it was asked for. Everything raises NotNow when Discord has troubles."""

    async def locate(self, job: Job) -> int | None:
        """The id of the message that answers the request, by its token; None when there is none."""

    async def edit(self, job: Job, answer: Answer) -> None:
        """Put the end into the answer, by its token; raises TokenOver, AnswerGone, PlaceShut."""

    async def find(self, job: Job, since: float | None) -> bool:
        """Whether the end stands where it was asked for already: in the answer, or in a message after
        ``since`` (Unix seconds; None: since the answer). Raises PlaceShut when nobody can tell."""

    async def post(self, job: Job, answer: Answer) -> None:
        """Show the end in a message of its own, of a private job in a direct one; raises PlaceShut."""
