"""Rate limits: one bucket per route and major parameter, and fifty requests a second in all.

The windows run on the machine's own monotonic clock even when a test moves the sandbox's clock,
because the client really sleeps for what the headers tell it.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass, field

from bot.sandbox.errors import Json

GLOBAL_PER_SECOND = 50
# route -> (requests, seconds); others get DEFAULT. Discord does not publish its figures: these are
# those commonly seen for messages and reactions.
DEFAULT = (50, 5.0)
KNOWN: dict[tuple[str, str], tuple[int, float]] = {
    ("POST", "/channels/{channel_id}/messages"): (5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): (5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): (5, 1.0),
    ("POST", "/channels/{channel_id}/typing"): (5, 5.0),
    ("POST", "/channels/{channel_id}/threads"): (5, 5.0),
    ("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"): (1, 0.25),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): (5, 2.0),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original"): (5, 2.0),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"): (5, 2.0),
}
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")


@dataclass
class Window:
    """A fixed window of requests."""

    limit: int
    seconds: float
    ends: float = 0.0
    used: int = 0

    def take(self, now: float) -> float:
        """Counts one request; 0.0 when it may pass, else the seconds to wait."""
        if now >= self.ends:
            self.ends, self.used = now + self.seconds, 0
        if self.used >= self.limit:
            return self.ends - now
        self.used += 1
        return 0.0


@dataclass(frozen=True)
class Passage:
    """What the limiter says of one request: headers for its answer, and a 429 body when refused."""

    headers: dict[str, str] = field(default_factory=dict)
    refused: Json | None = None


class RateLimiter:
    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._windows: dict[tuple[str, ...], Window] = {}
        self._global = Window(GLOBAL_PER_SECOND, 1.0)

    def enter(self, method: str, template: str, params: dict[str, str]) -> Passage:
        """Counts a request of a route; `template` is the path with its parameters' names."""
        interaction = template.startswith(("/interactions/", "/webhooks/"))
        if not self._enabled or template.startswith("/interactions/"):
            return Passage()
        now = time.monotonic()
        if not interaction and (wait := self._global.take(now)) > 0:
            return Passage(
                _refusal_headers(wait) | {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"},
                _refusal(wait, everywhere=True),
            )
        key = (method, template, *(params.get(name, "") for name in MAJOR))
        limit, seconds = KNOWN.get((method, template), DEFAULT)
        window = self._windows.setdefault(key, Window(limit, seconds))
        wait = window.take(now)
        headers = _headers(window, now, bucket(method, template))
        if wait > 0:
            scope = {"X-RateLimit-Scope": "user"}
            return Passage(headers | _refusal_headers(wait) | scope, _refusal(wait, everywhere=False))
        self._forget_old(now)
        return Passage(headers)

    def _forget_old(self, now: float) -> None:
        if len(self._windows) > 1000:
            self._windows = {key: window for key, window in self._windows.items() if window.ends > now}


def bucket(method: str, template: str) -> str:
    return hashlib.md5(f"{method} {template}".encode(), usedforsecurity=False).hexdigest()


def forced(wait: float) -> Passage:
    """A refusal made on purpose, for tests of how a client waits."""
    return Passage(_refusal_headers(wait) | {"X-RateLimit-Scope": "shared"}, _refusal(wait, everywhere=False))


def _headers(window: Window, now: float, name: str) -> dict[str, str]:
    left = max(window.ends - now, 0.0)
    return {
        "X-RateLimit-Limit": str(window.limit),
        "X-RateLimit-Remaining": str(window.limit - window.used),
        "X-RateLimit-Reset": f"{time.time() + left:.3f}",
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Bucket": name,
    }


def _refusal_headers(wait: float) -> dict[str, str]:
    # discord.py takes a 429 without Via for a ban by the network in front of Discord
    return {"Retry-After": str(math.ceil(wait)), "Via": "1.1 sandbox"}


def _refusal(wait: float, *, everywhere: bool) -> Json:
    # rounded up, so that a client that waits exactly this long comes after the window
    return {
        "code": 0,
        "message": "You are being rate limited.",
        "retry_after": math.ceil(wait * 1000) / 1000,
        "global": everywhere,
    }
