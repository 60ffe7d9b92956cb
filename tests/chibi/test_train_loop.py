"""The training loop: the learning rate's shape, and that an interruption leaves no trace."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from torch import nn

from bot.chibi.train_loop import Stage, final_file, run_stage, write_atomically

STAGE = Stage("toy", steps=12, rate=1e-2, warmup=3, checkpoint_every=4)


class StopHere(Exception):
    """Stands for a power cut."""


def _loss(net: nn.Linear, seen: list[int], stop_at: int | None = None):  # type: ignore[no-untyped-def]
    def loss(step: int, rng: random.Random) -> torch.Tensor:
        if step == stop_at:
            raise StopHere
        seen.append(step)
        inputs = torch.randn(4, 3) + rng.random()
        value: torch.Tensor = (net(inputs) - inputs.sum(1, keepdim=True)).square().mean()
        return value

    return loss


def _net() -> nn.Linear:
    torch.manual_seed(1)
    return nn.Linear(3, 1)


def test_interrupted_stage_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = _net()
    run_stage(STAGE, {"net": whole}, _loss(whole, []), tmp_path / "whole")
    first = _net()
    with pytest.raises(StopHere):
        run_stage(STAGE, {"net": first}, _loss(first, [], stop_at=10), tmp_path / "cut")
    second, seen = _net(), []
    run_stage(STAGE, {"net": second}, _loss(second, seen), tmp_path / "cut")
    assert seen == [8, 9, 10, 11]
    assert torch.equal(whole.weight, second.weight)
    assert torch.equal(whole.bias, second.bias)


def test_finished_stage_is_only_loaded(tmp_path: Path) -> None:
    net = _net()
    run_stage(STAGE, {"net": net}, _loss(net, []), tmp_path)
    other, seen = nn.Linear(3, 1), []
    run_stage(STAGE, {"net": other}, _loss(other, seen), tmp_path)
    assert seen == []
    assert torch.equal(net.weight, other.weight)
    assert final_file(tmp_path, "toy", "net").exists()


def test_rate_warms_up_and_falls() -> None:
    rates = [STAGE.rate_at(step) for step in range(12)]
    assert rates[0] < rates[1] < rates[2] <= STAGE.rate
    assert rates[3] > rates[7] > rates[11] >= STAGE.rate * STAGE.final


def test_write_leaves_no_partial_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == b"two"
