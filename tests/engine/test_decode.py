"""Pixels of finished latents, and what is tried before a picture is given up."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bot.core.errors import EngineError
from bot.engine.decode import Decoder

if TYPE_CHECKING:
    from bot.engine.loader import Loaded


@pytest.fixture
def own(loaded: Loaded) -> Loaded:
    """A model whose VAE the test may change."""
    pipe = copy.copy(loaded.pipe)
    pipe.vae = copy.deepcopy(loaded.pipe.vae)
    return dataclasses.replace(loaded, pipe=pipe)


@pytest.fixture
def latents() -> torch.Tensor:
    return torch.randn(1, 4, 19, 13, generator=torch.Generator().manual_seed(1))


def spoil(own: Loaded, answer: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    """Let ``answer`` see the latents and the pixels, and give other pixels back."""
    decode = own.pipe.vae.decode

    def spoilt(latents: torch.Tensor, return_dict: bool) -> tuple[torch.Tensor]:
        return (answer(latents, decode(latents, return_dict=return_dict)[0]),)

    own.pipe.vae.decode = spoilt


@pytest.mark.parametrize("fault", [float("nan"), float("inf"), -1.0])
def test_a_frame_without_sense_is_decoded_again_in_single_precision(
    own: Loaded, latents: torch.Tensor, fault: float
) -> None:
    expected = np.asarray(Decoder(own).decode(latents), np.int16)
    own.pipe.vae.to(torch.bfloat16)

    def answer(seen: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
        return pixels if seen.dtype == torch.float32 else torch.full_like(pixels, fault)

    spoil(own, answer)
    picture = np.asarray(Decoder(own).decode(latents), np.int16)
    # Its weights went through bfloat16, whose eight bits are about as many as a level has.
    assert np.abs(picture - expected).mean() < 4
    assert own.pipe.vae.dtype == torch.bfloat16


@pytest.mark.parametrize("fault", [float("nan"), -1.0])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_a_frame_that_stays_without_sense_is_an_error_and_no_picture(
    own: Loaded, latents: torch.Tensor, fault: float, kind: torch.dtype
) -> None:
    own.pipe.vae.to(kind)
    spoil(own, lambda seen, pixels: torch.full_like(pixels, fault))
    with pytest.raises(EngineError, match="blank picture; another seed"):
        Decoder(own).decode(latents)


def test_a_vae_that_overflows_in_half_precision_is_not_asked_to(own: Loaded, latents: torch.Tensor) -> None:
    own.pipe.vae.register_to_config(force_upcast=True)
    own.pipe.vae.to(torch.float16)
    kinds: list[torch.dtype] = []

    def answer(seen: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
        kinds.append(seen.dtype)
        return pixels

    spoil(own, answer)
    Decoder(own).decode(latents)
    assert kinds == [torch.float32]
    assert own.pipe.vae.dtype == torch.float16


def hungry(own: Loaded, most: int) -> list[tuple[int, int]]:
    """Let the VAE have no memory for latents larger than ``most`` squared; gives the sizes that it saw."""
    asked: list[tuple[int, int]] = []
    inner = own.pipe.vae.decoder.forward

    def forward(latents: torch.Tensor, *args: Any) -> Any:
        asked.append((latents.shape[2], latents.shape[3]))
        if max(asked[-1]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return inner(latents, *args)

    own.pipe.vae.decoder.forward = forward
    return asked


def test_without_memory_for_the_whole_it_is_decoded_in_tiles(own: Loaded, latents: torch.Tensor) -> None:
    whole = np.asarray(Decoder(own).decode(latents), np.int16)
    asked = hungry(own, 8)
    tiled = np.asarray(Decoder(own).decode(latents), np.int16)
    assert asked[0] == (19, 13)
    assert len(asked) > 2
    assert tiled.shape == whole.shape
    assert np.abs(tiled - whole).mean() < 25
    assert not own.pipe.vae.use_tiling
    assert own.pipe.vae.tile_latent_min_size == 16


def test_without_memory_for_a_tile_it_says_so(own: Loaded, latents: torch.Tensor) -> None:
    hungry(own, 4)
    with pytest.raises(torch.OutOfMemoryError):
        Decoder(own).decode(latents)
    assert not own.pipe.vae.use_tiling
