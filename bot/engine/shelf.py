"""Things that take memory, kept until there is no room: the one that was used longest ago goes first."""

from __future__ import annotations

import collections
from collections.abc import Callable, Hashable


class Shelf:
    """Keeps things by key, at most ``limit`` bytes of them, and the latest whatever its size.

    ``needed`` says of a key whether it must stay although others were used later.
    """

    def __init__(self, limit: int, needed: Callable[[Hashable], bool] = lambda key: False) -> None:
        self.limit = limit
        self.needed = needed
        self._things: collections.OrderedDict[Hashable, tuple[object, int]] = collections.OrderedDict()
        self._bytes = 0

    @property
    def nbytes(self) -> int:
        """What lies here, in bytes."""
        return self._bytes

    def __contains__(self, key: Hashable) -> bool:
        """Whether a thing is here; that does not count as use."""
        return key in self._things

    def keys(self) -> list[Hashable]:
        """What lies here, the longest unused first."""
        return list(self._things)

    def get(self, key: Hashable) -> object | None:
        """The thing, which counts as used now; None when it is not here."""
        if key not in self._things:
            return None
        self._things.move_to_end(key)
        return self._things[key][0]

    def put(self, key: Hashable, thing: object, nbytes: int) -> None:
        """Keep a thing, and let others go until all fit."""
        self.drop(key)
        self.make_room(nbytes)
        self._things[key] = (thing, nbytes)
        self._bytes += nbytes

    def make_room(self, nbytes: int) -> None:
        """Let things go until so many bytes more fit, or nothing is left that may go."""
        for key in self.keys():
            if self._bytes + nbytes <= self.limit:
                return
            if not self.needed(key):
                self.drop(key)

    def drop(self, key: Hashable) -> None:
        """Let a thing go, if it is here."""
        if key in self._things:
            self._bytes -= self._things.pop(key)[1]

    def empty(self) -> None:
        """Let everything go that may."""
        for key in self.keys():
            if not self.needed(key):
                self.drop(key)
