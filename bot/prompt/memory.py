"""What is remembered of prompts to save time, and forgotten when the floor refused one."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")
_Given = ParamSpec("_Given")


class _Memory(dict[_Asked, _Answer]):
    """A dictionary that works out what it does not hold, and begins anew when it is full.

    What is in it costs no call of Python's, and nothing is moved about as in ``functools.lru_cache``: a
    prompt asks a hundred times.
    """

    def __init__(self, answer: Callable[[_Asked], _Answer], size: int) -> None:
        super().__init__()
        self._answer = answer
        self._size = size
        _MEMORIES.add(self)

    def __missing__(self, asked: _Asked) -> _Answer:
        answer = self._answer(asked)
        if len(self) >= self._size:
            self.clear()
        self[asked] = answer
        return answer

    __hash__ = object.__hash__  # type: ignore[assignment]  # to stand in a set of all memories, as itself

    def __eq__(self, other: object) -> bool:
        return self is other


_MEMORIES: weakref.WeakSet[_Memory[Any, Any]] = weakref.WeakSet()
_OF_SEVERAL: weakref.WeakSet[functools._lru_cache_wrapper[Any]] = weakref.WeakSet()


def remembered(size: int) -> Callable[[Callable[[_Asked], _Answer]], Callable[[_Asked], _Answer]]:
    """Remember answers about people's texts, as many as ``size``; functions of one argument."""

    def remember(function: Callable[[_Asked], _Answer]) -> Callable[[_Asked], _Answer]:
        return _Memory(function, size).__getitem__

    return remember


def remembered_of(size: int) -> Callable[[Callable[_Given, _Answer]], Callable[_Given, _Answer]]:
    """The same for functions of several arguments."""

    def remember(function: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
        memory = functools.lru_cache(size)(function)
        _OF_SEVERAL.add(memory)
        return memory  # type: ignore[return-value]

    return remember


def forget() -> None:
    """Forget every text: of one that the floor refused nothing may stay, and its pieces lie everywhere."""
    for memory in list(_MEMORIES):
        memory.clear()
    for several in list(_OF_SEVERAL):
        several.cache_clear()


def held() -> int:
    """How many answers are remembered."""
    return sum(map(len, _MEMORIES)) + sum(each.cache_info().currsize for each in _OF_SEVERAL)
