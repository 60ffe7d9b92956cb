"""Prompts to embeddings, with A1111 weights, as SDXL's two text encoders want them; worker side only.

A long prompt is read in chunks of 75 tokens, each between its own marks, and their vectors stand one behind
the other, as the A1111 web UI has it. The pooled embedding is the first chunk's, as it is there.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Hashable, Sequence
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline

from bot.engine.transfer import bring
from bot.prompt.grammar import parse_weighted
from bot.prompt.window import CHUNKS

Segment = tuple[str, float]
Window = tuple[list[int], list[float]]
"""Token ids of one chunk with its marks and padding, and a weight for each."""


@dataclasses.dataclass(frozen=True, slots=True)
class Embedding:
    """What the UNet is told: ``hidden`` is ``(1, 77 * chunks, width)``, ``pooled`` is ``(1, projection)``."""

    hidden: torch.Tensor
    pooled: torch.Tensor

    @property
    def nbytes(self) -> int:
        return sum(tensor.numel() * tensor.element_size() for tensor in (self.hidden, self.pooled))

    def zeros(self) -> Embedding:
        """The embedding of no negative at all, as diffusers has it."""
        return Embedding(torch.zeros_like(self.hidden), torch.zeros_like(self.pooled))


class Encoder:
    """Encodes prompts and keeps the latest ones, at most ``cache_bytes`` of them."""

    def __init__(self, pipe: StableDiffusionXLPipeline, cache_bytes: int) -> None:
        self._halves = [(pipe.tokenizer, pipe.text_encoder), (pipe.tokenizer_2, pipe.text_encoder_2)]
        self._limit = cache_bytes
        self._kept: collections.OrderedDict[tuple[str, Hashable], Embedding] = collections.OrderedDict()
        self._bytes = 0
        self.look: Hashable = ()
        """What the text encoders wear (`bot.engine.wardrobe`): the same words give other numbers then."""

    def encode(self, text: str) -> Embedding:
        """The embedding of one prompt, as many chunks long as it needs.

        Up to 75 tokens without weights it is exactly what ``pipe.encode_prompt`` gives; text past the last
        chunk is cut. Raises InvalidRequest for weights that cannot be used.
        """
        key = text, self.look
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        segments = parse_weighted(text)
        windows = [_windows(tokenizer, segments) for tokenizer, _ in self._halves]
        chunks = max(map(len, windows))
        with torch.inference_mode():
            halves = [
                _encode(model, own + [_window(tokenizer, [], [])] * (chunks - len(own)))
                for (tokenizer, model), own in zip(self._halves, windows, strict=True)
            ]
        # The second encoder's first output is the pooled, projected one; its embedding carries no weights.
        pooled = halves[1][1]
        embedding = Embedding(torch.cat([hidden for hidden, _ in halves], dim=-1).to(pooled.dtype), pooled)
        self._keep(key, embedding)
        return embedding

    def forget(self) -> None:
        """Keep none of them any more."""
        self._kept.clear()
        self._bytes = 0

    def pair(self, positive: str, negative: str | None) -> tuple[Embedding, Embedding]:
        """Both sides of guidance, brought to the same number of chunks by empty ones.

        ``None`` as the negative is all zeros, which diffusers takes where nothing was said.
        """
        wanted = self.encode(positive)
        if negative is None:
            return wanted, wanted.zeros()
        unwanted = self.encode(negative)
        length = max(wanted.hidden.shape[1], unwanted.hidden.shape[1])
        return self._lengthen(wanted, length), self._lengthen(unwanted, length)

    def _lengthen(self, embedding: Embedding, length: int) -> Embedding:
        if embedding.hidden.shape[1] == length:
            return embedding
        empty = self.encode("").hidden
        missing = (length - embedding.hidden.shape[1]) // empty.shape[1]
        with torch.inference_mode():
            return Embedding(torch.cat([embedding.hidden, *[empty] * missing], dim=1), embedding.pooled)

    def _keep(self, key: tuple[str, Hashable], embedding: Embedding) -> None:
        self._kept[key] = embedding
        self._bytes += embedding.nbytes
        while self._bytes > self._limit and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _encode(model: Any, windows: Sequence[Window]) -> tuple[torch.Tensor, torch.Tensor]:
    """Each chunk's hidden states behind the other, and the first output of the first chunk.

    One chunk at a time: the text encoder rounds differently for other numbers of rows.
    """
    outputs = [
        model(bring(torch.tensor([ids]), model.device), output_hidden_states=True) for ids, _ in windows
    ]
    hidden = [
        _weigh(output.hidden_states[-2], weights)
        for output, (_, weights) in zip(outputs, windows, strict=True)
    ]
    return torch.cat(hidden, dim=1), outputs[0][0]


def _windows(tokenizer: Any, segments: Sequence[Segment]) -> list[Window]:
    """The chunks of a text: one at least, `CHUNKS` at most."""
    room = tokenizer.model_max_length - 2
    ids: list[int] = []
    weights: list[float] = []
    for text, weight in segments:
        piece = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
        ids += piece
        weights += [weight] * len(piece)
    starts = range(0, max(1, min(len(ids), CHUNKS * room)), room)
    return [_window(tokenizer, ids[at : at + room], weights[at : at + room]) for at in starts]


def _window(tokenizer: Any, ids: list[int], weights: list[float]) -> Window:
    """One chunk between its marks, padded to the encoder's length."""
    padding = tokenizer.model_max_length - 2 - len(ids)
    marked = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
    return marked + [tokenizer.pad_token_id] * padding, [1.0, *weights, 1.0] + [1.0] * padding


def _weigh(hidden: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """Multiply each token's vector and restore the mean of the chunk, as the A1111 web UI does."""
    if all(weight == 1.0 for weight in weights):
        return hidden
    full = hidden.float()
    weighed = full * bring(torch.tensor(weights), hidden.device)[None, :, None]
    mean = weighed.mean()
    # A mean of zero cannot be restored; then the weights alone must do.
    scale = torch.where(mean != 0, full.mean() / mean, torch.ones_like(mean))
    return (weighed * scale).to(hidden.dtype)
