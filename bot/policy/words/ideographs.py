"""Words of scripts that put no space between words: Han, kana and Hangul."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.policy.words.letters import bare

if TYPE_CHECKING:
    from bot.policy.words.lexicon import Rated

_IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_APART = re.compile(r"[\W_]+")
_RUN = re.compile("[\u30a1-\u30fc]+")
_RUN_BEFORE = re.compile("[\u30a1-\u30fc]+$")
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_COMPOUND = (2, 3)
"""Katakana before and behind a term from which the run is a compound rather than another word (Ferrari)."""
_BACKWARDS = 3


def is_ideographic(text: str) -> bool:
    """Whether the text has letters of such a script."""
    return not text.isascii() and _IDEOGRAPHIC.search(text) is not None


class Ideographs:
    """Terms that are looked for anywhere in a tag, save inside harmless words."""

    def __init__(self, terms: Iterable[Rated], shields: Sequence[str]) -> None:
        harmless = [_kana(_squeezed(shield)) for shield in shields if is_ideographic(shield)]
        self._terms = []
        for term in terms:
            written = _squeezed(term.name)
            around = tuple(
                shield for shield in harmless if _kana(written) in shield and shield != _kana(written)
            )
            self._terms.append((term, written, _kana(written), around))

    def find(self, tag: str) -> Iterator[tuple[str, Rated]]:
        """Yield terms with the rule: ``word`` where they stand as listed, else ``disguise``."""
        if not is_ideographic(tag):
            return
        plain = bare(tag)
        shown = unicodedata.normalize("NFKC", tag.casefold())
        squeezed = _APART.sub("", plain)
        kana = _kana(squeezed)
        for term, written, key, around in self._terms:
            if key in kana or (len(key) >= _BACKWARDS and key[::-1] in kana):
                covered = kana
                for shield in around:
                    covered = covered.replace(shield, "\n" * len(shield))
                if self._stands(key, covered, squeezed):
                    yield "word" if written in shown else "disguise", term

    @staticmethod
    def _stands(key: str, kana: str, squeezed: str) -> bool:
        if len(key) >= _BACKWARDS and key[::-1] in kana:
            return True
        place = kana.find(key)
        while place >= 0:
            end = place + len(key)
            before = _RUN_BEFORE.search(squeezed[max(0, place - _COMPOUND[0]) : place])
            after = _RUN.match(squeezed, end)
            if _RUN.match(squeezed, place) is None or (
                (before is None or len(before[0]) >= _COMPOUND[0])
                and (after is None or len(after[0]) >= _COMPOUND[1])
            ):
                return True
            place = kana.find(key, place + 1)
        return False


def _squeezed(text: str) -> str:
    return _APART.sub("", bare(text))


def _kana(text: str) -> str:
    return text.translate(_TO_HIRAGANA)
