"""Prompts to embeddings, with A1111 weights, as SDXL's two text encoders want them; worker side only."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline

from bot.prompt.grammar import parse_weighted

Segment = tuple[str, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Embedding:
    """What the UNet is told: ``hidden`` is ``(1, 77, width)``, ``pooled`` is ``(1, projection)``."""

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
        self._kept: collections.OrderedDict[str, Embedding] = collections.OrderedDict()
        self._bytes = 0

    def encode(self, text: str) -> Embedding:
        """The embedding of one prompt; without weights exactly what ``pipe.encode_prompt`` gives.

        Text past the window of 75 tokens is cut. Raises InvalidRequest for weights that cannot be used.
        """
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        segments = parse_weighted(text)
        with torch.inference_mode():
            hidden = [_hidden(tokenizer, model, segments) for tokenizer, model in self._halves]
        # The second encoder's first output is the pooled, projected one; its embedding carries no weights.
        pooled = hidden[1][1]
        embedding = Embedding(torch.cat([half for half, _ in hidden], dim=-1).to(pooled.dtype), pooled)
        self._keep(text, embedding)
        return embedding

    def _keep(self, text: str, embedding: Embedding) -> None:
        self._kept[text] = embedding
        self._bytes += embedding.nbytes
        while self._bytes > self._limit and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _hidden(tokenizer: Any, model: Any, segments: Sequence[Segment]) -> tuple[torch.Tensor, torch.Tensor]:
    ids, weights = _window(tokenizer, segments)
    output = model(torch.tensor([ids], device=model.device), output_hidden_states=True)
    hidden = output.hidden_states[-2]
    if any(weight != 1.0 for weight in weights):
        hidden = _weigh(hidden, torch.tensor(weights, device=hidden.device))
    return hidden, output[0]


def _window(tokenizer: Any, segments: Sequence[Segment]) -> tuple[list[int], list[float]]:
    """Token ids between their marks, padded to the model's length, and a weight for each."""
    length = tokenizer.model_max_length
    ids: list[int] = []
    weights: list[float] = []
    for text, weight in segments:
        piece = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
        ids += piece
        weights += [weight] * len(piece)
    ids, weights = ids[: length - 2], weights[: length - 2]
    ids = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
    padding = length - len(ids)
    return ids + [tokenizer.pad_token_id] * padding, [1.0, *weights, 1.0] + [1.0] * padding


def _weigh(hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Multiply each token's vector and restore the mean of all, as the A1111 web UI does."""
    full = hidden.float()
    weighed = full * weights[None, :, None]
    mean = weighed.mean()
    # A mean of zero cannot be restored; then the weights alone must do.
    scale = full.mean() / mean if mean != 0 else torch.ones_like(mean)
    return (weighed * scale).to(hidden.dtype)
