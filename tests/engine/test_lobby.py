"""Admission: memory that runs out there goes the ladder, and reading a source holds nobody up."""

from __future__ import annotations

import io
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
import torch
from PIL import Image

from bot.core.events import Capped, Drawn, Left, Loading, Ready, Stepped, Undrawn, WorkerEvent
from bot.core.job import Start
from bot.core.size import DEFAULT_SIZE
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.messages import Cancel, Submit
from bot.engine.models import ModelFiles
from tests.engine.script import Script, parts, serve, task

if TYPE_CHECKING:
    from bot.engine.loader import Loaded

REFUSED = "The engine's memory does not hold a picture of 832x1216; try a smaller size."


class Crowded(Denoiser):
    """Has no memory to admit a picture so many times, or while more than ``most`` are seated."""

    def __init__(self, loaded: Loaded, *, failures: int = 0, most: int = 99) -> None:
        super().__init__(loaded, Encoder(loaded.pipe, 2**20))
        self.failures, self.most = failures, most
        self.rooms = self.forgotten = 0
        self.slots: list[Slot] = []

    def admit(self, *args: Any, **more: Any) -> Slot:
        if self.failures or sum(not slot.finished for slot in self.slots) >= self.most:
            self.failures = max(0, self.failures - 1)
            raise torch.OutOfMemoryError("CUDA out of memory")
        slot = super().admit(*args, **more)
        self.slots.append(slot)
        return slot

    def again(self, *args: Any, **more: Any) -> Slot:
        if self.failures:
            self.failures -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().again(*args, **more)

    def forget_texts(self) -> None:
        self.forgotten += 1
        super().forget_texts()

    def make_room(self) -> None:
        self.rooms += 1


class Blurred(Decoder):
    """Has no memory to read or finish a picture so many times, and may wait before it reads one."""

    def __init__(self, loaded: Loaded, *, failures: int = 0, until: threading.Event | None = None) -> None:
        super().__init__(loaded)
        self.failures, self.until = failures, until

    def encode(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.until is not None:
            assert self.until.wait(60)
        self._fail()
        return super().encode(pixels)

    def decode(self, latents: torch.Tensor) -> Image.Image:
        self._fail()
        return super().decode(latents)

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def source() -> Start:
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(file, "PNG")
    return Start(file.getvalue(), 0.6)


def test_room_is_made_and_the_same_picture_admitted(loaded: Loaded, tiny_files: ModelFiles) -> None:
    plain = serve(Script(Submit(task("a"))), tiny_files, parts(loaded)).drawn()["a", 0]
    crowded = Crowded(loaded, failures=1)
    script = serve(Script(Submit(task("a"))), tiny_files, parts(loaded, denoiser=crowded))
    assert script.drawn()["a", 0].png == plain.png
    assert (crowded.rooms, crowded.forgotten) == (1, 1)
    assert script.told(Capped) == []


def test_a_picture_for_which_there_is_no_room_waits_until_another_has_left(
    loaded: Loaded, tiny_files: ModelFiles
) -> None:
    crowded = Crowded(loaded, most=2)
    tasks = [task("a", index, steps=3 + index) for index in range(4)]
    script = serve(Script(*map(Submit, tasks)), tiny_files, parts(loaded, denoiser=crowded))
    assert script.drawn().keys() == {each.key for each in tasks}
    assert not script.told(Undrawn)
    assert script.told(Capped)[0] == Capped(DEFAULT_SIZE, 2)
    late = [event for event in script.events if event == Stepped("a", 2, 1, 5)]
    assert script.events.index(late[0]) > script.events.index(Stepped("a", 0, 3, 3))


def test_what_does_not_fit_alone_is_refused_with_the_reason(loaded: Loaded, tiny_files: ModelFiles) -> None:
    crowded = Crowded(loaded, failures=2)
    script = serve(Script(Submit(task("a")), Submit(task("b"))), tiny_files, parts(loaded, denoiser=crowded))
    assert [(event.job_id, event.sentence) for event in script.told(Undrawn)] == [("a", REFUSED)]
    assert list(script.drawn()) == [("b", 0)]


def test_a_model_for_which_there_is_no_room_is_named(
    loaded: Loaded, tiny_files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*args: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("bot.engine.library.load", load)
    script = Script(Submit(task("a", model="two")))
    serve(script, tiny_files, parts(loaded), models={"two": tiny_files})
    (undrawn,) = script.told(Undrawn)
    assert undrawn.sentence == "The engine's memory does not hold the model 'two' too."
    assert [type(event) for event in script.events[:4]] == [Loading, Ready] * 2


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("threaded", [False, True])
def test_a_source_that_does_not_fit_is_read_again(
    loaded: Loaded, tiny_files: ModelFiles, failures: int, threaded: bool
) -> None:
    own = parts(loaded, decoder=Blurred(loaded, failures=failures))
    script = serve(Script(Submit(task("a", start=source(), steps=3))), tiny_files, own, threaded=threaded)
    assert [event.sentence for event in script.told(Undrawn)] == [REFUSED] * (failures - 1)
    assert len(script.drawn()) == 2 - failures


def test_steps_go_on_while_a_source_is_read(loaded: Loaded, tiny_files: ModelFiles) -> None:
    stepped = threading.Event()
    own = parts(loaded, decoder=Blurred(loaded, until=stepped))
    script = Script(Submit(task("a", start=source(), steps=3)), Submit(task("b", steps=9)))
    script.at = lambda event: stepped.set() if event == Stepped("b", 0, 2, 9) else None
    serve(script, tiny_files, own, threaded=True)
    plain = serve(Script(Submit(task("a", start=source(), steps=3))), tiny_files, parts(loaded))
    assert script.drawn().keys() == {("a", 0), ("b", 0)}
    assert plain.drawn()["a", 0].image.width == script.drawn()["a", 0].image.width


def test_a_job_cancelled_while_its_source_is_read_is_not_begun(
    loaded: Loaded, tiny_files: ModelFiles
) -> None:
    left = threading.Event()
    own = parts(loaded, decoder=Blurred(loaded, until=left))
    script = Script(Submit(task("a", start=source(), steps=3)), Submit(task("b", steps=3)))

    def hear(event: WorkerEvent) -> None:
        if event == Stepped("b", 0, 1, 3):
            script.commands.append(Cancel("a"))
        elif isinstance(event, Left):
            left.set()

    script.at = hear
    serve(script, tiny_files, own, threaded=True)
    assert script.of("a") == [Left("a", 0, 0)]
    assert list(script.drawn()) == [("b", 0)]


def test_a_second_pass_and_a_finish_are_tried_again(loaded: Loaded, tiny_files: ModelFiles) -> None:
    class Later(Crowded):
        """Has no memory for the second pass's beginning, once."""

        def again(self, *args: Any, **more: Any) -> Slot:
            self.failures = int(not self.rooms)
            return super().again(*args, **more)

    own = parts(loaded, denoiser=Later(loaded), decoder=Blurred(loaded, failures=1))
    script = serve(Script(Submit(task("a", hires=True))), tiny_files, own)
    assert len(script.told(Drawn)) == 1
    assert not script.told(Undrawn)
