"""Measures what the demo model's pictures show, with the card's full default negative at CFG 7, 28 steps."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.chibi import MODEL_DIR, palette
from bot.chibi.captions import CARD_NEGATIVE, GUARD, groups
from bot.chibi.draw import draw
from bot.chibi.subject import Subject, random_subject

if TYPE_CHECKING:
    import torch
    from diffusers import StableDiffusionXLPipeline

    from bot.chibi.meter import Meter

SIZE = (104, 152)
STEPS = 28
CFG = 7.0
TOP = "masterpiece, best quality"
_AT_ONCE = 10

TARGETS = {
    "subject": 0.9,
    "hair colour": 0.9,
    "hair style": 0.9,
    "background": 0.9,
    "headwear": 0.9,
    "cat ears": 0.9,
    "rating": 0.9,
    "glasses": 0.8,
    "eyes": 0.8,
    "clothes' colour": 0.8,
    "mouth": 0.65,
}
"""The shares to reach; "rating" is the forbidden sign, "headwear" a hat and its colour."""

BASE = ("subject", "hair colour", "hair style", "eyes", "mouth", "clothes' colour", "background")

DARK = ("outdoors, night", "outdoors, sunset", "starry sky")


def default_negative(*own: str) -> str:
    """Return the card's list, a person's own tags, and the guard, as the bot writes them."""
    return ", ".join((*CARD_NEGATIVE, *own, *GUARD))


def open_negative() -> str:
    """Return the card's list alone, as the bot writes it where every rating may be shown."""
    return ", ".join(CARD_NEGATIVE)


def person(rng: random.Random) -> Subject:
    """Return a plain general person: every base family evenly, no accessory, nothing unnamed."""
    clothes = rng.choice(tuple(word for word in palette.CLOTHES if word != "school uniform"))
    return replace(
        random_subject(rng),
        subject=rng.choice(("1girl", "1boy")),
        character=None,
        series=None,
        glasses=False,
        cat_ears=False,
        headwear=None,
        hair_style=rng.choice(palette.HAIR_STYLES),
        hair_colour=rng.choice(tuple(palette.HAIR)),
        eye_colour=rng.choice(tuple(palette.EYES)),
        mouth=rng.choice(palette.MOUTHS),
        clothes=clothes,
        clothes_colour=rng.choice(tuple(palette.CLOTHES_COLOURS)),
        background=rng.choice(palette.BACKGROUNDS),
        framing="",
        extras=(),
        quality="masterpiece",
        year="newest",
        rating="general",
    )


def prompt_of(
    subject: Subject, *, quality: str = "masterpiece, best quality", last: str = "rating: general"
) -> str:
    """Return the subject's tags as the bot writes a prompt; fields that are "" are not named."""
    parts = groups(subject)
    return ", ".join(word for word in (quality, *parts.head, *parts.rest, last) if word)


class Artist:
    """Makes pictures with a model folder and reads them with the meter that lies in it.

    Attributes:
        made: pictures so far.
        seconds: what they took.
    """

    def __init__(self, model: Path) -> None:
        import torch
        from diffusers import StableDiffusionXLPipeline

        from bot.chibi.meter import load_meter

        self.pipeline: StableDiffusionXLPipeline = StableDiffusionXLPipeline.from_pretrained(
            model, torch_dtype=torch.float32
        )
        self.pipeline.set_progress_bar_config(disable=True)
        self.meter: Meter = load_meter(model / "meter.safetensors")
        self.made = 0
        self.seconds = 0.0

    def pictures(self, prompts: Sequence[str], negative: str, *, cfg: float = CFG) -> torch.Tensor:
        """Return pictures (N, 3, H, W) in -1..1; the n-th prompt has seed n."""
        import torch

        done = []
        for first in range(0, len(prompts), _AT_ONCE):
            part = list(prompts[first : first + _AT_ONCE])
            seeds = [torch.Generator().manual_seed(first + row) for row in range(len(part))]
            started = time.perf_counter()
            found = self.pipeline(
                part,
                negative_prompt=[negative] * len(part),
                width=SIZE[0],
                height=SIZE[1],
                num_inference_steps=STEPS,
                guidance_scale=cfg,
                generator=seeds,
                output_type="pt",
            ).images
            self.seconds += time.perf_counter() - started
            self.made += len(part)
            done.append(found.float() * 2 - 1)
        return torch.cat(done)

    def read(self, prompts: Sequence[str], negative: str, *, cfg: float = CFG) -> list[dict[str, str]]:
        """Return what each prompt's picture shows."""
        return self.meter.read(self.pictures(prompts, negative, cfg=cfg))


def _share(read: Sequence[dict[str, str]], right: Callable[[dict[str, str]], bool]) -> float:
    return round(sum(map(right, read)) / len(read), 3)


def _shown(read: Sequence[dict[str, str]], subjects: Sequence[Subject], family: str) -> float:
    from bot.chibi.meter import answers

    right = [one[family] == answers(subject)[family] for one, subject in zip(read, subjects, strict=True)]
    return round(sum(right) / len(right), 3)


def _families(artist: Artist, people: Sequence[Subject]) -> dict[str, float]:
    """Return the share of pictures that show what was asked, family by family."""
    negative = default_negative()
    read = artist.read([prompt_of(one) for one in people], negative)
    shares = {family: _shown(read, people, family) for family in BASE}
    accessories = {
        "glasses": [replace(one, glasses=True) for one in people],
        "headwear": [replace(one, headwear=palette.HATS[row % 6]) for row, one in enumerate(people)],
        "cat ears": [replace(one, cat_ears=True) for one in people],
    }
    for family, subjects in accessories.items():
        shares[family] = _shown(artist.read([prompt_of(one) for one in subjects], negative), subjects, family)
    signs = artist.read(
        [
            prompt_of(one, last=f"rating: {'questionable' if row % 2 else 'explicit'}, nsfw")
            for row, one in enumerate(people)
        ],
        open_negative(),
    )
    shares["rating"] = _share(signs, lambda one: one["rating"] in ("questionable", "explicit"))
    return shares


def _meter_scores(artist: Artist, count: int) -> dict[str, dict[str, float]]:
    """Return the meter's share of right answers on fresh true drawings, and on them after the autoencoder."""
    import numpy as np
    import torch

    from bot.chibi.meter import answers

    rng = random.Random("meter")
    subjects = [replace(random_subject(rng), quality="masterpiece", year="newest") for _ in range(count)]
    drawings = np.stack(
        [np.asarray(draw(one, *SIZE, random.Random(row))) for row, one in enumerate(subjects)]
    )
    pictures = torch.from_numpy(drawings).permute(0, 3, 1, 2).float() / 127.5 - 1
    vae = artist.pipeline.vae
    with torch.inference_mode():
        worn = torch.cat(
            [vae.decode(vae.encode(part).latent_dist.mode()).sample for part in torch.split(pictures, 16)]
        )
    scores: dict[str, dict[str, float]] = {family: {} for family in TARGETS}
    for name, seen in (("drawings", pictures), ("after_vae", worn.clamp(-1, 1))):
        pairs = [
            (one, answers(subject)) for one, subject in zip(artist.meter.read(seen), subjects, strict=True)
        ]
        for family, row in scores.items():
            right = [one[family] == true[family] for one, true in pairs if family in true]
            row[name] = round(sum(right) / max(1, len(right)), 3)
    return scores


def _effects(artist: Artist, people: Sequence[Subject]) -> dict[str, dict[str, float]]:
    """Return what a tag in the negative, the quality words, the year words and CFG move."""
    silent = [prompt_of(replace(one, mouth=""), quality="") for one in people]
    without = artist.read(silent, default_negative())
    mouths = artist.read(silent, default_negative("smile", "open mouth"))
    named = [replace(one, background=DARK[row % 3]) for row, one in enumerate(people)]
    dark = [prompt_of(one, quality="") for one in named]
    nights = {
        "without": artist.read(dark, default_negative()),
        "with": artist.read(dark, default_negative("night", "moon", "sunset", "starry sky")),
    }
    effects = {
        "negative 'smile, open mouth'": {
            "without": _share(without, lambda one: one["mouth"] in ("smile", "open mouth")),
            "with": _share(mouths, lambda one: one["mouth"] in ("smile", "open mouth")),
        },
        "negative 'night, moon, sunset, starry sky' against the prompt": {
            name: _share(read, lambda one: one["background"] in DARK) for name, read in nights.items()
        },
    }
    plain = [prompt_of(one, quality="") for one in people]
    looks = {
        "quality": (TOP, "worst quality, low quality"),
        "year": ("newest", "oldest"),
    }
    for family, words in looks.items():
        effects[f"{family} (mean place read, 0 is the first)"] = {
            word: round(
                float(
                    artist.meter.grade(
                        artist.pictures([f"{word}, {text}" for text in plain], ""), family
                    ).mean()
                ),
                2,
            )
            for word in words
        }
    tagged = [prompt_of(one) for one in people]
    effects["CFG (share of the base families shown)"] = {}
    for cfg in (1.0, 4.0, CFG):
        read = artist.read(tagged, default_negative(), cfg=cfg)
        mean = sum(_shown(read, people, family) for family in BASE) / len(BASE)
        effects["CFG (share of the base families shown)"][f"{cfg:g}"] = round(mean, 3)
    return effects


def run(seeds: int = 50, model: Path = MODEL_DIR) -> dict[str, Any]:
    """Return shares per tag family, the meter's own scores, effects, and seconds a picture on one thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        artist = Artist(model)
        rng = random.Random("bench chibi")
        people = [person(rng) for _ in range(seeds)]
        shares = _families(artist, people)
        scores = _meter_scores(artist, 4 * seeds)
        effects = _effects(artist, people[: max(1, seeds // 2)])
    finally:
        torch.set_num_threads(threads)
    families = {name: {"shown": shares[name], "target": TARGETS[name], **scores[name]} for name in TARGETS}
    pace = round(artist.seconds / artist.made, 2)
    return {"seeds": seeds, "families": families, "effects": effects, "seconds_per_picture": pace}


def table(result: dict[str, Any]) -> str:
    """Return the measured numbers as text for a terminal."""
    lines = [f"{'family':18}{'shown':>8}{'wanted':>8}{'drawings':>10}{'after VAE':>11}"]
    for family, row in result["families"].items():
        name = {"rating": "forbidden sign", "headwear": "hat"}.get(family, family)
        numbers = f"{row['shown']:8.0%}{row['target']:8.0%}{row['drawings']:10.0%}{row['after_vae']:11.0%}"
        lines.append(f"{name:18}{numbers}")
    lines += ["", f"shown: share of {result['seeds']} seeds, 28 steps, CFG 7, the card's full negative"]
    lines += ["drawings, after VAE: the meter's own share of right answers there", ""]
    for name, values in result["effects"].items():
        lines.append(f"{name}: " + ", ".join(f"{word} {value:g}" for word, value in values.items()))
    lines.append(f"{result['seconds_per_picture']:g} s a picture on one thread")
    return "\n".join(lines)


def main(args: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    result = run(args.seeds, args.model or MODEL_DIR)
    print(json.dumps(result) if args.json else table(result))
    return 0
