"""Who may ask at all: the owner's blocks and pause, and the strikes of those whom the floor refused."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Collection, Sequence

from bot.core.errors import Barred
from bot.core.language import count, say
from bot.storage.secret import SecretKey
from bot.storage.strikes import Strike, StrikeStore

STRIKES = 3
DAY = 24 * 3600.0
"""So many strikes within a day, and the person is refused for a day from the last of them."""


class ConductService:
    """Turns people away, and writes strikes down. Of what was refused nothing is kept but a keyed hash.

    ``blocked_people`` and ``blocked_servers`` are Discord's ids; ``paused`` turns everybody away.
    """

    def __init__(
        self,
        strikes: StrikeStore,
        key: SecretKey,
        *,
        paused: bool = False,
        blocked_people: Collection[int] = (),
        blocked_servers: Collection[int] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._strikes = strikes
        self._key = key
        self._paused = paused
        self._people = frozenset(blocked_people)
        self._servers = frozenset(blocked_servers)
        self._clock = clock

    async def check(self, user_id: int, guild_id: int | None) -> None:
        """Raise Barred, saying why or until when, for somebody who may not ask now."""
        if self._paused:
            raise Barred("Whoever runs this bot has paused it for everybody; please try again later.")
        if (why := self.blocked(user_id, guild_id)) is not None:
            raise Barred(why)
        now = self._clock()
        strikes = await self._strikes.of(user_id, now - 2 * DAY)
        end = _end(strikes)
        if end is not None and now < end:
            raise Barred(_refused_until(end))

    def blocked(self, user_id: int, guild_id: int | None) -> str | None:
        """The sentence for somebody whom the owner has blocked, or whose server; None for all others."""
        if guild_id in self._servers:
            return say("Whoever runs this bot has blocked this server from it; only they can lift that.")
        if user_id in self._people:
            return say("Whoever runs this bot has blocked you from it; only they can lift that.")
        return None

    async def strike(self, user_id: int, rule: str, texts: Sequence[str]) -> str:
        """Write down that a person asked for what a rule of the floor forbids; returns what follows from it.

        ``texts`` are hashed with a key that lies in the storage folder, and are then forgotten.
        """
        now = self._clock()
        text = "\0".join((rule, *texts)).encode("utf-8", "surrogatepass")
        digest = hmac.digest(await self._key.get(), text, "sha256")
        await self._strikes.add(Strike(user_id, now, rule, digest))
        strikes = await self._strikes.of(user_id, now - 2 * DAY)
        end = _end(strikes)
        if end is not None and now < end:
            return _refused_until(end)
        left = STRIKES - sum(strike.at > now - DAY for strike in strikes)
        return count(
            "One more such request within 24 hours, and yours are refused for 24 hours.",
            "{n} more such requests within 24 hours, and yours are refused for 24 hours.",
            left,
        )


def _end(strikes: Sequence[Strike]) -> float | None:
    """When the latest refusal of a day's length ends or ended; None when there was none."""
    times = [strike.at for strike in strikes]
    ends = [
        last + DAY for first, last in zip(times, times[STRIKES - 1 :], strict=False) if last - first < DAY
    ]
    return max(ends, default=None)


def _refused_until(end: float) -> str:
    # Discord writes the moment in the reader's own language and zone.
    return say(
        "Your requests are refused until <t:{moment:.0f}:f>, because {strikes} of them within 24 hours "
        "were for what this bot never draws.",
        moment=end + 59,
        strikes=STRIKES,
    )
