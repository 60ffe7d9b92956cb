"""A request's durable form, and the pieces of it that travel to the worker and back."""

from __future__ import annotations

import dataclasses
import enum
import secrets

from bot.core.prompt import Prompt
from bot.core.rating import Rating
from bot.core.request import Request
from bot.core.size import Size

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
ID_LENGTH = 8


def new_job_id() -> str:
    """A fresh id of eight characters that people can read aloud (40 random bits)."""
    bits = secrets.randbits(5 * ID_LENGTH)
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(ID_LENGTH))


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
    """Where a request was made. ``guild_id`` is None in a direct message."""

    guild_id: int | None
    channel_id: int
    age_restricted: bool = False


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
    rows: int | None = None
    """The row count of every step, to make a picture of a receipt again; None leaves it to the worker."""

    @property
    def key(self) -> tuple[str, int]:
        """What events name the picture by."""
        return self.job_id, self.index


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier says of a picture's final pixels: one probability per rating, summing to 1.

    ``fault`` says why there is no answer; a picture without an answer is never shown.
    """

    general: float
    sensitive: float
    questionable: float
    explicit: float
    source: str
    fault: str | None = None

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
