"""The highest rating that a place may show: the lowest of what its owner, its admins and Discord say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Protocol

from bot.core.job import Place
from bot.core.language import say
from bot.core.rating import Rating
from bot.storage.settings import SettingsStore

UNRESTRICTED = Rating.SENSITIVE
"""The most that a channel shows which is not age-restricted, whatever anybody set."""
DEFAULT = Rating.GENERAL
"""What a server shows until an admin sets more; every direct message stays at it."""


class Channels(Protocol):
    """What Discord says of channels."""

    async def age_restricted(self, place: Place) -> bool:
        """Whether the place is age-restricted now, asked anew; False when that cannot be told."""


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """One voice in a place's ceiling; ``why`` is a clause for people, ``rating`` the most that it allows."""

    rating: Rating
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ceiling:
    """The highest rating that a place may show.

    ``strict`` keeps pictures back at general that are judged sensitive. ``why`` is the clause of the limit
    that decides, the first of the lowest of ``limits``.
    """

    rating: Rating
    strict: bool
    why: str
    limits: tuple[Limit, ...]


class CeilingService:
    """Tells ceilings; ``owner`` is the most that the config allows anywhere."""

    def __init__(self, settings: SettingsStore, owner: Rating, channels: Channels) -> None:
        self._settings = settings
        self._owner = owner
        self._channels = channels

    async def of(self, place: Place) -> Ceiling:
        """The ceiling of a place as Discord described it when the request came."""
        limits, strict = await self._limits(place)
        return _lowest([*limits, *_discord(place, place.age_restricted)], strict)

    async def now(self, place: Place) -> Ceiling:
        """The ceiling as it is now, to post something under; Discord is asked anew where it counts."""
        limits, strict = await self._limits(place)
        counts = min(limit.rating for limit in limits) > UNRESTRICTED
        restricted = counts and await self._channels.age_restricted(place)
        return _lowest([*limits, *_discord(place, restricted)], strict)

    async def _limits(self, place: Place) -> tuple[list[Limit], bool]:
        """What people set, and whether the server is strict."""
        owner = Limit(self._owner, say("this bot's owner allows {rating} at most", rating=self._owner.word))
        if place.guild_id is None:
            return [
                owner,
                Limit(DEFAULT, say("direct messages are always {rating}", rating=DEFAULT.word)),
            ], False
        server, channel = await self._settings.of(place.guild_id, place.parent_id or place.channel_id)
        limits = [owner]
        if server.ceiling is None:
            unset = say("nobody set this server's ceiling, so it is {rating}", rating=DEFAULT.word)
            limits.append(Limit(DEFAULT, unset))
        else:
            limits.append(
                Limit(server.ceiling, say("this server is set to {rating}", rating=server.ceiling.word))
            )
        if channel.ceiling is not None:
            limits.append(
                Limit(channel.ceiling, say("this channel is set to {rating}", rating=channel.ceiling.word))
            )
        return limits, bool(server.strict)


def _discord(place: Place, age_restricted: bool) -> Iterator[Limit]:
    if place.guild_id is None:
        return
    if age_restricted:
        unlimited = say("Discord marks this channel as age-restricted, so it sets no limit")
        yield Limit(Rating.EXPLICIT, unlimited)
    else:
        yield Limit(
            UNRESTRICTED,
            say(
                "this channel is not age-restricted, which allows {rating} at most", rating=UNRESTRICTED.word
            ),
        )


def _lowest(limits: list[Limit], strict: bool) -> Ceiling:
    decisive = min(limits, key=lambda limit: limit.rating)
    return Ceiling(decisive.rating, strict, decisive.why, tuple(limits))
