"""The architecture against the published numbers, and the measuring itself with the tiny model."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest
import torch

from bot import cli
from bot.bench import real_sdxl
from bot.bench.counting import flop
from bot.bench.real_size import (
    CFG,
    LIMIT_TFLOP,
    NEGATIVE,
    POSITIVE,
    STEPS,
    Bench,
    Plan,
    known_peak,
    table,
)
from bot.core.size import DEFAULT_SIZE, Size
from bot.engine.denoise import Denoiser
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.models import ModelFiles
from bot.engine.speed import Blank, Compiled
from tests.engine import tiny

SMALL = Size(1536, 640)
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def shapes() -> Loaded:
    return real_sdxl.build(torch.device("meta"), torch.float16)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(ModelFiles("tiny", tiny.save(tmp_path_factory.mktemp("tiny"))), "cpu")


@pytest.fixture(scope="module")
def twin(small: Loaded) -> Loaded:
    return Loaded(copy.deepcopy(small.pipe).to("meta"), dataclasses.replace(small.info, device="meta"))


@pytest.mark.parametrize(("part", "parameters"), real_sdxl.PARAMETERS.items())
def test_each_part_has_as_many_parameters_as_the_published_one(
    shapes: Loaded, part: str, parameters: int
) -> None:
    model = getattr(shapes.pipe, part)
    assert sum(tensor.numel() for tensor in model.parameters()) == parameters
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float16}


def test_a_picture_takes_the_operations_that_the_limit_is_reckoned_from(shapes: Loaded) -> None:
    denoiser = Denoiser(shapes, Encoder(shapes.pipe, 2**20))
    wish = (POSITIVE, NEGATIVE, (DEFAULT_SIZE.width, DEFAULT_SIZE.height), STEPS, CFG, "Euler a", 1)
    text = flop(lambda: denoiser.admit(*wish))
    slot = denoiser.admit(*wish)
    step = flop(lambda: denoiser.step([slot]))
    with torch.inference_mode():
        vae = flop(lambda: shapes.pipe.vae.decode(slot.latents, return_dict=False))
    assert (text + STEPS * step + vae) / 1e12 == pytest.approx(LIMIT_TFLOP, rel=0.005)


def test_random_weights_give_finite_numbers() -> None:
    layer = torch.nn.Sequential(torch.nn.Conv2d(8, 8, 3), torch.nn.GroupNorm(2, 8), torch.nn.Linear(6, 400))
    real_sdxl._fill(layer.to(torch.bfloat16), torch.device("cpu"))
    answer = layer(torch.randn(1, 8, 8, 8).to(torch.bfloat16))
    assert answer.isfinite().all()
    assert 0.2 < answer.float().std() < 5


def test_every_size_and_batch_is_measured(small: Loaded, twin: Loaded) -> None:
    plan = Plan((DEFAULT_SIZE, SMALL), (1, 2), steps=1, warm=1, peak=0.5)
    tables = Bench(small, twin, plan).run()
    for name in tables.keys() - {"seconds_per_decode"}:
        assert set(tables[name]) == {str(DEFAULT_SIZE), str(SMALL)}
        for row in tables[name].values():
            assert set(row) == {"1", "2"}
            assert all(value > 0 or name == "waits_per_step" for value in row.values())
    default = {name: tables[name][str(DEFAULT_SIZE)] for name in tables}
    seconds, rate = default["seconds_per_step"]["2"], default["tflop_per_second"]["2"]
    assert default["flop_share"]["2"] == pytest.approx(rate / 0.5)
    picture = STEPS * seconds / 2 + default["seconds_per_decode"]["1"]
    assert default["images_per_hour"]["2"] == pytest.approx(3600 / picture)
    assert default["waits_per_step"] == {"1": 0, "2": 0}
    # Two pictures take twice the operations, but for those that are the same for all.
    assert seconds * rate == pytest.approx(
        2 * default["seconds_per_step"]["1"] * default["tflop_per_second"]["1"], rel=0.05
    )


def test_what_does_not_fit_and_what_is_not_known_stays_open(
    small: Loaded, twin: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = small.pipe.unet.forward

    def limited(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if sample.shape[0] > 2:
            raise torch.OutOfMemoryError("too much")
        return forward(sample, *args, **kwargs)

    monkeypatch.setattr(small.pipe.unet, "forward", limited)
    tables = Bench(small, twin, Plan((SMALL,), (1, 2), steps=1, decode=False)).run()
    assert tables["seconds_per_step"][str(SMALL)]["1"] > 0
    assert tables["seconds_per_step"][str(SMALL)]["2"] is None
    for name in ("flop_share", "images_per_hour", "limit_share"):
        assert tables[name][str(SMALL)] == {"1": None, "2": None}
    machine = {"device": "toy", "dtype": "float32", "threads": 1, "torch": "2", "ready_seconds": 1.0}
    lines = table({**machine, "compiled_shapes": 0}, tables).splitlines()
    assert lines[0] == "toy, float32, 1 threads, torch 2, ready in 1.0 s, 0 shapes compiled"
    assert lines[4].split()[:4] == ["1536x640", "2", "-", "-"]


def test_a_compiled_unet_is_measured_in_place_of_the_bare_one(small: Loaded, twin: Loaded) -> None:
    calls = []

    class Seen(Compiled):
        def __call__(self, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            calls.append(Blank(sample.shape[0], sample.shape[2], sample.shape[3], 77))
            return super().__call__(sample, *args, **kwargs)

    plan = Plan((SMALL,), (2,), steps=1, decode=False)
    Bench(small, twin, plan, Seen(copy.deepcopy(small.pipe.unet), [])).run()
    assert calls == [Blank(4, 10, 24, 77)]


def test_the_command_prints_its_numbers(
    small: Loaded, twin: Loaded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(real_sdxl, "build", lambda device, dtype: twin if device.type == "meta" else small)
    options = ["bench", "real-size", "--device", "cpu", "--sizes", "1536x640", "--no-decode", "--peak", "1"]
    assert cli.main([*options, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["device"] and said["ready_seconds"] > 0
    assert (said["compiled_shapes"], said["peak_tflop_per_second"]) == (0, 1.0)
    for key in ("seconds_per_step", "peak_bytes", "flop_share"):
        assert said[key]["1536x640"]["1"] > 0
    assert cli.main(options) == 0
    assert "1536x640" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "peak"),
    [("NVIDIA H100 80GB HBM3", 989.0), ("NVIDIA H100 PCIe", 756.0), ("NVIDIA L40S", 362.0), ("Radeon", None)],
)
def test_peaks_by_name(name: str, peak: float | None) -> None:
    assert known_peak(name) == peak
