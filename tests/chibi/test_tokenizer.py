"""The model's tokenizer: its words, its padding, and room in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from bot.chibi import MODEL_DIR, tokenizer
from bot.chibi.captions import CARD_NEGATIVE, GUARD


@pytest.fixture(scope="module")
def shipped() -> tuple[CLIPTokenizer, CLIPTokenizer]:
    return tokenizer.load(MODEL_DIR / "tokenizer")


def test_learnt_words_become_one_token(tmp_path: Path) -> None:
    tokenizer.save(["red hair, smile", "red hat"], tmp_path)
    first, second = tokenizer.load(tmp_path)
    assert first.tokenize("Red HAIR, smile") == ["red</w>", "hair</w>", ",</w>", "smile</w>"]
    assert first("red").input_ids == second("red").input_ids
    assert first.eos_token_id == len(first) - 1
    assert (first.pad_token_id, second.pad_token_id) == (first.eos_token_id, 0)


def test_unlearnt_text_keeps_its_bytes(tmp_path: Path) -> None:
    tokenizer.save(["red hair"], tmp_path)
    first, _ = tokenizer.load(tmp_path)
    ids = first("drágon 漢 🎨").input_ids[1:-1]
    assert first.eos_token_id not in ids
    assert len(ids) >= 8


def test_files_written_again_read_the_same(
    shipped: tuple[CLIPTokenizer, CLIPTokenizer], tmp_path: Path
) -> None:
    tokenizer.write_files(shipped[0], tmp_path)
    for name in ("vocab.json", "merges.txt"):
        assert (tmp_path / name).read_bytes() == (MODEL_DIR / "tokenizer" / name).read_bytes()


def test_whole_default_negative_leaves_room(shipped: tuple[CLIPTokenizer, CLIPTokenizer]) -> None:
    ids = shipped[0](", ".join((*CARD_NEGATIVE, *GUARD))).input_ids
    assert len(ids) <= 64
    assert all(
        len(shipped[0](word).input_ids) == 3 for word in ("masterpiece", "nsfw", "lowres", "questionable")
    )
