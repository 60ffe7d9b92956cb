"""Reading back what `bot.imaging.png` wrote into a picture, from files that anyone may have made."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from bot.core.errors import InvalidRequest
from bot.core.lora import Lora
from bot.core.recipe import Recipe
from bot.core.request import Vary

MAX_BYTES = 128 * 2**20
MAX_PIXELS = 64_000_000
"""More than the largest picture that is made here, and about 200 MB once decoded."""
MAX_TEXT = 32_768
"""Characters of a receipt: two texts of 2,000 with all that is put around them come to a third."""
MAKER = "animagine-bot"

_NEGATIVE = "Negative prompt: "
_CALL = re.compile(r"<lora:([^<>:]+):([^<>:]+)>")
_CALLS = re.compile(r" *((?:<lora:[^<>:]{1,64}:[^<>:]{1,16}> ?)+)$")
_SETTING = re.compile(r'([A-Z][A-Za-z ]{0,40}): ("[^"]{0,4000}"|[^,"]{0,200})(?:, |$)')


def _rows(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def _digest(text: str) -> str:
    if not text or set(text) - set("0123456789abcdef"):
        raise ValueError(text)
    return text


def _share(text: str) -> tuple[float, float]:
    first, last = map(float, text.split(" to "))
    return first, last


def _name(text: str) -> str:
    if not text.isprintable():
        raise ValueError(text)
    return text


_FIELDS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "Steps": ("steps", int),
    "Sampler": ("sampler", str),
    "CFG scale": ("cfg", float),
    "Seed": ("seed", int),
    "Model hash": ("model_hash", _digest),
    "Model": ("model", _name),
    "Version": ("version", str),
    "Device": ("device", _name),
    "Libraries": ("libraries", _name),
    "Enlarged": ("enlarged", int),
    "Rows": ("rows", _rows),
    "Init image hash": ("source", _digest),
    "Mask hash": ("mask", _digest),
    "Schedule": ("schedule", _name),
    "Postprocess upscale by": ("upscaled", int),
    "Postprocess upscaler": ("upscaler", _name),
    "Guidance": ("guidance", _share),
}
"""Settings that are one field each; those in `_read_others` stand for something together."""


def read(file: bytes) -> Recipe:
    """What a PNG file says made it.

    Nothing is promised of its numbers but their kinds. Raises InvalidRequest, in one sentence, for a file
    without a receipt of this bot's, and for one that names what cannot be drawn again here.
    """
    text = _open(file).info.get("parameters")
    if not isinstance(text, str):
        raise InvalidRequest("The file has no receipt: there is no 'parameters' text in it.")
    if len(text) > MAX_TEXT:
        raise InvalidRequest(f"The file's receipt has {len(text):,} characters; {MAX_TEXT:,} are the most.")
    lines = text.split("\n")
    settings = _settings(lines[-1])
    if len(lines) not in (2, 3) or not settings.get("Version", "").startswith(MAKER):
        raise InvalidRequest(f"The file's receipt was not written by {MAKER}, so it cannot be followed.")
    if len(lines) == 3 and not lines[1].startswith(_NEGATIVE):
        raise _damaged("its second line is no negative prompt")
    negative = lines[1].removeprefix(_NEGATIVE) if len(lines) == 3 else ""
    return _recipe(lines[0], negative, settings)


def difference(file: bytes, other: bytes) -> int | None:
    """The largest difference of two PNG files' pixels, in levels of 255; None when their sizes differ.

    Raises InvalidRequest for a file that cannot be read.
    """
    one, two = _levels(file), _levels(other)
    if one.shape != two.shape:
        return None
    return int(np.abs(one - two).max())


def _recipe(positive: str, negative: str, settings: dict[str, str]) -> Recipe:
    fields: dict[str, Any] = {"positive": positive, "negative": negative}
    try:
        _read_loras(settings, fields)
        _read_others(settings, fields)
        for name, (field, kind) in _FIELDS.items():
            if name in settings:
                fields[field] = kind(settings.pop(name))
        if settings:
            raise InvalidRequest(
                f"The file's receipt names {', '.join(settings)}, which cannot be drawn again here."
            )
        return Recipe(**fields)
    except ValueError:
        raise _damaged("something in it is no number, or no hash") from None
    except TypeError:
        raise _damaged("it lacks some of its settings") from None


def _read_loras(settings: dict[str, str], fields: dict[str, Any]) -> None:
    """Move what calls LoRAs up from the prompt's end, with their hashes, to the fields; raises ValueError."""
    if "Lora hashes" not in settings:
        return
    hashes = dict(each.split(": ") for each in settings.pop("Lora hashes").split(", "))
    called = _CALLS.search(fields["positive"])
    if called is None:
        raise ValueError("LoRAs that the prompt does not name")
    loras = [Lora(name, float(weight)) for name, weight in _CALL.findall(called[1])]
    fields["positive"] = fields["positive"][: called.start()]
    fields["loras"] = tuple((lora, _digest(hashes.get(lora.name, ""))) for lora in loras)


def _read_others(settings: dict[str, str], fields: dict[str, Any]) -> None:
    """Move the settings that stand for something together to the fields; raises ValueError."""
    width, _, height = settings.pop("Size", "").partition("x")
    fields["width"], fields["height"] = int(width), int(height)
    if "Variation seed" in settings:
        share = settings.pop("Variation seed strength", "0")
        fields["vary"] = Vary(int(settings.pop("Variation seed")), float(share))
    fields["hires"] = settings.pop("Hires upscale", None) is not None
    settings.pop("Hires upscaler", None)
    strength = settings.pop("Denoising strength", None)
    if "Mask hash" in settings and "Init image hash" not in settings:
        raise ValueError("a mask of no picture")
    if "Init image hash" in settings:
        fields["strength"] = float(strength or "")


def _settings(line: str) -> dict[str, str]:
    """The settings of the last line; empty when it is something else."""
    found: dict[str, str] = {}
    at = 0
    while at < len(line):
        match = _SETTING.match(line, at)
        if match is None:
            return {}
        found[match[1]] = match[2].strip('"')
        at = match.end()
    return found


def _damaged(why: str) -> InvalidRequest:
    return InvalidRequest(f"The file's receipt is damaged: {why}.")


def _open(file: bytes) -> Image.Image:
    if len(file) > MAX_BYTES:
        raise InvalidRequest(f"The file is larger than {MAX_BYTES // 2**20} MiB, the most that is read.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(file), formats=("PNG",))
    except Exception:  # whatever the parser stumbles over in a hostile file
        raise InvalidRequest("The file is no PNG picture that can be read.") from None
    if picture.width * picture.height > MAX_PIXELS:
        raise InvalidRequest(f"The picture has {picture.width}x{picture.height} pixels, too many to compare.")
    return picture


def _levels(file: bytes) -> Any:
    try:
        return np.asarray(_open(file).convert("RGB"), np.int16)
    except InvalidRequest:
        raise
    except Exception:
        raise InvalidRequest("The picture's file is cut off or broken.") from None
