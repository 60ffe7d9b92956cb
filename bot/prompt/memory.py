"""What is remembered of prompts to save time, and forgotten when the floor refused one."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
_MEMORIES: weakref.WeakSet[functools._lru_cache_wrapper[Any]] = weakref.WeakSet()


def remembered(size: int) -> Callable[[Callable[_Given, _Answer]], Callable[_Given, _Answer]]:
    """Like ``functools.lru_cache`` for answers about people's texts, as many as ``size``."""

    def remember(function: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
        memory = functools.lru_cache(size)(function)
        _MEMORIES.add(memory)
        return memory  # type: ignore[return-value]

    return remember


def forget() -> None:
    """Forget every text: of one that the floor refused nothing may stay, and its pieces lie everywhere."""
    for memory in list(_MEMORIES):
        memory.cache_clear()
