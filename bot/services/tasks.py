"""What a worker is asked to draw for a request: one task for each of its pictures."""

from __future__ import annotations

from bot.core.fast import Fast
from bot.core.job import Start, Task
from bot.core.prompt import Prompt
from bot.core.request import Request


def tasks_of(
    job_id: str, request: Request, prompt: Prompt, seed: int, *, fast: Fast | None, start: Start | None
) -> list[Task]:
    """The tasks in the order of their pictures; ``seed`` is the first one's.

    ``fast`` is the profile that the request names, and ``start`` the picture that it begins from.
    """
    return [
        Task(
            job_id=job_id,
            index=index,
            positive=prompt.of(index).positive,
            negative=prompt.of(index).negative,
            size=request.size,
            steps=request.steps,
            cfg=request.cfg,
            sampler=request.sampler,
            seed=each,
            start=start,
            upscale=request.upscale,
            hires=request.hires,
            vary=request.vary,
            loras=request.loras,
            model=request.model,
            schedule=None if fast is None else fast.schedule,
            guidance=None if fast is None else fast.guidance,
        )
        for index, each in enumerate(request.seeds(seed))
    ]
