"""What makes the UNet fast on a real card; worker side only.

Laid out for the card: channels last (the tensor cores' own order for convolutions) and one matrix product
where attention has three. Compiled: the transformer blocks, which do 75 % of the operations of a step of
SDXL, once for each shape that a call can have; the rest of the UNet runs as it is. torch's own switches stay
as they are: cuDNN's benchmark mode would choose its kernels by the clock, and a picture drawn again would
differ in its bytes.

All of it is the same arithmetic in another order: equal but for rounding, which half precision shows.
"""

from __future__ import annotations

import collections
import itertools
import logging
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from diffusers import StableDiffusionXLPipeline
from diffusers.models.attention_processor import Attention

from bot.core.job import HIRES_SCALE
from bot.core.size import DEFAULT_SIZE, SIZES, Size

log = logging.getLogger(__name__)

HOT_SIZES = (DEFAULT_SIZE, Size(1024, 1024))
"""What most people ask for: compiled before the worker is ready."""
HOT_ROWS = (2, 4)
"""One picture with guidance, and two: what runs when the queue is short."""
ROWS = (2, 4, 8, 1)
"""One picture without guidance has one row: few-step LoRAs, and what lies outside a guidance interval."""
CHUNKS = (1, 2, 3)
CHUNK_TOKENS = 77


class Shape(NamedTuple):
    """What a compiled block is compiled for: rows, latent pixels of one, and tokens of text.

    Blocks see a picture as a list of places, so that sizes of one area share a graph (1216x832 and 832x1216,
    but also 1152x896 and 1344x768): the nine sizes are four areas.
    """

    rows: int
    area: int
    tokens: int


class Blank(NamedTuple):
    """A call of the UNet by its sizes alone: rows, latent height and width, and tokens of text."""

    rows: int
    height: int
    width: int
    tokens: int

    @property
    def shape(self) -> Shape:
        return Shape(self.rows, self.height * self.width, self.tokens)

    @property
    def larger(self) -> Blank:
        """The same call in the second pass of a larger picture, as `bot.engine.hires` rounds."""
        return self._replace(height=round(self.height * HIRES_SCALE), width=round(self.width * HIRES_SCALE))

    def inputs(self, unet: Any) -> dict[str, Any]:
        """Zeros that the UNet can be called with, on its device and in its type."""
        config, device, dtype = unet.config, unet.device, unet.dtype
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        text = torch.zeros(self.rows, self.tokens, config.cross_attention_dim, device=device, dtype=dtype)
        return {
            "sample": torch.zeros(
                self.rows, config.in_channels, self.height, self.width, device=device, dtype=dtype
            ),
            "timestep": torch.ones(self.rows, device=device),
            "encoder_hidden_states": text,
            "added_cond_kwargs": {
                "text_embeds": torch.zeros(self.rows, pooled, device=device, dtype=dtype),
                "time_ids": torch.zeros(self.rows, 6, device=device, dtype=dtype),
            },
        }


def lay_out(pipe: StableDiffusionXLPipeline, device: torch.device) -> None:
    """Order a pipeline that has come to its device as that device likes it; only CUDA has a wish.

    A VAE that overflows in half precision becomes single here, once: stock code converts it there and back
    for every picture.
    """
    if device.type != "cuda":
        return
    if pipe.vae.config.force_upcast:
        pipe.vae.to(torch.float32)
    pipe.unet.to(memory_format=torch.channels_last)
    pipe.vae.to(memory_format=torch.channels_last)
    fuse(pipe.unet)


def fuse(unet: Any) -> None:
    """Project to query, key and value at once, within rounding of doing it one by one.

    The single projections become views of the fused ones: diffusers would keep both, 1.2 GB more for SDXL
    in fp16, and what is later added to their weights in place still counts.
    """
    unet.fuse_qkv_projections()
    for module in unet.modules():
        if isinstance(module, Attention):
            fused, parts = (
                (module.to_kv, (module.to_k, module.to_v))
                if module.is_cross_attention
                else (module.to_qkv, (module.to_q, module.to_k, module.to_v))
            )
            for part, weight in zip(parts, fused.weight.data.chunk(len(parts)), strict=True):
                part.weight.data = weight


def hot_calls(native: Callable[[Size], tuple[int, int]], scale: int) -> list[Blank]:
    """The calls to be compiled before Ready; ``native`` gives a size's pixels, ``scale`` of them a latent."""
    return _calls(HOT_SIZES, HOT_ROWS, CHUNKS[:1], native, scale)


def other_calls(native: Callable[[Size], tuple[int, int]], scale: int) -> list[Blank]:
    """The calls to be compiled when nobody waits, the likelier first: short prompts, then longer ones.

    After the sizes themselves come the second passes of larger pictures.
    """
    calls = []
    for chunks in CHUNKS:
        calls += _calls(SIZES, ROWS, (chunks,), native, scale)
        calls += [call.larger for call in _calls(SIZES, HOT_ROWS, (chunks,), native, scale)]
    return calls


def _calls(
    sizes: Iterable[Size],
    rows: Iterable[int],
    chunks: Iterable[int],
    native: Callable[[Size], tuple[int, int]],
    scale: int,
) -> list[Blank]:
    calls = []
    for chunk, row, size in itertools.product(chunks, rows, sizes):
        width, height = native(size)
        calls.append(Blank(row, height // scale, width // scale, chunk * CHUNK_TOKENS))
    return calls


def compiled(
    unet: Any,
    native: Callable[[Size], tuple[int, int]],
    scale: int,
    tell: Callable[[str], None],
    backend: str | Callable[..., Any] = "inductor",
) -> Compiled:
    """A UNet whose hot calls are compiled, with a word before each, and whose others wait to be."""
    hot = hot_calls(native, scale)
    faster = Compiled(unet, [*hot, *other_calls(native, scale)], backend)
    for number in range(1, len(hot) + 1):
        tell(f"compiling, {number} of {len(hot)}")
        faster.warm()
    return faster


class Compiled:
    """A UNet to be called in place of the bare one; its transformer blocks are compiled shape by shape.

    A call never compiles, which would stop everybody for seconds: only `warm` does, and shapes that are not
    warm run as they are. The two round differently: a picture that was drawn before its shape was warm comes
    out close to itself afterwards, not the same to the byte.
    """

    def __init__(
        self, unet: Any, calls: Iterable[Blank], backend: str | Callable[..., Any] = "inductor"
    ) -> None:
        self._unet = unet
        first: dict[Shape, Blank] = {}
        for call in calls:
            first.setdefault(call.shape, call)
        self._cold = collections.deque(first.values())
        self._shapes = len(first)
        self._warm: set[Shape] = set()
        unet.compile_repeated_blocks(fullgraph=True, dynamic=False, backend=backend)

    @property
    def cold(self) -> int:
        """How many shapes are still to be compiled."""
        return len(self._cold)

    @property
    def warmed(self) -> frozenset[Shape]:
        """The shapes that run compiled."""
        return frozenset(self._warm)

    def __call__(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        added_cond_kwargs: dict[str, torch.Tensor],
        return_dict: bool = False,
    ) -> Any:
        """What the UNet answers; the arguments are diffusers' own."""
        rows, _, height, width = sample.shape
        shape = Shape(rows, height * width, encoder_hidden_states.shape[1])
        stance = "eager_on_recompile" if shape in self._warm else "force_eager"
        with torch.compiler.set_stance(stance):
            return self._unet(
                sample,
                timestep,
                encoder_hidden_states=encoder_hidden_states,
                added_cond_kwargs=added_cond_kwargs,
                return_dict=return_dict,
            )

    def warm(self) -> bool:
        """Compile the next shape by a call of zeros; seconds to minutes. False when there was none.

        When the compiler fails, the log says so and nothing more is compiled: uncompiled, the UNet draws too.
        A shape that the memory does not hold is passed by.
        """
        if not self._cold:
            return False
        call = self._cold.popleft()
        # Each shape is a recompilation to torch, which gives up after eight unless told otherwise.
        limit = 2 * self._shapes
        try:
            with (
                torch.inference_mode(),
                torch.compiler.set_stance("default"),
                torch._dynamo.config.patch(recompile_limit=limit, accumulated_recompile_limit=8 * limit),
            ):
                self._unet(**call.inputs(self._unet), return_dict=False)
        except torch.OutOfMemoryError:
            log.warning("no memory to compile %s rows of %s latents", call.rows, call.shape.area)
        except Exception:
            log.warning("compiling the UNet failed; the rest of it runs uncompiled", exc_info=True)
            self._cold.clear()
        else:
            self._warm.add(call.shape)
        return True
