"""The worker's loop with the tiny model, in this process and in one of its own."""

from __future__ import annotations

import collections
import hashlib
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from bot.core.errors import EngineError
from bot.core.events import Cancelled, Done, Failed, Loading, Progress, Ready, WorkerEvent
from bot.core.job import Task
from bot.core.size import DEFAULT_SIZE, SIZES, Size
from bot.engine.local import render
from bot.engine.messages import Cancel, Command, Stop, Submit, WorkerSettings
from bot.engine.models import ModelFiles
from bot.engine.worker import Worker
from tests.imaging.test_rating import Spoken

if TYPE_CHECKING:
    from bot.engine.loader import Loaded

SAFE = Spoken([0.97, 0.01, 0.01, 0.01])


def task(
    name: str, seeds: tuple[int, ...] = (1,), *, steps: int = 2, size: Size = DEFAULT_SIZE, **more: Any
) -> Task:
    return Task(name, "1girl", "bad", size, steps, 5.0, more.pop("sampler", "Euler a"), seeds, **more)


class Script:
    """A pipe whose other end is the test: commands to be read, and what to do at each event."""

    def __init__(self, *commands: Command) -> None:
        self.commands = collections.deque(commands)
        self.events: list[WorkerEvent] = []
        self.at: Callable[[WorkerEvent], None] = lambda event: None

    def poll(self) -> bool:
        return bool(self.commands)

    def recv(self) -> Command:
        if not self.commands:
            raise EOFError
        return self.commands.popleft()

    def tell(self, event: WorkerEvent) -> None:
        self.events.append(event)
        self.at(event)

    def done(self) -> dict[str, Done]:
        return {event.job_id: event for event in self.events if isinstance(event, Done)}


@pytest.fixture
def serve(loaded: Loaded) -> Callable[..., Script]:
    """Run a script to the end of its pipe, which comes when nothing is left to do."""
    from bot.engine.denoise import Denoiser
    from bot.engine.encode import Encoder

    def run(script: Script, max_batch: int = 1, classifier: Spoken = SAFE) -> Script:
        denoiser = Denoiser(loaded, Encoder(loaded.pipe, 2**20))
        worker = Worker(loaded, denoiser, classifier, script.tell, max_batch)
        with pytest.raises(EOFError):
            worker.serve(script)  # type: ignore[arg-type]  # a pipe in all that matters
        return script

    return run


Serve = Callable[..., Script]


def test_a_job_is_told_step_by_step_and_ends_with_its_pictures(serve: Serve) -> None:
    script = serve(Script(Submit(task("a", (7, 8), enlarge=2))))
    assert script.events[:-1] == [Progress("a", step, 4) for step in range(1, 5)]
    done = script.done()["a"]
    assert done.seconds > 0
    assert [rendered.image.seed for rendered in done.pictures] == [7, 8]
    assert [rendered.image.index for rendered in done.pictures] == [0, 1]
    for rendered in done.pictures:
        assert rendered.image.sha256 == hashlib.sha256(rendered.png).hexdigest()
        assert rendered.image.verdict.general == 0.97
        with Image.open(io.BytesIO(rendered.png)) as image:
            assert image.size == (rendered.image.width, rendered.image.height) == (208, 304)
            text = image.info["parameters"]
        assert f"Seed: {rendered.image.seed}, Size: 104x152" in text


def test_the_same_task_gives_the_same_bytes(serve: Serve) -> None:
    script = serve(Script(Submit(task("a", (3,))), Submit(task("b", (3,))), Submit(task("c", (4,)))))
    a, b, c = (script.done()[name].pictures[0].png for name in "abc")
    assert a == b
    assert a != c


def test_a_shared_step_changes_no_picture_by_more_than_a_level(serve: Serve) -> None:
    tasks = [task("a", (1, 2), steps=3), task("b", (5,), sampler="UniPC"), task("c", (6,), size=SIZES[0])]
    alone = serve(Script(*map(Submit, tasks))).done()
    shared = serve(Script(*map(Submit, tasks)), max_batch=4).done()
    for name in "abc":
        for one, other in zip(alone[name].pictures, shared[name].pictures, strict=True):
            assert np.abs(_pixels(one.png) - _pixels(other.png)).max() <= 1


def _pixels(png: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image, np.int16)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_all_nine_sizes_are_drawn_at_the_models_own_scale(size: Size, serve: Serve) -> None:
    (rendered,) = serve(Script(Submit(task("a", steps=1, size=size)))).done()["a"].pictures
    assert (rendered.image.width, rendered.image.height) == (size.width // 8, size.height // 8)


def test_a_cancelled_job_ends_at_its_next_step_and_the_others_go_on(serve: Serve) -> None:
    script = Script(Submit(task("a", (1, 2, 3), steps=9)), Submit(task("b")))

    def cancel(event: WorkerEvent) -> None:
        if event == Progress("a", 2, 27):
            script.commands.append(Cancel("a"))

    script.at = cancel
    serve(script)
    told = [event for event in script.events if getattr(event, "job_id", "") == "a"]
    assert told == [Progress("a", 1, 27), Progress("a", 2, 27), Cancelled("a")]
    assert "b" in script.done()


def test_cancelling_what_waits_what_is_done_and_what_never_was(serve: Serve) -> None:
    script = Script(Submit(task("a")), Submit(task("b")), Cancel("b"), Cancel("b"), Cancel("x"))

    def cancel(event: WorkerEvent) -> None:
        if isinstance(event, Done):
            script.commands.append(Cancel("a"))

    script.at = cancel
    serve(script)
    assert [event for event in script.events if isinstance(event, Cancelled)] == [Cancelled("b")]
    assert list(script.done()) == ["a"]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (task("a", sampler="PLMS"), "'PLMS' is not a sampler here"),
        (Task("a", "(cat:9)", "bad", DEFAULT_SIZE, 2, 5.0, "Euler a", (1,)), "weight"),
    ],
)
def test_a_job_that_cannot_be_drawn_fails_alone(
    bad: Task, sentence: str, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    script = serve(Script(Submit(bad), Submit(task("b"))))
    (failed,) = (event for event in script.events if isinstance(event, Failed))
    assert failed.job_id == "a"
    assert sentence in failed.sentence
    assert "b" in script.done()


def test_an_error_of_the_machine_is_no_sentence_for_people(
    serve: Serve, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("CUDA out of memory at 0x7f")

    monkeypatch.setattr(loaded.pipe.unet, "forward", broken)
    (failed,) = serve(Script(Submit(task("a")))).events
    assert isinstance(failed, Failed)
    assert failed.sentence == "The engine could not draw this."
    assert "0x7f" in failed.detail


def test_a_classifier_that_fails_withholds_the_picture(serve: Serve) -> None:
    script = serve(Script(Submit(task("a"))), classifier=Spoken(RuntimeError("gone")))
    assert script.done()["a"].pictures[0].image.verdict.fault == "the classifier failed: gone"


def test_stop_drops_what_runs(loaded: Loaded) -> None:
    script = Script(Submit(task("a")), Stop())
    Worker(loaded, None, SAFE, script.tell, 1).serve(script)  # type: ignore[arg-type]  # nothing is drawn
    assert script.events == []


def test_a_process_of_its_own_draws_the_same_bytes(tiny_files: ModelFiles, serve: Serve) -> None:
    here = serve(Script(Submit(task("a", (9,))))).done()["a"]
    told: list[WorkerEvent] = []
    settings = WorkerSettings(tiny_files, device="cpu", threads=1)
    (there,) = render(settings, [task("a", (9,))], told.append)
    assert there.pictures[0].png == here.pictures[0].png
    assert [type(event) for event in told] == [Loading, Loading, Ready, Progress, Progress, Done]
    ready = told[2]
    assert isinstance(ready, Ready)
    weights = (tiny_files.folder / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
    assert ready.model.hash == hashlib.sha256(weights).hexdigest()
    assert (ready.model.name, ready.model.native_scale, ready.model.device) == ("tiny", 0.125, "cpu")


def test_a_model_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    settings = WorkerSettings(ModelFiles("gone", tmp_path), device="cpu")
    with pytest.raises(EngineError, match="incomplete"):
        render(settings, [task("a")])
