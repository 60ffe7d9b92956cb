"""The model's own byte-level BPE, learnt from its captions' words and stored as CLIPTokenizer reads it."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

CONTEXT = 77
"""Tokens in a caption, both ends included, as for every CLIP text encoder of SDXL."""

START, END = "<|startoftext|>", "<|endoftext|>"
_WORD = re.compile(r"[^\W\d_]+|\d|[^\s\w]+|_+")
_STOP = "</w>"


def byte_alphabet() -> list[str]:
    """Return the 256 printable stand-ins of the bytes in CLIP's order, which begins with "!"."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    shifted = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + index) for index, _ in enumerate(shifted)]


def learn_merges(captions: Iterable[str]) -> list[tuple[str, str]]:
    """Return byte-pair merges, commonest first, until every word of the captions is one token.

    Only ASCII words are learnt; other characters stay single bytes.
    """
    counts = Counter(word for text in captions for word in _WORD.findall(text.lower()) if word.isascii())
    words = {word: [*word[:-1], word[-1] + _STOP] for word in counts}
    merges: list[tuple[str, str]] = []
    while True:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in words.items():
            for pair in itertools.pairwise(parts):
                pairs[pair] += counts[word]
        if not pairs:
            return merges
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        words = {word: _merge(parts, best) for word, parts in words.items()}


def _merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    for part in parts:
        if merged and (merged[-1], part) == pair:
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def build_vocabulary(merges: list[tuple[str, str]]) -> dict[str, int]:
    """Return token -> id: the bytes, the bytes that end a word, the merges, the start, the end."""
    alphabet = byte_alphabet()
    tokens = [*alphabet, *(letter + _STOP for letter in alphabet), *("".join(pair) for pair in merges)]
    return {token: index for index, token in enumerate([*dict.fromkeys(tokens), START, END])}


def save(captions: Iterable[str], folder: Path) -> None:
    """Learn the tokenizer and write `vocab.json` and `merges.txt` into the folder."""
    merges = learn_merges(captions)
    _write(build_vocabulary(merges), merges, folder)


def write_files(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write a loaded tokenizer's `vocab.json` and `merges.txt`, as SDXL's own folders have them."""
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    _write(model["vocab"], [(first, second) for first, second in model["merges"]], folder)


def _write(vocabulary: dict[str, int], merges: list[tuple[str, str]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[CLIPTokenizer, CLIPTokenizer]:
    """Return the two tokenizers of an SDXL pipeline, which differ in their padding only, as SDXL's do."""
    from transformers import CLIPTokenizer

    files = {"vocab": str(folder / "vocab.json"), "merges": str(folder / "merges.txt")}
    first = CLIPTokenizer(**files, model_max_length=CONTEXT)
    return first, CLIPTokenizer(**files, model_max_length=CONTEXT, pad_token="!")
