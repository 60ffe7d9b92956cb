"""A request's durable form, and the pieces of it that travel to the worker and back."""

from __future__ import annotations

import dataclasses
import enum
import secrets

from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request, Vary, require_strength, steps_from
from bot.core.size import Size

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
ID_LENGTH = 8
MARGIN = 30.0
"""Seconds before its expiry from which a token is no longer trusted: an upload takes time."""
HIRES_SCALE = 1.5
HIRES_STRENGTH = 0.55
"""What the public Animagine XL Space enlarges the latents by, and how strongly it then draws over them."""


def new_job_id() -> str:
    """A fresh id of eight characters that people can read aloud (40 random bits)."""
    bits = secrets.randbits(5 * ID_LENGTH)
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(ID_LENGTH))


def is_job_id(text: str) -> bool:
    """Whether a text looks like a job's id."""
    return len(text) == ID_LENGTH and text.isascii() and text.isalnum()


class JobState(enum.StrEnum):
    """Where a job stands; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    WITHHELD = "withheld"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a request was made. ``guild_id`` is None in a direct message, ``parent_id`` outside a thread."""

    guild_id: int | None
    channel_id: int
    age_restricted: bool = False
    parent_id: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """How to edit the answer to an interaction: its token works until ``expires_at`` (Unix seconds)."""

    token: str
    expires_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """A request that was accepted. Times are Unix seconds; ``error`` is a sentence for the asker."""

    id: str
    user_id: int
    place: Place
    request: Request
    prompt: Prompt
    seed: int
    state: JobState
    created_at: float
    reply: Reply | None = None
    message_id: int | None = None
    """The message that answers the request, once Discord has told its id."""
    error: str | None = None
    weight: float = 1.0
    """The asker's share of the engine beside other people's, by their best role."""
    age_context: bool = False
    """Whether the prompt speaks of somebody under 18, so that the pictures are judged more strictly."""
    attempts: int = 0
    """How often it was handed to a worker."""
    locale: str = "en-US"
    """Discord's name of the language that its asker reads."""

    def reply_lives(self, now: float) -> bool:
        """Whether the answer can be edited at a time, in Unix seconds."""
        return self.reply is not None and now < self.reply.expires_at - MARGIN


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """The picture that a picture begins from: image files' bytes, of any size.

    ``strength``, above 0 and at most 1, is the share of the steps that is done. Where there is a ``mask``,
    only what is white there is drawn anew.
    """

    picture: bytes
    strength: float
    mask: bytes | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One picture of a job as a worker draws it: final strings and numbers, nothing about people or places.

    ``size`` is the card's; the worker scales it to the model's native size. ``negative`` of ``None``
    means no negative at all (zero embeddings), ``""`` an empty one.
    """

    job_id: str
    index: int
    positive: str
    negative: str | None
    size: Size
    steps: int
    cfg: float
    sampler: str
    seed: int
    enlarge: int = 1
    """Whole factor by which the finished picture is enlarged for showing; 1 keeps native pixels."""
    upscale: int = 1
    """Factor, 2 or 4, by which the finished picture is enlarged because that was asked for; 1 leaves it."""
    rows: int | None = None
    """The row count of every step, to make a picture of a receipt again; None leaves it to the worker."""
    start: Start | None = None
    hires: bool = False
    """Whether a second pass draws over the picture at `HIRES_SCALE` times its size."""
    vary: Vary | None = None
    loras: tuple[Lora, ...] = ()
    model: str | None = None
    """The config's name of a model; None is the one that the worker began with."""
    schedule: str | None = None
    """Timesteps in place of the sampler's own (`bot.core.fast`)."""
    guidance: tuple[float, float] | None = None
    """The share of the steps from and up to which guidance works; None is all of them."""

    @property
    def key(self) -> tuple[str, int]:
        """What events name the picture by."""
        return self.job_id, self.index

    def check(self) -> None:
        """Raise InvalidRequest for a start or a second pass that cannot be drawn."""
        if self.start is not None:
            require_strength(self.start.strength, self.steps)
        if self.hires and self.second_steps < 1:
            raise InvalidRequest(
                "Hires leaves none of {steps} steps for its second pass; use 2 or more.", steps=self.steps
            )
        if self.hires and self.start is not None and self.start.mask is not None:
            raise InvalidRequest("Hires would draw over what the mask keeps; leave one of the two out.")

    @property
    def first_steps(self) -> int:
        """Steps of the first pass."""
        return self.steps if self.start is None else steps_from(self.start.strength, self.steps)

    @property
    def second_steps(self) -> int:
        """Steps of the second pass; 0 where there is none."""
        return steps_from(HIRES_STRENGTH, self.steps) if self.hires else 0

    @property
    def all_steps(self) -> int:
        """Steps of both passes, as people count them."""
        return self.first_steps + self.second_steps


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier says of a picture's final pixels: one probability per rating, summing to 1.

    ``fault`` says why there is no answer; a picture without an answer is never shown. ``age`` is the
    largest share that a tagger gives to a tag of somebody young; 0 where there is no tagger.
    """

    general: float
    sensitive: float
    questionable: float
    explicit: float
    source: str
    fault: str | None = None
    age: float = 0.0

    @classmethod
    def unknown(cls, fault: str, source: str) -> Verdict:
        """The verdict of a classifier that could not answer."""
        return cls(0.0, 0.0, 0.0, 1.0, source, fault)

    @property
    def likeliest(self) -> Rating:
        """The rating with the largest probability; for telling, not for deciding."""
        shares = (self.general, self.sensitive, self.questionable, self.explicit)
        return Rating(shares.index(max(shares)))


@dataclasses.dataclass(frozen=True, slots=True)
class Image:
    """One finished picture of a job. Pixels count after enlarging; ``sha256`` is of the PNG file.

    ``rows`` are the row counts of the steps that drew it, each named once, in order: with a single one, a
    picture drawn again at that count has the same bytes; else it is within one level of 255.
    """

    index: int
    seed: int
    width: int
    height: int
    sha256: str
    verdict: Verdict
    rows: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Rendered:
    """A picture as the worker hands it over: the record and the PNG file's bytes."""

    image: Image
    png: bytes
