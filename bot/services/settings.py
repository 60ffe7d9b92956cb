"""What admins set for their servers; whoever may not is refused here, whatever Discord let through."""

from __future__ import annotations

import dataclasses

from bot.core.errors import InvalidRequest
from bot.core.language import say
from bot.core.rating import Rating
from bot.services.ceilings import UNRESTRICTED
from bot.storage.settings import SettingsStore


@dataclasses.dataclass(frozen=True, slots=True)
class Admin:
    """Who wants to change a server: ``may`` says whether they hold Manage Server there."""

    user_id: int
    guild_id: int | None
    may: bool


class SettingsService:
    """Changes settings. Every method raises InvalidRequest outside a server and without Manage Server."""

    def __init__(self, settings: SettingsStore, owner: Rating) -> None:
        self._settings = settings
        self._owner = owner

    async def set_ceiling(self, admin: Admin, channel_id: int | None, ceiling: Rating | None) -> str:
        """Set a channel's ceiling, or the server's for None; no ceiling leaves it to the next wider place.

        Returns what to tell the admin.
        """
        guild_id = require_admin(admin)
        changed = await self._settings.set_ceiling(guild_id, channel_id, ceiling, admin.user_id)
        sentences = [_said(channel_id, ceiling, changed=changed)]
        if ceiling is not None:
            sentences += await self._caveats(guild_id, channel_id, ceiling)
        return " ".join(sentences)

    async def set_strict(self, admin: Admin, strict: bool) -> str:
        """Set whether pictures judged sensitive are kept back at general; returns what to tell the admin."""
        changed = await self._settings.set_strict(require_admin(admin), strict, admin.user_id)
        if strict:
            what = say("Where the ceiling is general, pictures that are judged sensitive are withheld.")
        else:
            what = say(
                "Where the ceiling is general, pictures that are judged sensitive are shown, as Danbooru's "
                "general is narrow."
            )
        if changed:
            return say("Strict is now {state}. {what}", state="on" if strict else "off", what=what)
        return say("Strict is already {state}. {what}", state="on" if strict else "off", what=what)

    async def _caveats(self, guild_id: int, channel_id: int | None, ceiling: Rating) -> list[str]:
        """Why a place may stay below what was set for it."""
        caveats = []
        if ceiling > self._owner:
            caveats.append(
                say(
                    "The owner of this bot allows {rating} at most, so that stays the limit.",
                    rating=self._owner.word,
                )
            )
        if channel_id is not None:
            server, _ = await self._settings.of(guild_id, channel_id)
            most = server.ceiling or Rating.GENERAL
            if ceiling > most:
                caveats.append(
                    say(
                        "The server's own ceiling is {rating} and counts as well: raise it with /settings "
                        "ceiling and no channel.",
                        rating=most.word,
                    )
                )
        if ceiling > UNRESTRICTED:
            caveats.append(
                say(
                    "Channels that are not age-restricted stay at {rating} at most, and direct messages at "
                    "general.",
                    rating=UNRESTRICTED.word,
                )
            )
        return caveats


def require_admin(admin: Admin) -> int:
    """The id of an admin's server; raises InvalidRequest outside one and without Manage Server."""
    if admin.guild_id is None:
        raise InvalidRequest("Settings belong to a server; use this command in one of its channels.")
    if not admin.may:
        raise InvalidRequest(
            "Only people with the Manage Server permission can change this; ask one of them, or look at"
            " /settings show."
        )
    return admin.guild_id


def _said(channel_id: int | None, ceiling: Rating | None, *, changed: bool) -> str:
    """What is set now, or was before."""
    if ceiling is not None:
        value = ceiling.word
    else:
        value = say("unset, which means general") if channel_id is None else say("the server's own")
    if channel_id is None:
        if changed:
            return say("This server's ceiling is now {value}.", value=value)
        return say("This server's ceiling is already {value}.", value=value)
    if changed:
        return say("The ceiling of <#{channel}> is now {value}.", channel=channel_id, value=value)
    return say("The ceiling of <#{channel}> is already {value}.", channel=channel_id, value=value)
