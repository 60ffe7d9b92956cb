"""Requests, drafts, prompts and verdicts as short JSON: a million of them are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from bot.core.draft import FIELDS, Draft
from bot.core.job import Verdict
from bot.core.prompt import Prompt
from bot.core.request import Request

Noun = TypeVar("Noun")

_NOT_THERE = object()


class Compact(Generic[Noun]):
    """Writes a noun as a JSON object without the keys that have the value they mostly have.

    ``usual`` belongs to the stored form: it stays as it is even when a noun's own defaults change, or
    everything that was written before would change with them. What is kept ``elsewhere`` is left out.
    """

    def __init__(self, noun: type[Noun], usual: Mapping[str, Any], elsewhere: Collection[str] = ()) -> None:
        self._adapter = TypeAdapter(noun)
        self._usual = dict(usual)
        self._elsewhere = set(elsewhere)

    def dump(self, value: Noun) -> str:
        """The short form."""
        full = self._adapter.dump_python(value, mode="json", exclude=self._elsewhere)
        return _json({key: each for key, each in full.items() if self._usual.get(key, _NOT_THERE) != each})

    def load(self, text: str, **more: Any) -> Noun:
        """Read the short form, or one that was written in full; ``more`` are values kept elsewhere."""
        return self._adapter.validate_python({**self._usual, **from_json(text), **more})


REQUEST = Compact(
    Request,
    {
        "negative": "",
        "subject": None,
        "character": None,
        "series": None,
        "quality": None,
        "rating": None,
        "year": None,
        "size": {"width": 832, "height": 1216},
        "count": 1,
        "seed": None,
        "steps": 28,
        "cfg": 7.0,
        "sampler": "Euler a",
        "private": False,
        "style": None,
        "source": None,
        "hires": False,
        "vary": None,
        "loras": [],
        "model": None,
        "profile": None,
        "upscale": 1,
    },
)
PROMPT = Compact(
    Prompt,
    {
        "negative": "",
        "window": 75,
        "dropped": [],
        "notes": [],
        "negative_dropped": [],
        "reading": {"understood": [], "absent": [], "unknown": [], "drawn": []},
        "others": [],
    },
    elsewhere=("negative",),
)
DRAFT = Compact(Draft, dict.fromkeys(FIELDS))


def dump_verdict(verdict: Verdict) -> str:
    """A JSON list: the four shares by rating, the source, the fault, the share of age.

    Shares are rounded to six places: a share that reaches a limit of as many places reaches it still.
    """
    shares = (verdict.general, verdict.sensitive, verdict.questionable, verdict.explicit)
    parts = [*(round(share, 6) for share in shares), verdict.source, verdict.fault, round(verdict.age, 6)]
    return _json(parts if parts[5:] != [None, 0.0] else parts[:5])


def load_verdict(text: str) -> Verdict:
    """Read what ``dump_verdict`` wrote."""
    return Verdict(*from_json(text))


def key_of(text: str) -> int:
    """The number that a text is kept under: 64 bits of its SHA-256, signed as SQLite's integers are."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def _json(value: Any) -> str:
    return to_json(value).decode()
