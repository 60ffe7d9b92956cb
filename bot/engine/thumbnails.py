"""Small pictures for lists, made beside the event loop and remembered for a while."""

from __future__ import annotations

import asyncio
import collections
import functools
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

REMEMBERED = 500
"""Thumbnails in memory: about ten kilobytes each."""

Read = Callable[[str], Awaitable[bytes | None]]
"""Reads a picture's file by its sha256; None where it is gone."""


class Thumbnailer:
    """Makes one at a time, in a thread: Pillow lets go of the interpreter while it decodes.

    Only for files that this bot wrote; what people send is opened by the examiner's process.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._made: collections.OrderedDict[str, bytes] = collections.OrderedDict()

    async def of(self, sha256: str) -> bytes | None:
        """A JPEG file of a picture; None where its file is gone or broken."""
        async with self._turn:
            if sha256 in self._made:
                self._made.move_to_end(sha256)
                return self._made[sha256]
            try:
                png = await self._read(sha256)
                if png is None:
                    return None
                small = await asyncio.to_thread(functools.partial(_make, png))
            except (OSError, ValueError) as error:
                log.warning("no thumbnail of picture %s: %s", sha256, error)
                return None
            self._made[sha256] = small
            while len(self._made) > REMEMBERED:
                self._made.popitem(last=False)
            return small


def _make(png: bytes) -> bytes:
    from bot.imaging import thumbnail  # Pillow is opened when the first list is

    return thumbnail.make(png)
