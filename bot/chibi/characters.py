"""The invented characters and their series; nobody here exists anywhere else."""

from __future__ import annotations

from typing import TypedDict


class Looks(TypedDict, total=False):
    """The attributes that an invented character always has."""

    subject: str
    hair_colour: str
    hair_style: str
    eye_colour: str
    glasses: bool
    headwear: str | None
    cat_ears: bool
    clothes: str
    clothes_colour: str


def _looks(
    subject: str,
    hair: str,
    style: str,
    eyes: str,
    clothes: str,
    colour: str,
    headwear: str | None = None,
    *,
    glasses: bool = False,
    cat_ears: bool = False,
) -> Looks:
    return {
        "subject": subject,
        "hair_colour": f"{hair} hair",
        "hair_style": style,
        "eye_colour": f"{eyes} eyes",
        "clothes": clothes,
        "clothes_colour": colour,
        "headwear": headwear,
        "glasses": glasses,
        "cat_ears": cat_ears,
    }


CHARACTERS: dict[str, tuple[str, Looks]] = {
    "nyx (paper moon)": (
        "paper moon",
        _looks("1girl", "purple", "long hair", "yellow", "dress", "black", "witch hat"),
    ),
    "lumi (paper moon)": (
        "paper moon",
        _looks("1girl", "white", "bob cut", "blue", "kimono", "blue", "hair flower"),
    ),
    "orin (paper moon)": ("paper moon", _looks("1boy", "black", "spiked hair", "red", "hoodie", "red")),
    "marlo": (
        "tidal academy",
        _looks("1girl", "pink", "twintails", "green", "school uniform", "", "hair bow"),
    ),
    "tansy": (
        "tidal academy",
        _looks("1girl", "orange", "ponytail", "brown", "school uniform", "", glasses=True),
    ),
    "perrin (tidal academy)": (
        "tidal academy",
        _looks("1boy", "blue", "short hair", "purple", "shirt", "white", glasses=True),
    ),
    "mochi": (
        "clockwork garden",
        _looks("1girl", "brown", "bob cut", "pink", "hoodie", "pink", cat_ears=True),
    ),
    "fern (clockwork garden)": (
        "clockwork garden",
        _looks("1girl", "green", "long hair", "red", "dress", "white", "crown"),
    ),
    "aurel": ("clockwork garden", _looks("1boy", "blonde", "short hair", "blue", "shirt", "blue", "red hat")),
}
"""Invented characters: name -> (series, looks)."""
