"""What a prompt may say and what a picture may show in a place, by rules that name their reasons."""

from __future__ import annotations

from bot.policy.policy import Policy, explain
from bot.policy.preview import as_preview
from bot.policy.verdicts import may_show

__all__ = ["Policy", "as_preview", "explain", "may_show"]
