"""The worker process: it owns the model, draws what it is sent, and tells what happens, over one pipe.

Start it with `main` as the target of a spawned process. Four steps repeat: read commands, admit waiting
pictures, step those that run, hand over those that are done. torch is imported only after the process has
begun, so that this module costs nothing to whoever starts it.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import hashlib
import logging
import signal
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import bot
from bot.core.errors import BotError
from bot.core.events import Broken, Cancelled, Done, Failed, Loading, Progress, Ready, WorkerEvent
from bot.core.job import Image as Record
from bot.core.job import Rendered, Task
from bot.engine.messages import Cancel, Command, Stop, Submit, WorkerSettings

if TYPE_CHECKING:
    from bot.engine.denoise import Denoiser, Slot
    from bot.engine.loader import Loaded
    from bot.imaging.rating import Classifier

log = logging.getLogger(__name__)


def main(pipe: Connection, settings: WorkerSettings) -> None:
    """Load, answer until Stop or the end of the pipe, and exit; 1 when the model could not be loaded."""
    # Ctrl-C reaches the whole terminal; the bot decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        try:
            worker = _load(settings, pipe.send)
        except BotError as error:
            pipe.send(Broken(str(error), traceback.format_exc()))
            raise SystemExit(1) from None
        except Exception as error:
            pipe.send(Broken(f"The model could not be loaded: {error}", traceback.format_exc()))
            raise SystemExit(1) from None
        worker.serve(pipe)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        log.info("the bot is gone; the worker ends")


def _load(settings: WorkerSettings, tell: Callable[[WorkerEvent], None]) -> Worker:
    tell(Loading("starting"))
    # A model that is gone is told at once: the imports below take seconds.
    log.info("weights: %s", settings.files.unet_weights)
    import torch

    _quiet()
    from bot.engine.denoise import Denoiser
    from bot.engine.encode import Encoder
    from bot.engine.loader import load
    from bot.imaging.rating import open_classifier

    if settings.threads:
        torch.set_num_threads(settings.threads)
    tell(Loading(f"loading {settings.files.name}"))
    model = load(settings.files, settings.device)
    classifier = open_classifier(settings.rating)
    denoiser = Denoiser(model, Encoder(model.pipe, settings.embedding_bytes))
    tell(Ready(model.info))
    return Worker(model, denoiser, classifier, tell, settings.max_batch)


def _quiet() -> None:
    """No bars and no advice on stderr: a worker's log is the owner's."""
    import transformers

    # Before diffusers, whose import makes transformers advise.
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()


@dataclasses.dataclass(slots=True, eq=False)
class _Running:
    """A job that was sent and is not answered yet."""

    task: Task
    began: float | None = None
    slots: dict[int, Slot] = dataclasses.field(default_factory=dict)
    finished: dict[int, Rendered] = dataclasses.field(default_factory=dict)
    admitted: int = 0

    @property
    def steps_done(self) -> int:
        return len(self.finished) * self.task.steps + sum(slot.steps_done for slot in self.slots.values())


class Worker:
    """The running batch: at most ``max_batch`` pictures at a time, in the order in which jobs came."""

    def __init__(
        self,
        model: Loaded,
        denoiser: Denoiser,
        classifier: Classifier,
        tell: Callable[[WorkerEvent], None],
        max_batch: int,
    ) -> None:
        self._model = model
        self._denoiser = denoiser
        self._classifier = classifier
        self._tell = tell
        self._max_batch = max_batch
        self._jobs: collections.OrderedDict[str, _Running] = collections.OrderedDict()

    def serve(self, pipe: Connection) -> None:
        """Work until Stop; raises EOFError when the other end of the pipe is closed."""
        while True:
            while not self._jobs or pipe.poll():
                command: Command = pipe.recv()
                if isinstance(command, Stop):
                    return
                self._obey(command)
            self._admit()
            self._step()
            self._hand_over()

    def _obey(self, command: Submit | Cancel) -> None:
        if isinstance(command, Submit):
            self._jobs[command.task.job_id] = _Running(command.task)
        elif self._jobs.pop(command.job_id, None) is not None:
            self._tell(Cancelled(command.job_id))

    def _admit(self) -> None:
        room = self._max_batch - sum(len(job.slots) for job in self._jobs.values())
        for job in list(self._jobs.values()):
            while room > 0 and job.admitted < len(job.task.seeds):
                job.began = job.began or time.perf_counter()
                if not self._guard([job], functools.partial(self._seat, job)):
                    break
                room -= 1

    def _seat(self, job: _Running) -> None:
        task, index = job.task, job.admitted
        job.slots[index] = self._denoiser.admit(
            task.positive,
            task.negative,
            self._model.native(task.size),
            task.steps,
            task.cfg,
            task.sampler,
            task.seeds[index],
        )
        job.admitted += 1

    def _step(self) -> None:
        groups: dict[tuple[int, ...], list[tuple[_Running, Slot]]] = {}
        for job in self._jobs.values():
            for slot in job.slots.values():
                groups.setdefault(slot.key, []).append((job, slot))
        for group in groups.values():
            jobs = list(dict.fromkeys(job for job, _ in group))
            if self._guard(jobs, functools.partial(self._denoiser.step, [slot for _, slot in group])):
                for job in jobs:
                    total = job.task.steps * len(job.task.seeds)
                    self._tell(Progress(job.task.job_id, job.steps_done, total))

    def _hand_over(self) -> None:
        for job in list(self._jobs.values()):
            for index, slot in list(job.slots.items()):
                if slot.finished and not self._guard([job], functools.partial(self._finish, job, index)):
                    break
            if job.task.job_id in self._jobs and len(job.finished) == len(job.task.seeds):
                del self._jobs[job.task.job_id]
                pictures = tuple(job.finished[index] for index in sorted(job.finished))
                seconds = time.perf_counter() - (job.began or 0.0)
                self._tell(Done(job.task.job_id, pictures, seconds))

    def _finish(self, job: _Running, index: int) -> None:
        from bot.imaging import enlarge, png, rating

        task = job.task
        picture = self._denoiser.decode(job.slots.pop(index))
        width, height = picture.size
        picture = enlarge.enlarge(picture, task.enlarge)
        verdict = rating.rate(self._classifier, picture)
        recipe = png.Recipe(
            positive=task.positive,
            negative=task.negative or "",
            steps=task.steps,
            sampler=task.sampler,
            cfg=task.cfg,
            seed=task.seeds[index],
            width=width,
            height=height,
            model=self._model.info.name,
            model_hash=self._model.info.hash,
            version=f"animagine-bot {bot.__version__}",
            enlarged=task.enlarge,
        )
        file = png.encode(picture, recipe)
        digest = hashlib.sha256(file).hexdigest()
        record = Record(index, task.seeds[index], picture.width, picture.height, digest, verdict)
        job.finished[index] = Rendered(record, file)

    def _guard(self, jobs: list[_Running], action: Callable[[], None]) -> bool:
        """Do something for some jobs; when it fails, those jobs fail and the worker goes on."""
        try:
            action()
        except Exception as error:
            # Our own exceptions speak to people; any other is for the log alone.
            sentence = str(error) if isinstance(error, BotError) else "The engine could not draw this."
            detail = traceback.format_exc()
            log.error("jobs failed: %s\n%s", ", ".join(job.task.job_id for job in jobs), detail)
            for job in jobs:
                self._jobs.pop(job.task.job_id, None)
                self._tell(Failed(job.task.job_id, sentence, detail))
            return False
        return True
