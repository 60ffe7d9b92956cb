"""A request as the few texts of a form, and back: what a person changes by hand and asks for anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from bot.core.errors import InvalidRequest
from bot.core.job import Job
from bot.core.language import later, say
from bot.core.lora import parse as parse_loras
from bot.core.lora import written as written_loras
from bot.core.rating import Rating
from bot.core.request import MAX_SEED, Request
from bot.core.size import Size

MOST_SETTINGS = 4000
"""Characters that one text of a form holds in Discord."""
ALWAYS = ("size", "count", "steps", "cfg", "sampler")
"""Settings that a form shows whatever they are; others it shows where they are not the usual."""
BY_PROFILE = ("steps", "cfg", "sampler")


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """The texts; an empty ``seed`` is a random one, ``settings`` has one setting a line: ``name: value``."""

    prompt: str
    negative: str
    seed: str
    settings: str


def filled(job: Job) -> Form:
    """A job's own values; raises InvalidRequest for more than a form holds."""
    request = job.request
    usual = Request("")
    lines = []
    for name, setting in _SETTINGS.items():
        value = setting.value(request)
        always = name in ALWAYS and not (request.profile and name in BY_PROFILE)
        if always or (name not in ALWAYS and value != setting.value(usual)):
            lines.append(f"{name}: {setting.write(value)}")
    settings = "\n".join(lines)
    if len(settings) > MOST_SETTINGS:
        raise InvalidRequest("The options of this request are too long for a form; please ask with /imagine.")
    return Form(request.prompt, request.negative, str(job.seed), settings)


def edited(job: Job, form: Form) -> Request:
    """What a form asks for that was filled with a job's values; raises InvalidRequest, saying which line.

    What a form does not show stays as it was: whose eyes it is for, and what it begins from as long as
    ``strength`` stands there. A variation stays one of the same seed.
    """
    given = _given(form.settings)
    if "profile" in given and any(name in given for name in BY_PROFILE):
        raise InvalidRequest("A profile sets steps, cfg and sampler itself; leave out its line, or theirs.")
    base, seed = job.request, _seed(form.seed)
    source = None
    if (strength := given.pop("strength", None)) is not None:
        if base.source is None:
            raise InvalidRequest("This begins from no picture, so strength says nothing; leave its line out.")
        source = dataclasses.replace(base.source, strength=strength)
    return Request(
        form.prompt,
        form.negative,
        seed=seed,
        source=source,
        vary=base.vary if seed == job.seed else None,
        private=base.private,
        **{_SETTINGS[name].field: value for name, value in given.items()},
    )


def reworded(job: Job, prompt: str, seed: str) -> Request:
    """Other words with a job's settings; raises InvalidRequest for what is no seed."""
    return dataclasses.replace(
        job.request,
        prompt=prompt,
        subject=None,
        character=None,
        series=None,
        source=None,
        vary=None,
        seed=_seed(seed),
    )


def _seed(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidRequest(
            "The seed is no whole number of 0 to {most}; leave it empty for a random one.",
            most=MAX_SEED,
        )
    return int(text)


def _given(text: str) -> dict[str, Any]:
    """The settings of a text by name; nothing of it is repeated when it cannot be read."""
    given: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        setting = _SETTINGS.get(name.lower())
        if setting is None or not colon:
            raise InvalidRequest(
                "Line {number} of the settings is no setting with a colon and a value; there are {settings}.",
                number=number,
                settings=", ".join(_SETTINGS),
            )
        if name.lower() in given:
            raise InvalidRequest(
                "Line {number} of the settings names {name} a second time.",
                number=number,
                name=name.lower(),
            )
        try:
            given[name.lower()] = setting.read(value)
        except ValueError:
            raise InvalidRequest(
                "Line {number} of the settings is not understood: {name} is {kind}.",
                number=number,
                name=name.lower(),
                kind=say(setting.kind),
            ) from None
    return given


@dataclasses.dataclass(frozen=True, slots=True)
class _Setting:
    """One setting: its field of a request, what it is for people, how it is read and written.

    ``read`` raises ValueError, or InvalidRequest where that says more.
    """

    field: str
    kind: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str

    def value(self, request: Request) -> Any:
        if self.field == "source":
            return None if request.source is None else request.source.strength
        return getattr(request, self.field)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _short(value: float) -> str:
    """The shortest text that reads back as the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _yes(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise ValueError(text)
    return text.lower() == "yes"


def _word(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _line(value: Any) -> str:
    return " ".join(str(value).split())


_WHOLE, _TEXT = later("a whole number"), later("one or more words")
_SETTINGS = {
    "size": _Setting("size", later("one of the nine sizes, such as 832x1216"), Size.parse),
    "count": _Setting("count", _WHOLE, _whole),
    "steps": _Setting("steps", _WHOLE, _whole),
    "cfg": _Setting("cfg", later("a number, such as 6.5"), _number, _short),
    "sampler": _Setting("sampler", later("a sampler's name"), _word),
    "subject": _Setting("subject", _TEXT, _word, _line),
    "character": _Setting("character", _TEXT, _word, _line),
    "series": _Setting("series", _TEXT, _word, _line),
    "quality": _Setting("quality", _TEXT, _word, _line),
    "rating": _Setting(
        "rating",
        later("general, sensitive, questionable or explicit"),
        Rating.parse,
        lambda value: value.word,
    ),
    "year": _Setting("year", _TEXT, _word, _line),
    "style": _Setting("style", later("a style's name"), _word, _line),
    "lora": _Setting("loras", later("names with weights, such as ink:0.8, glow"), parse_loras, written_loras),
    "model": _Setting("model", later("a model's name"), _word, _line),
    "profile": _Setting("profile", later("a profile's name"), _word, _line),
    "hires": _Setting("hires", later("yes or no"), _yes, lambda value: "yes" if value else "no"),
    "upscale": _Setting("upscale", later("1 or 2"), _whole),
    "strength": _Setting("source", later("a number of 0 to 1"), _number, _short),
}
