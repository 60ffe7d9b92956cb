"""Numbers of things in English sentences."""

from __future__ import annotations


def counted(count: int, what: str) -> str:
    """Return a number with its noun, as in ``1 picture`` and ``2 pictures``; nouns that only take an s."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
