"""Measures what fast profiles cost in likeness and gain in time, on the demo model.

Every profile of the config, and the demo model's own, draws the same prompts and seeds as the card's settings
(28 steps of Euler a, CFG 7); so do the card's settings with nothing but fewer steps. Distance is the root
mean square difference of pixels to the card's picture, in levels of 255; what two pictures of one prompt and
other seeds differ by is printed beside it, as is what the meter of `bench chibi` reads.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.bench.chibi import BASE, default_negative, person, prompt_of
from bot.core.fast import Fast
from bot.core.size import DEFAULT_SIZE

if TYPE_CHECKING:
    from PIL import Image

    from bot.config import Config

CARD = Fast("card", 28, 7.0, "Euler a")
FEWER = tuple(Fast(f"{steps} steps", steps, 7.0, "Euler a") for steps in (4, 8, 10))
"""What a profile has to be better than."""
OTHER_SEED = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, the seconds that its steps took, and the rows of all of them."""

    picture: Image.Image
    seconds: float
    rows: int


class Studio:
    """The demo model with its LoRAs, drawing one picture at a time."""

    def __init__(self, config: Config) -> None:
        from bot.engine.library import Library
        from bot.engine.parts import load_parts
        from bot.engine.worker import quiet
        from bot.models import open_model

        quiet()
        model = open_model(config)
        self.profiles = tuple(model.catalogue.profiles.values())
        settings = dataclasses.replace(model.settings, device="cpu")
        tell = lambda event: None  # noqa: E731
        self.parts = Library(load_parts(settings, tell), settings, tell).parts(None)

    def draw(self, fast: Fast, prompt: str, seed: int) -> Drawn:
        """One picture; text and VAE are not timed, since they cost the same with every profile."""
        slot = self.parts.denoiser.admit(
            prompt,
            default_negative(),
            self.parts.model.native(DEFAULT_SIZE),
            fast.steps,
            fast.cfg,
            fast.sampler,
            seed,
            loras=fast.loras,
            schedule=fast.schedule,
            guidance=fast.guidance,
        )
        rows, began = 0, time.perf_counter()
        while not slot.finished:
            rows += slot.width
            self.parts.denoiser.step([slot])
        seconds = time.perf_counter() - began
        return Drawn(self.parts.decoder.decode(slot.latents), seconds, rows)


def run(seeds: int, config: Config) -> dict[str, Any]:
    """Measure; per profile the distance, the share of tags shown, the seconds and the UNet's rows."""
    import torch

    from bot.chibi import MODEL_DIR
    from bot.chibi.meter import answers, load_meter

    torch.set_num_threads(1)
    studio, meter = Studio(config), load_meter(MODEL_DIR / "meter.safetensors")
    rng = random.Random("bench profiles")
    people = [person(rng) for _ in range(seeds)]
    profiles = [CARD, *FEWER, *studio.profiles]
    studio.draw(CARD, "warm up", 0)
    drawn: dict[str, list[Drawn]] = {fast.name: [] for fast in profiles}
    other = []
    for seed, one in enumerate(people):
        for fast in profiles:
            drawn[fast.name].append(studio.draw(fast, prompt_of(one), seed))
        other.append(studio.draw(CARD, prompt_of(one), seed + OTHER_SEED))
    true = [answers(one) for one in people]
    rows = {}
    for name, pictures in drawn.items():
        read = meter.read(torch.stack([_tensor(each.picture) for each in pictures]))
        right = [
            one[family] == wanted[family] for one, wanted in zip(read, true, strict=True) for family in BASE
        ]
        rows[name] = {
            "distance": _distance(pictures, drawn[CARD.name]),
            "shown": round(sum(right) / len(right), 3),
            "seconds": round(statistics.median(each.seconds for each in pictures), 3),
            "rows": round(statistics.mean(each.rows for each in pictures), 1),
        }
    for row in rows.values():
        row["speedup"] = round(rows[CARD.name]["seconds"] / row["seconds"], 2)
    return {"seeds": seeds, "another_seed": _distance(other, drawn[CARD.name]), "profiles": rows}


def _tensor(picture: Image.Image) -> Any:
    import torch

    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 127.5 - 1


def _distance(some: list[Drawn], others: list[Drawn]) -> float:
    pairs = zip(some, others, strict=True)
    squares = [
        np.square(np.asarray(one.picture, np.float32) - np.asarray(other.picture, np.float32)).mean()
        for one, other in pairs
    ]
    return round(float(np.mean(np.sqrt(squares))), 1)


def table(result: dict[str, Any]) -> str:
    """The measured numbers as text for a terminal."""
    lines = [f"{'profile':14}{'distance':>10}{'shown':>8}{'seconds':>9}{'rows':>7}{'faster':>8}"]
    for name, row in result["profiles"].items():
        numbers = f"{row['distance']:10.1f}{row['shown']:8.0%}{row['seconds']:9.2f}{row['rows']:7.0f}"
        lines.append(f"{name:14}{numbers}{row['speedup']:7.2f}x")
    seeds = f"{result['seeds']} prompts and seeds, 104x152, one thread, steps alone"
    lines += ["", f"{seeds}; distance in levels of 255 to the card's picture (another seed: "]
    lines[-1] += f"{result['another_seed']:.1f}); shown: share of the base tags that the meter reads"
    return "\n".join(lines)


def main(options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    from bot.cli.common import read_config

    result = run(options.seeds, read_config(options))
    print(json.dumps(result) if options.json else table(result))
    return 0
