"""Laying out and compiling change no picture; what is compiled when; what runs meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from bot.core.size import SIZES, Size
from bot.engine import hires
from bot.engine.decode import Decoder
from bot.engine.denoise import Denoiser
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded, load
from bot.engine.models import ModelFiles
from bot.engine.speed import (
    HOT_ROWS,
    HOT_SIZES,
    Blank,
    Compiled,
    Shape,
    compiled,
    fuse,
    hot_calls,
    lay_out,
    other_calls,
)


def native(size: Size) -> tuple[int, int]:
    return size.width, size.height


class Backend:
    """A compiler that leaves graphs as they are and counts: graphs made, and times that they ran."""

    def __init__(self) -> None:
        self.made = 0
        self.ran = 0

    def __call__(self, graph: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> Callable[..., Any]:
        self.made += 1

        def run(*args: Any) -> Any:
            self.ran += 1
            return graph.forward(*args)

        return run


@pytest.fixture
def unet(tiny_files: ModelFiles) -> Iterator[Any]:
    """A UNet of its own: compiling and fusing change it."""
    yield load(tiny_files, "cpu").pipe.unet
    torch._dynamo.reset()


@torch.inference_mode()
def noisy(unet: Any, call: Blank) -> dict[str, Any]:
    """Inputs as the engine makes them; torch tells tensors of inference mode from others, graphs too."""
    generator = torch.Generator().manual_seed(1)
    inputs = call.inputs(unet)
    for name in ("sample", "encoder_hidden_states"):
        inputs[name] = torch.randn(inputs[name].shape, generator=generator)
    return inputs


@torch.inference_mode()
def answer(call: Callable[..., Any], inputs: dict[str, Any]) -> torch.Tensor:
    tensor: torch.Tensor = call(**inputs, return_dict=False)[0]
    return tensor


def test_fused_projections_answer_as_single_ones_and_take_no_memory(unet: Any) -> None:
    inputs = noisy(unet, Blank(2, 8, 12, 77))
    expected = answer(unet, inputs)
    before = {tensor.untyped_storage().data_ptr() for tensor in unet.parameters()}
    size = sum(tensor.numel() for tensor in unet.parameters())
    fuse(unet)
    assert torch.allclose(answer(unet, inputs), expected, atol=1e-5)
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage() for tensor in unet.parameters()}
    assert len(storages) < len(before)
    assert sum(storage.nbytes() for storage in storages.values()) == size * 4


def test_what_is_added_to_a_single_projection_counts_in_the_fused_one(unet: Any) -> None:
    inputs = noisy(unet, Blank(2, 8, 12, 77))
    attention = next(module for name, module in unet.named_modules() if name.endswith("attn2"))
    with torch.no_grad():
        attention.to_k.weight.add_(0.5)
    expected = answer(unet, inputs)
    with torch.no_grad():
        attention.to_k.weight.sub_(0.5)
    fuse(unet)
    with torch.no_grad():
        attention.to_k.weight.add_(0.5)
    assert torch.allclose(answer(unet, inputs), expected, atol=1e-5)


def test_only_warming_compiles_and_only_warm_shapes_run_compiled(unet: Any) -> None:
    backend, call, other = Backend(), Blank(2, 8, 12, 77), Blank(4, 8, 12, 77)
    expected = {one: answer(unet, noisy(unet, one)) for one in (call, other)}
    hot = Compiled(unet, [call, other], backend)
    assert hot.cold == 2
    assert torch.equal(answer(hot, noisy(unet, call)), expected[call])
    assert (backend.made, backend.ran) == (0, 0)
    assert hot.warm()
    assert hot.warmed == {Shape(2, 96, 77)}
    made, ran = backend.made, backend.ran
    assert made > 0
    assert torch.allclose(answer(hot, noisy(unet, call)), expected[call], atol=1e-6)
    assert backend.ran > ran
    ran = backend.ran
    assert torch.equal(answer(hot, noisy(unet, other)), expected[other])
    assert (backend.made, backend.ran) == (made, ran)
    assert hot.warm()
    assert backend.made > made
    assert (hot.warm(), hot.cold) == (False, 0)


def test_sizes_of_one_area_share_what_is_compiled(unet: Any) -> None:
    backend = Backend()
    hot = Compiled(unet, [Blank(2, 8, 12, 77), Blank(2, 12, 8, 77)], backend)
    assert hot.cold == 1
    assert hot.warm()
    made, ran = backend.made, backend.ran
    answer(hot, noisy(unet, Blank(2, 12, 8, 77)))
    assert backend.made == made
    assert backend.ran == 2 * ran


def test_more_shapes_than_torch_recompiles_by_itself(unet: Any) -> None:
    backend = Backend()
    hot = Compiled(unet, [Blank(rows, 4, 4, 77) for rows in range(2, 14)], backend)
    made = []
    while hot.warm():
        made.append(backend.made)
    assert len(hot.warmed) == len(set(made)) == 12


def test_a_compiler_that_fails_leaves_the_unet_as_it_is(unet: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken(graph: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> Any:
        raise RuntimeError("no C compiler")

    call = Blank(2, 8, 12, 77)
    expected = answer(unet, noisy(unet, call))
    hot = Compiled(unet, [call, Blank(4, 8, 12, 77)], broken)
    assert hot.warm()
    assert (hot.warm(), hot.warmed) == (False, frozenset())
    assert "compiling the UNet failed" in caplog.text
    assert torch.equal(answer(hot, noisy(unet, call)), expected)


def test_the_calls_that_are_compiled() -> None:
    hot, others = hot_calls(native, 8), other_calls(native, 8)
    assert hot == [Blank(r, s.height // 8, s.width // 8, 77) for r in HOT_ROWS for s in HOT_SIZES]
    assert set(hot) < set(others)
    assert len(others) == 9 * (4 + 2) * 3
    assert len({call.shape for call in others}) == 4 * (4 + 2) * 3
    plain = {(call.width * 8, call.height * 8) for call in others if call.rows == 1}
    assert plain == {native(size) for size in SIZES}


def test_what_runs_without_guidance_or_in_a_second_pass_is_compiled_too(loaded: Loaded) -> None:
    shapes = {call.shape for call in other_calls(native, 8)}
    for size in SIZES:
        width, height = native(size)
        latents = torch.zeros(1, 4, height // 8, width // 8)
        assert Shape(1, latents[0, 0].numel(), 77) in shapes
        for rows in HOT_ROWS:
            assert Shape(rows, hires.enlarged(latents)[0, 0].numel(), 154) in shapes


def test_a_shape_that_does_not_fit_is_passed_by(unet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hot = Compiled(unet, [Blank(8, 8, 12, 77), Blank(2, 8, 12, 77)], Backend())
    whole = unet.forward

    def small(sample: torch.Tensor, *args: Any, **more: Any) -> Any:
        if len(sample) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(sample, *args, **more)

    monkeypatch.setattr(unet, "forward", small)
    assert (hot.warm(), hot.warm(), hot.warm()) == (True, True, False)
    assert hot.warmed == {Shape(2, 96, 77)}


def test_the_hot_calls_are_compiled_before_anyone_is_served(unet: Any) -> None:
    said: list[str] = []
    hot = compiled(unet, lambda size: (size.width // 8, size.height // 8), 8, said.append, Backend())
    assert said == [f"compiling, {number} of 4" for number in range(1, 5)]
    assert hot.warmed == {Shape(rows, area, 77) for rows in HOT_ROWS for area in (13 * 19, 16 * 16)}
    assert hot.cold > 0


def test_the_layout_for_a_card_draws_the_same_picture(tiny_files: ModelFiles, loaded: Loaded) -> None:
    # Everything about it can be done on a CPU; only there it is not faster.
    other = load(tiny_files, "cpu")
    other.pipe.vae.register_to_config(force_upcast=True)
    other.pipe.vae.to(torch.float16)
    lay_out(other.pipe, torch.device("cuda"))
    assert other.pipe.vae.dtype == torch.float32
    assert other.pipe.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    pictures = []
    for model in (loaded, other):
        denoiser = Denoiser(model, Encoder(model.pipe, 2**20))
        slot = denoiser.admit("1girl", "bad", (104, 152), 3, 5.0, "Euler a", 1)
        while not slot.finished:
            denoiser.step([slot])
        pictures.append(np.asarray(Decoder(model).decode(slot.latents), np.int16))
    assert pictures[0].std() > 5
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_a_cpu_keeps_the_pipeline_as_it_was_loaded(loaded: Loaded) -> None:
    assert not any(getattr(module, "fused_projections", False) for module in loaded.pipe.unet.modules())
    assert loaded.pipe.unet.conv_in.weight.is_contiguous()
