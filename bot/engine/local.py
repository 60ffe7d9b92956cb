"""Drawing without an event loop: the same worker process, driven from a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.errors import EngineError
from bot.core.events import Broken, Cancelled, Done, Failed, WorkerEvent
from bot.core.job import Task
from bot.engine.client import events, spawn
from bot.engine.messages import Stop, Submit, WorkerSettings

STOP_SECONDS = 5.0


def render(
    settings: WorkerSettings,
    tasks: Sequence[Task],
    on_event: Callable[[WorkerEvent], None] = lambda event: None,
) -> list[Done]:
    """Draw some tasks in a worker of their own and give the answers in the tasks' order; blocks.

    Raises EngineError with the worker's sentence when it cannot load or a task fails.
    """
    answers: dict[str, Done] = {}
    process, pipe = spawn(settings)
    try:
        for task in tasks:
            pipe.send(Submit(task))
        for event in events(process, pipe):
            on_event(event)
            if isinstance(event, Done):
                answers[event.job_id] = event
            if isinstance(event, Failed | Broken):
                raise EngineError(event.sentence)
            if isinstance(event, Cancelled):
                raise EngineError("The engine dropped the job.")
            if len(answers) == len(tasks):
                pipe.send(Stop())
                break
        return [answers[task.job_id] for task in tasks]
    finally:
        process.join(STOP_SECONDS if len(answers) == len(tasks) else 0)
        if process.is_alive():
            process.kill()
            process.join()
        pipe.close()
