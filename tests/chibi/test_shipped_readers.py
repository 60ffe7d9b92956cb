"""What ships beside the model: the upscaler beats Lanczos on fresh drawings, and the tagger reads them."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from bot.chibi import MODEL_DIR, RATING_DIR, TAGGER_DIR
from bot.chibi.draw import draw
from bot.chibi.pairs import draw_pair
from bot.chibi.subject import subject_from_tags
from bot.engine.upscale import open_upscaler
from bot.imaging.enlarge import enlarge
from bot.imaging.tagger import Tagger


def _error(made: Image.Image, true: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Mean squared error, and mean error of the differences between neighbours."""
    levels, wanted = np.asarray(made, np.float64), true.astype(np.float64)
    edges = [np.abs(np.diff(levels, axis=axis) - np.diff(wanted, axis=axis)).mean() for axis in (0, 1)]
    return float(np.square(levels - wanted).mean()), float(sum(edges))


def test_the_upscaler_is_nearer_to_large_drawings_than_lanczos() -> None:
    upscaler = open_upscaler(MODEL_DIR / "upscaler.safetensors", torch.device("cpu"))
    for number in range(4):
        small, large = draw_pair(f"fresh:{number}", (104, 152))
        picture = Image.fromarray(small)
        ours, lanczos = _error(upscaler.enlarge(picture, 4), large), _error(enlarge(picture, 4), large)
        assert ours[0] < lanczos[0] and ours[1] < lanczos[1]


def test_the_tagger_reads_fresh_drawings() -> None:
    tagger = Tagger(TAGGER_DIR)
    words = ("1girl", "green hair", "twintails", "glasses", "beach")
    right = 0
    for seed in range(10):
        rng = random.Random(f"fresh:{seed}")
        picture = draw(subject_from_tags(words, rng), 104, 152, rng)
        found = {tag.name for tag in tagger.tags(enlarge(picture, 4))}
        right += sum(word in found for word in words)
    assert right >= 42  # of 50


def test_they_are_small_and_readable() -> None:
    files = [path for folder in (MODEL_DIR, RATING_DIR, TAGGER_DIR) for path in folder.rglob("*")]
    assert sum(path.stat().st_size for path in files if path.is_file()) <= 20_000_000
    assert (MODEL_DIR / "upscaler.safetensors").stat().st_size < 500_000
    assert sum(path.stat().st_size for path in TAGGER_DIR.iterdir()) < 2_000_000
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in files)
