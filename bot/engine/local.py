"""Drawing without an event loop: the same worker process, driven from a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.errors import EngineError
from bot.core.events import Broken, Drawn, Left, Undrawn, WorkerEvent
from bot.core.job import Task
from bot.engine.client import events, spawn
from bot.engine.messages import Stop, Submit, WorkerSettings

STOP_SECONDS = 5.0


def render(
    settings: WorkerSettings,
    tasks: Sequence[Task],
    on_event: Callable[[WorkerEvent], None] = lambda event: None,
) -> list[Drawn]:
    """Draw some pictures in a worker of their own and give the answers in the tasks' order; blocks.

    Raises EngineError with the worker's sentence when it cannot load or a picture fails.
    """
    answers: dict[tuple[str, int], Drawn] = {}
    process, pipe = spawn(settings)
    try:
        for task in tasks:
            pipe.send(Submit(task))
        for event in events(process, pipe):
            on_event(event)
            match event:
                case Drawn(job_id, index):
                    answers[job_id, index] = event
                case Undrawn(sentence=sentence) | Broken(sentence=sentence):
                    raise EngineError(sentence)
                case Left():
                    raise EngineError("The engine dropped a picture; try again.")
            if len(answers) == len(tasks):
                pipe.send(Stop())
                break
        return [answers[task.key] for task in tasks]
    finally:
        process.join(STOP_SECONDS if len(answers) == len(tasks) else 0)
        if process.is_alive():
            process.kill()
            process.join()
        pipe.close()
