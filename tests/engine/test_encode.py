"""Prompts to embeddings, against diffusers' own and against the weights' arithmetic."""

from __future__ import annotations

import pytest
import torch

from bot.core.errors import InvalidRequest
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded
from tests.engine.tiny import WIDTHS


@pytest.mark.parametrize(
    "text", ["1girl, smile", "", "é ü 初音ミク 🎨", "long " * 40, "  spaces ,, commas  "]
)
def test_without_weights_it_is_what_the_stock_pipeline_encodes(loaded: Loaded, text: str) -> None:
    hidden, _, pooled, _ = loaded.pipe.encode_prompt(text, do_classifier_free_guidance=False)
    ours = Encoder(loaded.pipe, 2**20).encode(text)
    assert torch.equal(ours.hidden, hidden)
    assert torch.equal(ours.pooled, pooled)


def test_brackets_of_a_tag_are_read_without_their_escapes(loaded: Loaded) -> None:
    encoder = Encoder(loaded.pipe, 2**20)
    hidden, _, _, _ = loaded.pipe.encode_prompt("saber (fate)", do_classifier_free_guidance=False)
    assert torch.equal(encoder.encode(r"saber \(fate\)").hidden, hidden)


def test_a_weight_scales_its_tokens_and_the_mean_is_kept(loaded: Loaded) -> None:
    encoder = Encoder(loaded.pipe, 2**20)
    plain, heavy = encoder.encode("ab, cd"), encoder.encode("ab, (cd:1.5)")
    for part in (slice(0, WIDTHS[0]), slice(WIDTHS[0], None)):
        before, after = plain.hidden[0, :, part], heavy.hidden[0, :, part]
        torch.testing.assert_close(after.mean(), before.mean(), rtol=1e-3, atol=1e-5)
        growth = (after / before).mean(dim=1)
        # Tokens: begin, a, b, comma, c, d, end; the two of the weighted tag grew half more than the others.
        torch.testing.assert_close(growth[4:6] / growth[1], torch.full((2,), 1.5), rtol=1e-3, atol=1e-3)
    assert torch.equal(plain.pooled, heavy.pooled)


@pytest.mark.parametrize("text", ["(cat:1e9)", "(cat:-1)", "(cat:2.5)"])
def test_weights_out_of_range_are_refused(loaded: Loaded, text: str) -> None:
    with pytest.raises(InvalidRequest):
        Encoder(loaded.pipe, 2**20).encode(text)


def test_the_cache_forgets_the_oldest_first(loaded: Loaded) -> None:
    one = Encoder(loaded.pipe, 2**20).encode("a").nbytes
    encoder = Encoder(loaded.pipe, 2 * one)
    a, b = encoder.encode("a"), encoder.encode("b")
    assert encoder.encode("a") is a
    encoder.encode("c")
    assert encoder.encode("a") is a
    assert encoder.encode("b") is not b


def test_a_cache_too_small_for_one_prompt_still_encodes(loaded: Loaded) -> None:
    encoder = Encoder(loaded.pipe, 0)
    assert torch.equal(encoder.encode("a").hidden, encoder.encode("a").hidden)
