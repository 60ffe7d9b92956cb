"""What requests may name of the owner's config: models, LoRAs and fast profiles, and where each may be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from bot.core.errors import InvalidRequest
from bot.core.fast import Fast
from bot.core.language import say
from bot.core.request import DEFAULT_CFG, DEFAULT_STEPS, SAMPLERS, Request
from bot.services.prompts import PromptService

EVERYWHERE = 0
"""In place of a server's id: for the owner, who may use everything."""


class Allowed(Protocol):
    """Something that servers may use: ``guilds`` are their ids, none are everybody."""

    @property
    def guilds(self) -> tuple[int, ...]: ...


A = TypeVar("A", bound=Allowed)


@dataclasses.dataclass(frozen=True, slots=True)
class ModelEntry:
    """A further model: its way with prompts and how much larger its pictures are shown."""

    prompts: PromptService
    shown_at: int = 1
    guilds: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class LoraEntry:
    """A LoRA: the words that call it up, if there are any."""

    trigger: str = ""
    guilds: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Ordered:
    """A request with everything that its names stand for.

    ``worded`` is the same with the LoRAs' trigger words in its prompt, which is what is composed and judged;
    ``notes`` tell the asker of them, and of what they set and a fast profile sets otherwise.
    """

    request: Request
    worded: Request
    prompts: PromptService
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """The names, for people. ``prompts`` and ``shown_at`` are the first model's."""

    prompts: PromptService
    shown_at: int = 1
    models: Mapping[str, ModelEntry] = dataclasses.field(default_factory=dict)
    loras: Mapping[str, LoraEntry] = dataclasses.field(default_factory=dict)
    profiles: Mapping[str, Fast] = dataclasses.field(default_factory=dict)

    def order(self, request: Request, guild_id: int | None) -> Ordered:
        """Look up what a request names; raises InvalidRequest for what is not there or not allowed here."""
        fixed: list[str] = []
        if request.profile is not None:
            if request.profile not in self.profiles:
                raise InvalidRequest(_nothing("profile", request.profile, self.profiles))
            fast = self.profiles[request.profile]
            fixed = _fixed(fast, request)
            request = fast.apply(request)
        if request.model is not None:
            _require("model", request.model, self.models, guild_id)
        for lora in request.loras:
            _require("LoRA", lora.name, self.loras, guild_id)
        worded, notes = self._called(request)
        return Ordered(request, worded, self.prompts_of(request), (*fixed, *notes))

    def prompts_of(self, request: Request) -> PromptService:
        """The way with prompts of the model that a request names."""
        entry = None if request.model is None else self.models.get(request.model)
        return self.prompts if entry is None else entry.prompts

    def enlarge(self, request: Request) -> int:
        """The whole factor by which a request's pictures are enlarged for showing."""
        entry = None if request.model is None else self.models.get(request.model)
        return self.shown_at if entry is None else entry.shown_at

    def fast(self, request: Request) -> Fast | None:
        """The profile that a request names, while there is one of that name."""
        return None if request.profile is None else self.profiles.get(request.profile)

    def names(self, what: str, guild_id: int | None) -> list[str]:
        """The ``models``, ``loras`` or ``profiles`` that may be named in a server."""
        if what == "profiles":
            return list(self.profiles)
        entries: Mapping[str, Allowed] = self.models if what == "models" else self.loras
        return _usable(entries, guild_id)

    def _called(self, request: Request) -> tuple[Request, tuple[str, ...]]:
        """The request with its LoRAs' trigger words, and a note for each that has some."""
        words, notes = [request.prompt] if request.prompt.strip() else [], []
        for lora in request.loras:
            trigger = self.loras[lora.name].trigger
            if trigger and lora.weight:
                words.append(trigger)
                notes.append(
                    say(
                        "The LoRA {name} adds its words to the prompt: {trigger}.",
                        name=lora.name,
                        trigger=trigger,
                    )
                )
        if not notes:
            return request, ()
        return dataclasses.replace(request, prompt=", ".join(words)), tuple(notes)


def _fixed(fast: Fast, request: Request) -> list[str]:
    """A note for each setting of the asker's own that a profile sets otherwise.

    What is as it would be had nothing been said is not taken for theirs.
    """
    notes = []
    if request.steps not in (DEFAULT_STEPS, fast.steps):
        notes.append(
            say(
                "The profile {name} draws in {steps} steps, so {asked} are not used.",
                name=fast.name,
                steps=fast.steps,
                asked=request.steps,
            )
        )
    if request.cfg not in (DEFAULT_CFG, fast.cfg):
        notes.append(
            say(
                "The profile {name} has a CFG of {cfg:g}, so {asked:g} is not used.",
                name=fast.name,
                cfg=fast.cfg,
                asked=request.cfg,
            )
        )
    if request.sampler not in (SAMPLERS[0], fast.sampler):
        notes.append(
            say(
                "The profile {name} has the sampler {sampler}, so {asked} is not used.",
                name=fast.name,
                sampler=fast.sampler,
                asked=request.sampler,
            )
        )
    own = {lora.name: lora.weight for lora in fast.loras}
    for lora in request.loras:
        if lora.weight != own.get(lora.name, lora.weight):
            notes.append(
                say(
                    "The profile {name} has the LoRA {lora} at {weight:g}, so {asked:g} is not used.",
                    name=fast.name,
                    lora=lora.name,
                    weight=own[lora.name],
                    asked=lora.weight,
                )
            )
    return notes


def _usable(entries: Mapping[str, A], guild_id: int | None) -> list[str]:
    return [
        name
        for name, entry in entries.items()
        if not entry.guilds or guild_id in entry.guilds or guild_id == EVERYWHERE
    ]


def _require(kind: str, name: str, entries: Mapping[str, A], guild_id: int | None) -> None:
    usable = _usable(entries, guild_id)
    if name in usable:
        return
    if name in entries:
        raise InvalidRequest(_closed(kind, name, usable))
    raise InvalidRequest(_nothing(kind, name, usable))


def _closed(kind: str, name: str, usable: Iterable[str]) -> str:
    """``kind`` is model, LoRA or profile."""
    names = ", ".join(usable)
    if not names:
        return say("The {kind} {name!r} is not allowed in this server.", kind=kind, name=name)
    return say(
        "The {kind} {name!r} is not allowed in this server; use {names}.", kind=kind, name=name, names=names
    )


def _nothing(kind: str, name: str, known: Iterable[str]) -> str:
    names = ", ".join(known)
    if not names:
        return say("There is no {kind} {name!r} here; leave it out.", kind=kind, name=name)
    return say("There is no {kind} {name!r} here; use {names}.", kind=kind, name=name, names=names)
