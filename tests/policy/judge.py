"""Judges a request as the bot does, without a model: for corpora and fuzzers, which ask very often."""

from __future__ import annotations

import re

from bot.core.prompt import Decision, Reason
from bot.core.rating import Rating
from bot.core.request import Request
from bot.policy.policy import Policy
from bot.prompt.dictionary import Dictionary
from bot.prompt.normalise import key
from bot.prompt.profile import profile
from bot.services.prompts import PromptService

DICTIONARY = Dictionary.load_core()
_TOKEN = re.compile(r"\w{1,6}|[^\w\s]")


def _count(text: str) -> int:
    """About what a tokenizer counts."""
    return len(_TOKEN.findall(text))


SERVICE = PromptService(profile("chibi"), DICTIONARY, Policy(DICTIONARY), _count)


def judge(
    prompt: str,
    negative: str = "",
    ceiling: Rating = Rating.GENERAL,
    *,
    subject: str | None = None,
    character: str | None = None,
    series: str | None = None,
) -> Decision:
    """Compose and decide; raises InvalidRequest like the bot."""
    request = Request(prompt, negative, subject=subject, character=character, series=series)
    return SERVICE.review(request, ceiling)[1]


def names(reason: Reason, tag: str) -> bool:
    """Whether a reason names this tag: as it is, by another spelling, or with more words around it."""
    said, meant = key(reason.tag), key(tag)
    entry = DICTIONARY.lookup(meant)
    if said == meant or (entry is not None and entry is DICTIONARY.lookup(said)):
        return True
    spellings = (meant,) if entry is None else tuple(map(key, (meant, entry.name, *entry.aliases)))
    return reason.rule == "word" and any(
        f" {spelling} " in f" {said} " or (not spelling.isascii() and spelling in said)
        for spelling in spellings
    )


def named_right(decision: Decision, tag: str) -> bool:
    """Whether a denial names this tag and nothing else; a word of mixed scripts may be named besides."""
    reasons = [reason for reason in decision.reasons if reason.rule != "script"] or decision.reasons
    return bool(reasons) and all(names(reason, tag) for reason in reasons)
