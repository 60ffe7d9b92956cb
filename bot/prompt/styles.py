"""Styles and presets of quality: words that stand around a prompt, under a name that people choose.

The names are those of the public Animagine XL Space; the words are our own, in tags, since the model card
asks for tags. `[styles]` of the config adds the owner's own.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping

from bot.core.errors import ConfigError, InvalidRequest
from bot.prompt.grammar import parse
from bot.prompt.reader import shown

PLACE = "{prompt}"
"""Where a style's words take up the asker's."""
NONE = "none"


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """Words for both prompts. A positive without ``{prompt}`` stands behind the asker's."""

    positive: str = ""
    negative: str = ""

    def around(self, prompt: str) -> str:
        """The asker's prompt with the style's words."""
        if not self.positive:
            return prompt
        template = self.positive if PLACE in self.positive else f"{PLACE}, {self.positive}"
        return template.replace(PLACE, prompt)

    def without(self, negative: str) -> str:
        """The asker's negative with the style's words behind."""
        return ", ".join(text for text in (negative, self.negative) if text)


STYLES: dict[str, Style] = {
    "Cinematic": Style(
        "{prompt}, cinematic lighting, depth of field, film grain, dramatic, letterboxed, high contrast",
        "flat color, sketch, text, simple background",
    ),
    "Photographic": Style(
        "{prompt}, photorealistic, realistic, depth of field, bokeh, natural lighting, photo (medium)",
        "sketch, lineart, flat color, monochrome, painting (medium)",
    ),
    "Anime": Style(
        "{prompt}, anime coloring, anime screencap, key visual, vivid colors, clean lineart",
        "photorealistic, realistic, 3d, monochrome, sketch",
    ),
    "Manga": Style(
        "{prompt}, manga, comic, monochrome, greyscale, screentones, speed lines",
        "colorful, photorealistic, 3d, blurry",
    ),
    "Digital Art": Style(
        "{prompt}, painting (medium), concept art, painterly, detailed background, rim lighting",
        "photorealistic, photo (medium), 3d, lineart",
    ),
    "Pixel art": Style(
        "{prompt}, pixel art, limited palette, dithering, 16-bit, retro artstyle",
        "photorealistic, realistic, 3d, gradient, film grain",
    ),
    "Fantasy art": Style(
        "{prompt}, fantasy, magic, ethereal, light particles, detailed background, oil painting (medium)",
        "photorealistic, photo (medium), modern, simple background, monochrome",
    ),
    "Neonpunk": Style(
        "{prompt}, cyberpunk, neon lights, science fiction, purple theme, glowing, city lights",
        "sketch, monochrome, flat color, pastel colors",
    ),
    "3D Model": Style(
        "{prompt}, 3d, blender (medium), volumetric lighting, smooth shading, detailed background",
        "sketch, lineart, flat color, low poly, painting (medium)",
    ),
}
"""With none, the Space's ten."""

PRESETS: dict[str, Style] = {
    "light": Style(
        "(masterpiece), best quality, {prompt}",
        "nsfw, (worst quality:1.2), (low quality:1.2), lowres, text, signature, watermark, username",
    ),
    "heavy": Style(
        "(masterpiece), (best quality), (high quality), {prompt}, highly detailed, detailed background, "
        "beautiful detailed eyes",
        "nsfw, (worst quality:1.2), (low quality:1.2), normal quality, lowres, bad anatomy, bad proportions, "
        "bad hands, bad feet, missing fingers, extra digit, fewer digits, extra arms, extra legs, deformed, "
        "text, error, cropped, jpeg artifacts, signature, watermark, username, blurry, artist name",
    ),
}
"""The Space's presets beside its standard one, which is the model card's own; their negatives take the place
of the card's."""
STANDARD = "standard"


def styles_with(own: Mapping[str, Style]) -> dict[str, Style]:
    """The Space's styles and an owner's, which win over one of the same name.

    Raises ConfigError for one without words, with a weight that cannot be used, or with other braces.
    """
    for name, style in own.items():
        _check(name, style)
    named = set(map(spelled, own))
    return {**{name: style for name, style in STYLES.items() if spelled(name) not in named}, **own}


def _check(name: str, style: Style) -> None:
    if spelled(name) == NONE or not (style.positive.strip() or style.negative.strip()):
        raise ConfigError(f"styles.{name} should have words in its positive or negative, and another name.")
    if set("{}") & set(style.positive.replace(PLACE, "", 1) + style.negative):
        raise ConfigError(f"styles.{name} has braces other than one {PLACE} in its positive; take them out.")
    try:
        for text in (style.around(""), style.negative):
            parse(text)
    except InvalidRequest as error:
        raise ConfigError(f"styles.{name}: {error}") from None


def chosen(name: str | None, styles: Mapping[str, Style]) -> Style | None:
    """The style of a request; None for none. Raises InvalidRequest, naming those that are near."""
    wanted = spelled(name or NONE)
    if wanted in ("", NONE):
        return None
    by_name = {spelled(each): each for each in styles}
    if wanted not in by_name:
        near = difflib.get_close_matches(wanted, by_name, 3, 0.5) or by_name
        listed = ", ".join([*(by_name[each] for each in near), NONE])
        raise InvalidRequest(
            "{shown} is no style here; use {listed}.", shown=shown(name or ""), listed=listed
        )
    return styles[by_name[wanted]]


def spelled(name: str) -> str:
    """A name as it is compared: case, underscores and doubled spaces do not count."""
    return " ".join(name.lower().replace("_", " ").split())
