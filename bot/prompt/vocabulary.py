"""The special words of the Animagine XL 3.0 model card, verbatim, and those of its relatives.

Sources: the model cards of cagliostrolab/animagine-xl-3.0 and animagine-xl-3.1 ("Special Tags",
"Recommended settings").
"""

from __future__ import annotations

from bot.core.rating import Rating

QUALITY = (
    "masterpiece",
    "best quality",
    "high quality",
    "medium quality",
    "normal quality",
    "low quality",
    "worst quality",
)
"""The seven quality modifiers, best first."""

PREFIX = ("masterpiece", "best quality")
"""What the card prepends "for higher quality outcomes"."""

RATINGS: dict[Rating, tuple[str, ...]] = {
    Rating.GENERAL: ("rating: general",),
    Rating.SENSITIVE: ("rating: sensitive",),
    Rating.QUESTIONABLE: ("rating: questionable", "nsfw"),
    Rating.EXPLICIT: ("rating: explicit", "nsfw"),
}
"""The four rating modifiers."""

YEARS = ("newest", "late", "mid", "early", "oldest")
"""The five year modifiers: 2022-2023, 2019-2021, 2015-2018, 2011-2014, 2005-2010."""

NEGATIVE = (
    "nsfw, lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, "
    "worst quality, low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry, "
    "artist name"
)
"""The negative prompt that the card recommends, verbatim."""

QUALITY_31 = (
    "masterpiece",
    "best quality",
    "great quality",
    "good quality",
    "normal quality",
    "low quality",
    "worst quality",
)
AESTHETIC_31 = ("very aesthetic", "aesthetic", "displeasing", "very displeasing")
PREFIX_31 = ("masterpiece", "best quality", "very aesthetic", "absurdres")
RATINGS_31: dict[Rating, tuple[str, ...]] = {
    Rating.GENERAL: ("safe",),
    Rating.SENSITIVE: ("sensitive",),
    Rating.QUESTIONABLE: ("nsfw",),
    Rating.EXPLICIT: ("explicit", "nsfw"),
}
YEARS_31 = ("newest", "recent", "mid", "early", "oldest")
"""2021-2024, 2018-2020, 2015-2017, 2011-2014, 2005-2010."""
NEGATIVE_31 = (
    r"nsfw, lowres, \(bad\), text, error, fewer, extra, missing, worst quality, jpeg artifacts, low quality, "
    r"watermark, unfinished, displeasing, oldest, early, chromatic aberration, signature, extra digits, "
    r"artistic error, username, scan, \[abstract\]"
)
"""The brackets are letters here, as in the card's script, which knows no weights."""

RATINGS_PLAIN: dict[Rating, tuple[str, ...]] = {
    Rating.GENERAL: (),
    Rating.SENSITIVE: (),
    Rating.QUESTIONABLE: ("nsfw",),
    Rating.EXPLICIT: ("explicit", "nsfw"),
}
"""For models whose cards give no rating words: the plain words serve the guard."""
