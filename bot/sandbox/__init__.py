"""A Discord on this machine alone, for an unmodified discord.py bot and for people in a browser."""

from __future__ import annotations

from bot.sandbox.clock import ManualClock, SystemClock
from bot.sandbox.errors import ApiError
from bot.sandbox.limits import Limits
from bot.sandbox.permissions import Permission
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Exchange

__all__ = ["ApiError", "Exchange", "Limits", "ManualClock", "Permission", "Sandbox", "SystemClock"]
