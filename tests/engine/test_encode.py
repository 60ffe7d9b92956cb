"""Prompts to embeddings, against diffusers' own and against the weights' arithmetic."""

from __future__ import annotations

import pytest
import torch

from bot.core.errors import InvalidRequest
from bot.engine.encode import Encoder
from bot.engine.loader import Loaded
from tests.engine.tiny import WIDTHS


@pytest.mark.parametrize(
    "text", ["1girl, smile", "", "é ü 初音ミク 🎨", "long " * 18, "  spaces ,, commas  "]
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


@pytest.mark.parametrize("text", ["(cat:0)", "((cat:0):0)", "(cat:2), dog"])
def test_weights_at_their_limits_give_numbers(loaded: Loaded, text: str) -> None:
    found = Encoder(loaded.pipe, 2**20).encode(text)
    assert torch.isfinite(found.hidden).all()


@pytest.mark.parametrize("text", ["(cat:1e9)", "(cat:-1)", "(cat:2.5)", "(" * 1000 + "cat" + ")" * 1000])
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


def letters(count: int, first: int = 0) -> str:
    """So many tokens: this tokenizer has one a letter, and none for blanks."""
    return " ".join("abcdefghijklmnopqrstuvwxyz"[(first + place) % 26] for place in range(count))


@pytest.mark.parametrize(("tokens", "chunks"), [(75, 1), (76, 2), (150, 2), (151, 3), (225, 3), (300, 3)])
def test_a_long_prompt_is_its_chunks_one_behind_the_other(loaded: Loaded, tokens: int, chunks: int) -> None:
    encoder = Encoder(loaded.pipe, 2**24)
    found = encoder.encode(letters(tokens))
    pieces = [encoder.encode(letters(min(75, tokens - 75 * n), 75 * n)) for n in range(chunks)]
    assert torch.equal(found.hidden, torch.cat([piece.hidden for piece in pieces], dim=1))
    assert torch.equal(found.pooled, pieces[0].pooled)


def test_a_weight_changes_its_own_chunk_alone(loaded: Loaded) -> None:
    encoder = Encoder(loaded.pipe, 2**24)
    plain, heavy = encoder.encode(letters(80)), encoder.encode(f"{letters(75)} ({letters(5, 75)}:1.5)")
    assert torch.equal(plain.hidden[:, :77], heavy.hidden[:, :77])
    assert not torch.equal(plain.hidden[:, 77:], heavy.hidden[:, 77:])


def test_both_sides_of_guidance_have_the_same_number_of_chunks(loaded: Loaded) -> None:
    encoder = Encoder(loaded.pipe, 2**24)
    empty = encoder.encode("").hidden
    for positive, negative in ((letters(160), "x"), ("x", letters(160))):
        pair = encoder.pair(positive, negative)
        assert [side.hidden.shape[1] for side in pair] == [231, 231]
        short = pair[positive != "x"]
        assert torch.equal(short.hidden, torch.cat([encoder.encode("x").hidden, empty, empty], dim=1))
    wanted, nothing = encoder.pair(letters(80), None)
    assert nothing.hidden.shape == wanted.hidden.shape
    assert not nothing.hidden.any()
    assert not nothing.pooled.any()
