"""The training loop that every stage shares: workers, learning rate, averaged weights, checkpoints."""

from __future__ import annotations

import io
import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import nn

log = logging.getLogger(__name__)


def write_atomically(path: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage's numbers.

    Attributes:
        name: its folder under the work folder.
        steps: optimizer steps.
        rate: the highest learning rate, after the warm-up and before the cosine.
        final: the share of the rate that the cosine ends at.
        rates: a module's share of the rate, where it is not 1.
        average: decay of the averaged weights, which are what the stage leaves behind.
        checkpoint_every: steps between checkpoints.
    """

    name: str
    steps: int
    rate: float
    warmup: int = 100
    final: float = 0.02
    rates: Mapping[str, float] = field(default_factory=dict)
    average: float = 0.999
    weight_decay: float = 0.01
    checkpoint_every: int = 250

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.rate * (
            self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
        )


@dataclass(frozen=True, slots=True)
class Crew:
    """This process's place among the processes that train together."""

    rank: int = 0
    size: int = 1

    def average_gradients(self, weights: list[nn.Parameter]) -> None:
        """Replace every gradient by its mean over the crew."""
        if self.size == 1:
            return
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = torch.cat([gradient.view(-1) for gradient in gradients])
        torch.distributed.all_reduce(flat)
        flat /= self.size
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


StepLoss = Callable[[int, random.Random], torch.Tensor]
"""From a step's number and its own random numbers to the loss; torch's generator is seeded per step too."""


def final_file(work: Path, stage: str, module: str) -> Path:
    """Return where a stage leaves a module's averaged weights."""
    return work / stage / f"{module}.safetensors"


def load_weights(module: nn.Module, path: Path) -> None:
    """Load weights that `run_stage` left, all of them."""
    module.load_state_dict(load_file(path))


class _Run:
    """The weights, their averages and the optimizer of a stage under way."""

    def __init__(self, stage: Stage, modules: Mapping[str, nn.Module], work: Path) -> None:
        self.stage = stage
        self.modules = modules
        self.file = work / stage.name / "checkpoint.pt"
        groups = []
        for name, module in modules.items():
            module.train()
            share = stage.rates.get(name, 1.0)
            weights = [weight for weight in module.parameters() if weight.requires_grad]
            groups.append({"params": weights, "share": share})
        self.weights: list[nn.Parameter] = [weight for group in groups for weight in group["params"]]  # type: ignore[attr-defined]
        self.averages = [weight.detach().clone() for weight in self.weights]
        self.optimizer = torch.optim.AdamW(
            groups, lr=stage.rate, betas=(0.9, 0.99), weight_decay=stage.weight_decay, fused=True
        )
        self.step = 0

    def resume(self) -> None:
        if not self.file.exists():
            return
        state = torch.load(self.file, weights_only=True)
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
        self.averages = state["averages"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        log.info("%s: goes on from step %d", self.stage.name, self.step)

    def save(self) -> None:
        buffer = io.BytesIO()
        torch.save(
            {
                "modules": {name: module.state_dict() for name, module in self.modules.items()},
                "averages": self.averages,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
            },
            buffer,
        )
        write_atomically(self.file, buffer.getvalue())

    def take_step(self, loss: StepLoss, crew: Crew) -> torch.Tensor:
        key = f"{self.stage.name}:{self.step}:{crew.rank}"
        rng = random.Random(key)
        torch.manual_seed(rng.getrandbits(62))
        value = loss(self.step, rng)
        value.backward()  # type: ignore[no-untyped-call]
        crew.average_gradients(self.weights)
        nn.utils.clip_grad_norm_(self.weights, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.stage.rate_at(self.step) * group["share"]
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        decay = min(self.stage.average, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.averages, [weight.detach() for weight in self.weights], 1 - decay)
        self.step += 1
        return value.detach()

    def adopt_averages(self) -> None:
        with torch.no_grad():
            for weight, average in zip(self.weights, self.averages, strict=True):
                weight.copy_(average)


def run_stage(
    stage: Stage, modules: Mapping[str, nn.Module], loss: StepLoss, work: Path, crew: Crew | None = None
) -> None:
    """Train the modules for a stage and leave their averaged weights in them and under `work`.

    A finished stage is only loaded; an interrupted one goes on from its last checkpoint with the same
    random numbers, so that the outcome does not depend on the interruption.
    """
    crew = crew or Crew()
    files = {name: final_file(work, stage.name, name) for name in modules}
    if all(path.exists() for path in files.values()):
        for name, path in files.items():
            load_weights(modules[name], path)
        return
    run = _Run(stage, modules, work)
    run.resume()
    started, first, total = time.monotonic(), run.step, torch.zeros(())
    while run.step < stage.steps:
        total += run.take_step(loss, crew)
        if crew.rank == 0 and run.step % 50 == 0:
            pace = (time.monotonic() - started) / (run.step - first)
            message = "%s: step %d of %d, loss %.4f, %.3f s a step, %.1f min left"
            left = pace * (stage.steps - run.step) / 60
            log.info(message, stage.name, run.step, stage.steps, float(total) / 50, pace, left)
            total.zero_()
        if crew.rank == 0 and run.step % stage.checkpoint_every == 0:
            run.save()
    run.adopt_averages()
    if crew.rank == 0:
        for name, path in files.items():
            tensors = {key: value.contiguous() for key, value in modules[name].state_dict().items()}
            write_atomically(path, save(tensors))
