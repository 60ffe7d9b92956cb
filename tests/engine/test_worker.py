"""The worker as a process of its own, and how it ends."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from bot.core.errors import EngineError
from bot.core.events import Broken, Drawn, Loading, Ready, Stepped, Took, WorkerEvent
from bot.engine import worker
from bot.engine.local import render
from bot.engine.messages import Submit, WorkerSettings
from bot.engine.models import ModelFiles
from tests.engine.script import Script, parts, serve, task

if TYPE_CHECKING:
    from bot.engine.loader import Loaded


def test_a_process_of_its_own_draws_the_same_bytes(tiny_files: ModelFiles, loaded: Loaded) -> None:
    here = serve(Script(Submit(task("a", seed=9))), tiny_files, parts(loaded)).drawn()["a", 0]
    told: list[WorkerEvent] = []
    settings = WorkerSettings(tiny_files, device="cpu", threads=1)
    (there,) = render(settings, [task("a", seed=9)], told.append)
    assert there.picture.png == here.png
    kinds = [Loading, Loading, Ready, Stepped, Took, Stepped, Took, Drawn]
    assert [type(event) for event in told] == kinds
    ready = told[2]
    assert isinstance(ready, Ready)
    weights = (tiny_files.folder / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
    assert ready.model.hash == hashlib.sha256(weights).hexdigest()
    assert (ready.model.name, ready.model.native_scale, ready.model.device) == ("tiny", 0.125, "cpu")


def test_a_model_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    settings = WorkerSettings(ModelFiles("gone", tmp_path), device="cpu")
    with pytest.raises(EngineError, match="incomplete"):
        render(settings, [task("a")])


def test_a_device_that_stopped_answering_ends_the_process(
    loaded: Loaded, tiny_files: ModelFiles, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.engine.denoise import Denoiser

    caplog.set_level(logging.CRITICAL)
    own = parts(loaded)

    class Lost(Denoiser):
        """A card that fell off the bus: nothing but a new process helps."""

        lost = False

        def predict(self, *args: Any) -> list[torch.Tensor]:
            self.lost = True
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

        def alive(self) -> bool:
            return not self.lost

    lost = Lost(loaded, own.denoiser._encoder)
    script = Script(Submit(task("a")), Submit(task("b")))
    with pytest.raises(SystemExit) as end:
        worker._serve(parts(loaded, denoiser=lost), WorkerSettings(tiny_files), script)  # type: ignore[arg-type]  # a pipe
    assert end.value.code == 1
    (broken,) = script.events
    assert isinstance(broken, Broken)
    assert broken.sentence == "The graphics card stopped answering."
    assert "illegal memory access" in broken.detail


@pytest.mark.parametrize(
    ("alive", "sentence"),
    [
        (False, "The graphics card stopped answering."),
        (True, "The engine met a fault that it could not go on from."),
    ],
)
def test_a_fault_that_is_told_late_is_one_sentence_and_no_traceback_in_the_log(
    alive: bool,
    sentence: str,
    loaded: Loaded,
    tiny_files: ModelFiles,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bot.engine.timing import Timer

    def seconds(timer: Timer) -> float:
        raise RuntimeError("CUDA error: unspecified launch failure")

    own = parts(loaded)
    monkeypatch.setattr(Timer, "seconds", seconds)
    monkeypatch.setattr(own.denoiser, "alive", lambda: alive)
    script = Script(Submit(task("a")))
    with pytest.raises(SystemExit) as end:
        worker._serve(own, WorkerSettings(tiny_files), script)  # type: ignore[arg-type]  # a pipe
    assert end.value.code == 1
    (broken,) = script.told(Broken)
    assert broken.sentence == sentence
    assert "unspecified launch failure" in broken.detail
    assert sentence in caplog.text
    assert "Traceback" not in caplog.text
