"""The words that name colours and things in the drawings, and the colours behind them."""

from __future__ import annotations

RGB = tuple[int, int, int]

INK: RGB = (62, 38, 56)
SKIN: RGB = (255, 226, 204)
SKIN_SHADE: RGB = (247, 192, 170)

HAIR: dict[str, RGB] = {
    "red hair": (226, 48, 52),
    "blonde hair": (255, 218, 92),
    "brown hair": (142, 84, 48),
    "black hair": (58, 54, 74),
    "white hair": (238, 240, 250),
    "blue hair": (62, 118, 236),
    "green hair": (58, 186, 96),
    "pink hair": (255, 142, 190),
    "purple hair": (152, 88, 214),
    "orange hair": (255, 138, 36),
}
EYES: dict[str, RGB] = {
    "blue eyes": (42, 118, 240),
    "red eyes": (226, 32, 44),
    "green eyes": (28, 172, 78),
    "brown eyes": (138, 78, 36),
    "purple eyes": (146, 62, 220),
    "yellow eyes": (250, 190, 20),
    "pink eyes": (255, 92, 172),
}
CLOTHES_COLOURS: dict[str, RGB] = {
    "red": (222, 52, 62),
    "blue": (64, 116, 226),
    "green": (66, 172, 92),
    "yellow": (252, 208, 62),
    "pink": (255, 152, 192),
    "purple": (150, 96, 206),
    "white": (248, 248, 252),
    "black": (66, 62, 80),
}
HAT_COLOURS = ("red", "blue", "green", "yellow", "white", "black")
SIMPLE_BACKGROUNDS: dict[str, RGB] = {
    "white background": (252, 252, 252),
    "pink background": (255, 204, 222),
    "blue background": (176, 214, 252),
    "yellow background": (255, 240, 160),
    "green background": (196, 238, 190),
    "grey background": (188, 190, 198),
}

HAIR_STYLES = ("long hair", "short hair", "twintails", "ponytail", "spiked hair", "bob cut")
MOUTHS = ("smile", "open mouth", "frown", "closed mouth")
CLOTHES = ("school uniform", "hoodie", "dress", "shirt", "kimono")
HATS = tuple(f"{colour} hat" for colour in HAT_COLOURS)
ORNAMENTS = ("hair bow", "hair flower", "crown", "witch hat")
SCENES: dict[str, tuple[str, ...]] = {
    "outdoors, day": ("outdoors", "day", "sky", "cloud"),
    "outdoors, night": ("outdoors", "night", "moon"),
    "outdoors, sunset": ("outdoors", "sunset"),
    "indoors": ("indoors", "window"),
    "classroom": ("indoors", "classroom"),
    "beach": ("outdoors", "beach", "ocean"),
    "city": ("outdoors", "city"),
    "snow": ("outdoors", "snow"),
    "cherry blossoms": ("outdoors", "cherry blossoms"),
    "starry sky": ("starry sky",),
}
"""Each scene with the tags that its picture shows; the first ones may be shared between scenes."""
BACKGROUNDS = (*SIMPLE_BACKGROUNDS, *SCENES)
FRAMINGS = ("portrait", "upper body", "full body")
HANDS = ("v", "waving", "holding flower")
EXTRAS = ("blush", "sparkle", "heart", *HANDS)

QUALITIES = (
    "masterpiece",
    "best quality",
    "high quality",
    "medium quality",
    "normal quality",
    "low quality",
    "worst quality",
)
YEARS = ("newest", "late", "mid", "early", "oldest")
RATINGS = ("general", "sensitive", "questionable", "explicit")
DEFECTS = ("lowres", "blurry", "jpeg artifacts", "text", "signature", "watermark", "bad anatomy", "cropped")


def blend(a: RGB, b: RGB, share: float) -> RGB:
    """Return the colour that lies `share` (0 to 1) of the way from `a` to `b`."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def shade(colour: RGB, share: float = 0.34) -> RGB:
    """The cel-shading tone of a colour: darker, and a little towards violet."""
    return blend(colour, (70, 34, 96), share)


def light(colour: RGB, share: float = 0.55) -> RGB:
    """The highlight tone of a colour."""
    return blend(colour, (255, 255, 255), share)
