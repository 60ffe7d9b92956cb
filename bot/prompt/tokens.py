"""Counting tokens as the model's own text encoders do, from the tokenizer files in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from bot.core.errors import ModelError
from bot.prompt.memory import remembered
from bot.prompt.window import CountTokens

_CLIP_WORDS = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
"""What CLIP's tokenizer takes for a word (Radford et al. 2021, simple_tokenizer.py)."""
_REMEMBERED = 32768


def token_counter(model_folder: Path) -> CountTokens:
    """Return a function that counts a text's content tokens: the most of ``tokenizer`` and ``tokenizer_2``.

    ``model_folder`` is a diffusers folder. Raises ModelError, naming what is missing or broken.
    """
    folders = [model_folder / name for name in ("tokenizer", "tokenizer_2")]
    tokenizers = [load_tokenizer(folder) for folder in folders if folder.is_dir()]
    if not tokenizers:
        raise ModelError(f"{model_folder} has no tokenizer folder; use a whole diffusers folder.")

    # Two encoders mostly share one tokenizer but for its padding, which is switched off here.
    counters = [_word_counter(each) for each in {each.to_str(): each for each in tokenizers}.values()]

    def count(text: str) -> int:
        # No token of CLIP's reaches over white space, and a word is sooner remembered than a whole prompt.
        words = text.split()
        return max(sum(map(count_word, words)) for count_word in counters)

    return count


def _word_counter(tokenizer: Tokenizer) -> CountTokens:
    @remembered(_REMEMBERED)
    def count_word(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return count_word


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of one encoder from ``tokenizer.json``, else from vocab.json and merges.txt.

    Raises ModelError, naming the file, when one is missing or cannot be read.
    """
    whole, vocab, merges = (folder / name for name in ("tokenizer.json", "vocab.json", "merges.txt"))
    try:
        if whole.is_file():
            tokenizer = Tokenizer.from_file(str(whole))
        else:
            for file in (vocab, merges):
                if not file.is_file():
                    raise ModelError(
                        f"{file} is missing; pull the model again or use a whole diffusers folder."
                    )
            tokenizer = _clip(vocab, merges, _special_tokens(folder))
    except ModelError:
        raise
    except Exception as error:  # the library raises bare Exception for files that it cannot read
        raise ModelError(
            f"The tokenizer in {folder} cannot be read ({error}); pull the model again."
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _clip(vocab: Path, merges: Path, special: list[str]) -> Tokenizer:
    bpe = models.BPE.from_file(
        str(vocab),
        str(merges),
        unk_token="<|endoftext|>",
        end_of_word_suffix="</w>",
        continuing_subword_prefix="",
    )
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_CLIP_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.add_special_tokens(special)
    return tokenizer


def _special_tokens(folder: Path) -> list[str]:
    """The words that the tokenizer never splits (SDXL's second one pads with ``!``, so it counts alone)."""
    file = folder / "special_tokens_map.json"
    if not file.is_file():
        return ["<|startoftext|>", "<|endoftext|>"]
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    words = [value["content"] if isinstance(value, dict) else value for value in found.values()]
    return [word for word in dict.fromkeys(words) if isinstance(word, str)]
