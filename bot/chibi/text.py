"""The two small CLIP text encoders, and the captions' way through them as SDXL's pipeline takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bot.chibi.tokenizer import CONTEXT

if TYPE_CHECKING:
    from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

HIDDEN = 96
"""Width of each encoder; the UNet reads both side by side."""

POOLED = 128
"""Width of the second encoder's pooled text, which the UNet adds to its time embedding."""


def _config(vocabulary: int, pad: int) -> Any:
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=4,
        projection_dim=POOLED,
        max_position_embeddings=CONTEXT,
        hidden_act="gelu",
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=pad,
    )


class TextEncoders(nn.Module):
    """Both encoders together, trained as one.

    Args:
        tokenizers: the pipeline's two tokenizers; they share a vocabulary and differ in their padding.
    """

    first: CLIPTextModel
    second: CLIPTextModelWithProjection

    def __init__(self, tokenizers: tuple[CLIPTokenizer, CLIPTokenizer]) -> None:
        from transformers import CLIPTextModel, CLIPTextModelWithProjection

        super().__init__()
        self.tokenizers = tokenizers
        size = len(tokenizers[0])
        self.first = CLIPTextModel(_config(size, size - 1))
        self.second = CLIPTextModelWithProjection(_config(size, 0))

    def forward(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the text (N, 77, 2 * HIDDEN) and the pooled text (N, POOLED), as SDXL takes them."""
        states = []
        pooled = torch.empty(0)
        for tokenizer, model in zip(self.tokenizers, (self.first, self.second), strict=True):
            ids = tokenizer(
                captions, padding="max_length", max_length=CONTEXT, truncation=True, return_tensors="pt"
            ).input_ids
            out = model(ids, output_hidden_states=True)
            states.append(out.hidden_states[-2])
            pooled = out[0]
        return torch.cat(states, dim=-1), pooled
