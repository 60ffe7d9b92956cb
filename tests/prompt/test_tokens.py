"""Token counts equal those of the tokenizers that the engine uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer

import bot
from bot.core.errors import ModelError
from bot.prompt.profile import profile
from bot.prompt.tokens import load_tokenizer, token_counter

TEXTS = [
    "1girl, red hair, smile",
    "saber (fate), fate/stay night, :), ^_^",
    "don't!! it's 2024... é ü 初音ミク 😀",
    "MASTERPIECE,   best\tquality",
    "",
    "!",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer as the real models ship it: vocab.json and merges.txt, trained on a few words."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["1 girl red hair smile saber fate stay night best quality"] * 9, trainer)
    model = tmp_path_factory.mktemp("model")
    for name in ("tokenizer", "tokenizer_2"):
        place = model / name
        place.mkdir()
        tokenizer.model.save(str(place))
        vocab = json.loads((place / "vocab.json").read_text("utf-8"))
        for letter in [*vocab]:
            vocab.setdefault(f"{letter}</w>", len(vocab))
        for special in ("<|startoftext|>", "<|endoftext|>"):
            vocab.setdefault(special, len(vocab))
        (place / "vocab.json").write_text(json.dumps(vocab), "utf-8")
        pad = "<|endoftext|>" if name == "tokenizer" else "!"
        specials = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": pad}
        (place / "special_tokens_map.json").write_text(json.dumps(specials), "utf-8")
    return model


@pytest.mark.parametrize("text", TEXTS)
def test_counts_equal_the_engines_tokenizers(folder: Path, text: str) -> None:
    counts = []
    for name in ("tokenizer", "tokenizer_2"):
        specials = json.loads((folder / name / "special_tokens_map.json").read_text("utf-8"))
        oracle = CLIPTokenizer(
            vocab=str(folder / name / "vocab.json"),
            merges=str(folder / name / "merges.txt"),
            unk_token="<|endoftext|>",
            **specials,
        )
        counts.append(len(oracle(text).input_ids) - 2)
        assert len(load_tokenizer(folder / name).encode(text, add_special_tokens=False).ids) == counts[-1]
    assert token_counter(folder)(text) == max(counts)


def test_the_demo_models_count_is_the_engines() -> None:
    model = Path(bot.__file__).parent / "chibi" / "model"
    oracles = [CLIPTokenizer.from_pretrained(model / name) for name in ("tokenizer", "tokenizer_2")]
    count = token_counter(model)
    for text in (*TEXTS, profile("chibi").negative):
        assert count(text) == max(len(oracle(text).input_ids) - 2 for oracle in oracles)


def test_a_folder_without_tokenizers_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no tokenizer folder"):
        token_counter(tmp_path)


@pytest.mark.parametrize("missing", ["vocab.json", "merges.txt"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    (tmp_path / "tokenizer").mkdir()
    for name in {"vocab.json", "merges.txt"} - {missing}:
        (tmp_path / "tokenizer" / name).write_text("{}", "utf-8")
    with pytest.raises(ModelError, match=missing):
        token_counter(tmp_path)


def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("not json", "utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        token_counter(tmp_path)
