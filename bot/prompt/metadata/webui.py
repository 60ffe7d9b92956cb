"""The ``parameters`` text of the A1111 web UI and its kin, which this bot writes, too."""

from __future__ import annotations

import re

from bot.prompt.metadata.settings import MAX_PROMPT, Maker, Settings, number, whole
from bot.prompt.wildcards import has_wildcards

MAX_LINE = 10_000
"""Characters of the line of settings that are read."""
_NEGATIVE = "Negative prompt:"
_SETTING = re.compile(
    r'\s{0,4}([A-Za-z][\w /-]{0,40}):\s{0,4}("(?:\\.|[^\\"]){0,4000}"|[^,\n]{0,200})(?:,|$)'
)
_CALL = re.compile(r"<lora:([^<>:]{1,100}):([^<>:]{1,20})(?::[^<>]{0,50})?>")
_OTHER_CALL = re.compile(r"<(?:hypernet|lyco|lora):[^<>]{0,200}>\s?,?")
_TAKEN = (
    "Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size", "Model", "Model hash", "Version",
    "Denoising strength", "Variation seed", "Variation seed strength", "Hires upscale", "Hires upscaler",
    "Hires steps", "Lora hashes", "Rows", "Enlarged", "Postprocess upscaler", "Hashes", "Init image hash",
    "Device", "Libraries",
)  # fmt: skip
OWN = "animagine-bot"


def parse(text: str) -> Settings | None:
    """The settings of a text: prompt, negative prompt and settings, each from a line of its own on."""
    lines = text.strip().split("\n")
    settings = _settings(lines[-1])
    if settings:
        lines.pop()
    begins = next((at for at, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    negative = "\n".join(lines[begins:])[:MAX_PROMPT].removeprefix(_NEGATIVE).strip()
    positive, loras = _called("\n".join(lines[:begins])[:MAX_PROMPT])
    if not positive.strip() and not settings:
        return None
    width, _, height = settings.get("Size", "").partition("x")
    seed, share = whole(settings.get("Variation seed")), number(settings.get("Variation seed strength"))
    own = settings.get("Version", "").startswith(OWN)
    hires = "Hires upscale" in settings
    return Settings(
        maker=Maker.SELF if own else Maker.WEBUI,
        positive=literal(positive),
        negative=literal(negative),
        steps=whole(settings.get("Steps")),
        cfg=number(settings.get("CFG scale")),
        sampler=settings.get("Sampler", ""),
        schedule=settings.get("Schedule type", ""),
        seed=whole(settings.get("Seed")),
        width=whole(width.strip()),
        height=whole(height.strip()),
        model=settings.get("Model", ""),
        loras=loras,
        hires=hires,
        vary=(seed, share) if own and seed is not None and share is not None else None,
        begun="Init image hash" in settings or ("Denoising strength" in settings and not hires),
        others=tuple(name for name in settings if name not in _TAKEN),
    )


def literal(text: str) -> str:
    """A prompt of another program, in which nothing is a wildcard of this bot's."""
    if not has_wildcards(text):
        return text
    return text.replace("__", " ").replace("{", r"\{").replace("}", r"\}")


def _settings(line: str) -> dict[str, str]:
    """The settings of the last line; none where it is a part of a prompt."""
    found: dict[str, str] = {}
    for match in _SETTING.finditer(line[:MAX_LINE]):
        found.setdefault(match[1], match[2].strip().strip('"'))
    return found if "Steps" in found or len(found) > 2 else {}


def _called(text: str) -> tuple[str, tuple[tuple[str, float], ...]]:
    """A prompt without its calls of LoRAs, and those."""
    calls = _CALL.findall(text)
    loras = tuple((name.strip(), weight) for name, said in calls if (weight := number(said)) is not None)
    return _OTHER_CALL.sub("", text).strip().removesuffix(","), loras
