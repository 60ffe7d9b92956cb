"""What the bot is and what draws its pictures, as the models' licences ask it to say."""

from __future__ import annotations

import dataclasses

_FAIR = "Fair AI Public License 1.0-SD"
_RAIL = "CreativeML Open RAIL++-M"


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFacts:
    """Who made a model, under which licence, and where its source is (an address, or "")."""

    title: str
    maker: str
    licence: str
    source: str


KNOWN = {
    "chibi": ModelFacts("Chibi, the demo model", "this project", "Apache-2.0", ""),
    "animagine-xl-3.0": ModelFacts(
        "Animagine XL 3.0",
        "Cagliostro Research Lab",
        _FAIR,
        "https://huggingface.co/cagliostrolab/animagine-xl-3.0",
    ),
    "animagine-xl-3.1": ModelFacts(
        "Animagine XL 3.1",
        "Cagliostro Research Lab",
        _FAIR,
        "https://huggingface.co/cagliostrolab/animagine-xl-3.1",
    ),
    "animagine-xl-2.0": ModelFacts(
        "Animagine XL 2.0", "Linaqruf", _RAIL, "https://huggingface.co/Linaqruf/animagine-xl-2.0"
    ),
    "sdxl-base": ModelFacts(
        "Stable Diffusion XL base 1.0",
        "Stability AI",
        _RAIL,
        "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0",
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class About:
    """The bot's version and source, and its model's facts."""

    version: str
    bot_source: str
    model: ModelFacts


def model_facts(name: str, source_url: str) -> ModelFacts:
    """The facts of a model by name; the owner's ``source_url`` goes before the one known here."""
    facts = KNOWN.get(name, ModelFacts(name, "unknown to this bot", "ask whoever runs this bot", ""))
    return dataclasses.replace(facts, source=source_url or facts.source)
