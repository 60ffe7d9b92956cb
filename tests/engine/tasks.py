"""Pictures to ask for, for tests of the dispatcher's side."""

from __future__ import annotations

from typing import Any

from bot.core.job import Image, Rendered, Task, Verdict
from bot.core.size import DEFAULT_SIZE, Size


def picture(
    job: str, index: int = 0, *, steps: int = 20, size: Size = DEFAULT_SIZE, cfg: float = 7.0, **more: Any
) -> Task:
    """One picture of a job."""
    return Task(job, index, "1girl", None, size, steps, cfg, more.pop("sampler", "Euler a"), index, **more)


def pictures(job: str, count: int = 1, **more: Any) -> list[Task]:
    """All pictures of a job."""
    return [picture(job, index, **more) for index in range(count)]


def drawn(job: str, index: int = 0) -> Rendered:
    """A finished picture whose bytes name it."""
    verdict = Verdict(1.0, 0.0, 0.0, 0.0, "stand-in")
    return Rendered(Image(index, index, 8, 8, "00", verdict), f"{job}/{index}".encode())
