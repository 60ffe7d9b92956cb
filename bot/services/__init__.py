"""Use cases: what the bot does, without Discord, torch or SQL."""

from __future__ import annotations

import dataclasses

from bot.services.about import About
from bot.services.history import HistoryService
from bot.services.imagine import ImagineService
from bot.services.queue import QueueService
from bot.services.tags import TagService


@dataclasses.dataclass(frozen=True, slots=True)
class Services:
    """The use cases that the cogs and the buttons may call."""

    about: About
    history: HistoryService
    imagine: ImagineService
    queue: QueueService
    tags: TagService


__all__ = ["Services"]
