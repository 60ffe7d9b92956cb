"""The sandbox's own record of messages: whatever was ever shown to anybody, as it was at that moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.messages import LOADING, Message

Deed = Literal["created", "changed", "deleted"]


@dataclass(frozen=True)
class Entry:
    """A message right after it was written, changed or deleted; `at` is the sandbox's time in seconds.

    `text` holds all its words, one piece to a line: content and everything in embeds. `custom_ids` are
    those of its buttons and menus, `files` the names and sha256 sums of what is attached.
    """

    at: float
    deed: Deed
    message_id: str
    channel_id: str
    author_id: str
    viewer_id: str | None
    interaction_id: str | None
    thinking: bool
    text: str
    custom_ids: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


class Ledger:
    """The newest entries, oldest first; those of messages that are gone stay."""

    def __init__(self, most: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def note(self, at: float, deed: Deed, message: Message) -> None:
        """Writes down what a message holds now."""
        metadata = message.interaction_metadata
        self._entries.append(
            Entry(
                at,
                deed,
                message.id,
                message.channel_id,
                message.author.id,
                message.viewer_id,
                None if metadata is None else str(metadata["id"]),
                bool(message.flags & LOADING),
                "\n".join([message.content, *_words(message.embeds)]),
                tuple(_custom_ids(message.components)),
                tuple((file.filename, file.sha256) for file in message.files),
            )
        )


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for below in part:
            yield from _words(below)
    elif isinstance(part, dict):
        for below in part.values():
            yield from _words(below)


def _custom_ids(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for below in part:
            yield from _custom_ids(below)
    elif isinstance(part, dict):
        if isinstance(part.get("custom_id"), str):
            yield part["custom_id"]
        for below in part.values():
            yield from _custom_ids(below)
