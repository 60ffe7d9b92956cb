"""A job as the dispatcher holds it, from its submission to its end."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence

from bot.core.job import Rendered, Task


@dataclasses.dataclass(slots=True, eq=False)
class Held:
    """A job that has not ended; what is counted per picture goes by its index.

    ``began`` is when its first picture was sent, on the dispatcher's clock; ``gpu_seconds`` is what the
    finished ones took of their workers, beside others that shared the batch.
    """

    owner: int
    guild: int | None
    tasks: Sequence[Task]
    steps: dict[int, int] = dataclasses.field(default_factory=dict)
    deaths: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    pictures: dict[int, Rendered] = dataclasses.field(default_factory=dict)
    began: float | None = None
    gpu_seconds: float = 0.0
    cancelled: bool = False

    @property
    def id(self) -> str:
        return self.tasks[0].job_id

    @property
    def total(self) -> int:
        """Steps of all its pictures."""
        return sum(task.all_steps for task in self.tasks)

    @property
    def done(self) -> int:
        """Steps done so far."""
        return sum(self.steps.values())

    @property
    def finished(self) -> tuple[Rendered, ...] | None:
        """Its pictures in order, once there are all of them."""
        if len(self.pictures) < len(self.tasks):
            return None
        return tuple(self.pictures[index] for index in sorted(self.pictures))
