"""How many prompts a second one core composes, judges and writes out, as ``prompt --batch`` does.

The prompts are made up: mostly common tags, as people type them, a part of words that nobody put together
before (which no memory helps with), some with weights, a negative, another script or a disguised tag. The
rate is by the processor time of this one thread, so that what else runs on the machine does not count.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator

from bot.config import Config
from bot.core.rating import Rating
from bot.models import open_model
from bot.prompt.dictionary import Dictionary
from bot.services.dry_run import DryRun

_DISGUISES: tuple[Callable[[str], str], ...] = (
    " ".join,
    ".".join,
    str.upper,
    lambda tag: tag[::-1],
    lambda tag: tag.translate(str.maketrans("aeios", "43105")),
    lambda tag: "".join(chr(ord(char) + 0xFEE0) if char != " " else char for char in tag),
    lambda tag: tag.translate(str.maketrans("aeopc", "\u0430\u0435\u043e\u0440\u0441")),
)


def main(options: argparse.Namespace) -> int:
    """Measure and print."""
    dry_run = DryRun(open_model(Config()).prompts, Rating.GENERAL)
    lines = list(itertools.islice(make_lines(dry_run.prompts.dictionary, options.seed), options.prompts))
    started = time.process_time()
    answers = [json.dumps(dry_run.line(line)) for line in lines]
    seconds = time.process_time() - started
    denied = sum(json.loads(answer)["decision"] == "deny" for answer in answers)
    result = {
        "prompts_per_s": round(len(lines) / seconds, 1),
        "prompts": len(lines),
        "tags_per_prompt": round(sum(line.count(",") for line in lines) / len(lines), 1),
        "denied": denied,
        "seconds": round(seconds, 3),
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(f"{result['prompts_per_s']:,} prompts a second, of {result['prompts']:,} ({denied:,} denied)")
    return 0


def make_lines(dictionary: Dictionary, seed: int) -> Iterator[str]:
    """Yield lines of a batch without end; equal seeds give equal lines."""
    rng = random.Random(seed)
    common = [entry for entry in dictionary.entries if entry.rating is Rating.GENERAL and entry.count]
    weights = list(itertools.accumulate(entry.count for entry in common))
    rated = [entry.name for entry in dictionary.entries if entry.rating > Rating.GENERAL]
    foreign = [alias for entry in common for alias in entry.aliases if not alias.isascii()]
    words = sorted({word for entry in common for word in entry.name.split() if word.isalpha()})
    while True:
        tags = [entry.name for entry in rng.choices(common, cum_weights=weights, k=rng.randint(5, 15))]
        if rng.random() < 0.5:
            tags.append(" ".join(rng.sample(words, rng.randint(2, 4))))
        if rng.random() < 0.3:
            tags[0] = f"({tags[0]}:{rng.uniform(0.5, 1.5):.2f})"
        if rng.random() < 0.1:
            tags.append(rng.choice(foreign))
        if rng.random() < 0.1:
            tags.insert(rng.randrange(len(tags)), rng.choice(_DISGUISES)(rng.choice(rated)))
        if rng.random() < 0.3:
            tags = [tag.replace(" ", "_") for tag in tags]
        negative = ", ".join(rng.sample(words, 3)) if rng.random() < 0.3 else ""
        yield json.dumps({"prompt": ", ".join(tags), "negative": negative, "ceiling": "general"})
