"""The few-step LoRA's training: the teacher's ways, and the loss that leads to their ends."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from bot.chibi import LCM, MODEL_DIR, train_lcm
from bot.chibi.train_loop import Stage

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def pipeline() -> Any:
    from diffusers import StableDiffusionXLPipeline

    return StableDiffusionXLPipeline.from_pretrained(MODEL_DIR, dtype=torch.float32)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One batch of two captions, three teacher's steps and two of training."""
    for name, value in (("WAYS", 1), ("AT_ONCE", 2), ("BATCH", 4), ("STRIDE", 400)):
        monkeypatch.setattr(train_lcm, name, value)
    monkeypatch.setattr(train_lcm, "LCM", Stage("lcm", 2, 1e-3, warmup=1, checkpoint_every=1))


def test_people_wish_for_good_pictures_that_may_be_shown_anywhere() -> None:
    captions = [train_lcm.wished(random.Random(seed)) for seed in range(200)]
    words = {word for caption in captions for word in caption.split(", ")}
    assert {"masterpiece", "1girl"} < words
    assert not words & {"nsfw", "worst quality", "rating: explicit"}


def test_the_loss_is_nothing_for_who_sees_the_end_and_more_for_who_is_further_off() -> None:
    ends, noise = torch.randn(2, 3, 4, 5, 6, generator=torch.Generator().manual_seed(1))
    times = torch.tensor([39, 499, 999])
    kept = train_lcm._kept(times).view(-1, 1, 1, 1)
    states = kept.sqrt() * ends + (1 - kept).sqrt() * noise

    def loss(off: float) -> float:
        class Answers(torch.nn.Module):
            def forward(self, *args: Any, **more: Any) -> Any:
                return dataclasses.make_dataclass("Answer", ["sample"])(noise + off)

        return float(train_lcm.consistency_loss(Answers(), states, times, ends, noise, noise))

    assert loss(0.0) < 1e-4 < loss(0.1) < loss(0.2)


def test_ways_lead_from_noise_and_from_noised_ends_and_are_drawn_once(
    pipeline: Any, few: None, tmp_path: Path
) -> None:
    first = train_lcm.draw_ways(pipeline, tmp_path, 0)
    pipeline = None  # a second reading needs no teacher
    again = train_lcm.draw_ways(pipeline, tmp_path, 0)
    assert len(first) == 3
    for one, other in zip(first, again, strict=True):
        assert one.captions == other.captions and torch.equal(one.ends, other.ends)
        assert one.states.shape == (len(one.times), *one.ends.shape)
    assert first[0].times.tolist() == [999, 599, 199]
    assert all(999 > int(ways.times[0]) >= 59 for ways in first[1:])


def test_training_writes_what_the_shipped_file_holds(few: None, tmp_path: Path) -> None:
    train_lcm.train_lcm(tmp_path, tmp_path / "lcm.safetensors")
    made, shipped = load_file(tmp_path / "lcm.safetensors"), load_file(LCM)
    assert {name: tensor.shape for name, tensor in made.items()} == {
        name: tensor.shape for name, tensor in shipped.items()
    }
    ups = [tensor for name, tensor in made.items() if name.endswith("lora_up.weight")]
    assert any(bool(tensor.any()) for tensor in ups)
    assert LCM.stat().st_size < 700_000
