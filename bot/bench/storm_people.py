"""The people of a storm: they ask until they are accepted, and remember which job they were told of."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

from bot.bench.storm_bot import BotProcess
from bot.bench.storm_judge import job_of
from bot.bench.storm_plan import DIRECT, Ask, Plan
from bot.bench.storm_records import Accepted
from bot.core.errors import BotError
from bot.sandbox import Sandbox
from bot.sandbox.driver import Outcome, Person
from bot.sandbox.errors import ApiError
from bot.sandbox.ledger import Entry
from bot.sandbox.messages import Message
from bot.sandbox.world import Channel, ChannelType, Member, User

TAGS = (
    "smile",
    "night",
    "glasses",
    "silver hair",
    "school uniform",
    "hat",
    "outdoors",
    "cat ears",
    "red eyes",
)
THINKS = 15.0
"""Seconds for which somebody watches an answer that only thinks so far."""
LONGEST_PAUSE = 5.0
"""Seconds between two times of asking, at most."""
PATIENCE = 420.0
"""Seconds after which one who was never accepted gives the whole storm up."""


class Crowd:
    """Everyone in the storm, and the channels that are theirs alone."""

    def __init__(self, sandbox: Sandbox, bot: BotProcess, plan: Plan) -> None:
        self.accepted: dict[int, Accepted] = {}
        """By the ask's number."""
        self.refusals: list[str] = []
        """What those read who were not accepted."""
        self._sandbox = sandbox
        self._bot = bot
        self.users = [self._invite(number) for number in range(plan.people)]
        self.places = [self._open(number) for number in range(plan.places)]

    def person(self, number: int) -> Person:
        return self._sandbox.user(self.users[number])

    async def ask(self, ask: Ask) -> None:
        """Ask until it is accepted; raises BotError when that never happens."""
        patience, pause = time.monotonic() + PATIENCE, 0.5
        while time.monotonic() < patience:
            with contextlib.suppress(ApiError):  # the channel went, or the commands are not known yet
                asked = await self._try(ask)
                if accepted := await self._accepted(ask, asked):
                    self.accepted[ask.number] = accepted
                    return
                self.refusals.append(_said(asked))
            await self._bot.until_online()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 1.5 * pause)
        said = self.refusals[-1] if self.refusals else "nothing"
        raise BotError(
            f"Ask {ask.number} was not accepted within {PATIENCE:.0f} s; the bot last said: {said}"
        )

    def answer(self, number: int) -> Message | None:
        """The message that answers an accepted ask, while it is there."""
        accepted = self.accepted.get(number)
        return None if accepted is None else self._sandbox.state.messages.lookup(accepted.message_id)

    def stands(self, place: str) -> bool:
        """Whether a place's channel is there, and the bot in its server."""
        state = self._sandbox.state
        found = next((channel for channel in state.world.all_channels() if channel.id == place), None)
        return found is not None and state.bot_id in state.world.guild(found.guild_id or "").members

    def second_guild(self) -> tuple[str, list[str]]:
        """The server that may remove the bot, and the places in it; in the first one people look in."""
        guild = list(self._sandbox.state.world.guilds.values())[1]
        return guild.id, [place for place in self.places if place in guild.channels]

    async def cancel(self, number: int) -> bool:
        """Press the button of an ask's answer; False when there is none (any more)."""
        accepted, message = self.accepted.get(number), self.answer(number)
        if accepted is None or message is None:
            return False
        try:
            await self._sandbox.user(accepted.user_id).click(message, f"cancel:{accepted.job_id}")
        except ApiError:
            return False
        return True

    async def look_in(self, user_id: str) -> None:
        """Use a command again, so that the bot has a chance to tell what it could not tell before."""
        with contextlib.suppress(ApiError):
            await self._sandbox.user(user_id).slash("general", "queue")

    async def _try(self, ask: Ask) -> Outcome:
        person = self.person(ask.person)
        place = person.dm() if ask.place == DIRECT else self._channel(ask.place)
        more = {"private": True} if ask.private and self._private_known() else {}
        tag = TAGS[ask.number % len(TAGS)]
        return await person.slash(
            place.id,
            "imagine",
            prompt=f"1girl, {tag}, tag {ask.number}",
            count=ask.count,
            steps=ask.steps,
            seed=ask.seed,
            **more,
        )

    async def _accepted(self, ask: Ask, asked: Outcome) -> Accepted | None:
        patience = time.monotonic() + THINKS
        while True:
            for entry in self._shown(asked.interaction.id):
                if job_id := job_of(entry):
                    private = ask.private and self._private_known()
                    user, direct = asked.interaction.user.id, ask.place == DIRECT
                    return Accepted(
                        job_id, entry.message_id, entry.channel_id, user, direct, private, entry.at
                    )
            if asked.kind != "deferred" or time.monotonic() > patience:
                return None
            await asyncio.sleep(0.1)

    def _shown(self, interaction_id: str) -> Iterator[Entry]:
        return (entry for entry in self._sandbox.state.ledger if entry.interaction_id == interaction_id)

    def _private_known(self) -> bool:
        """Whether `/imagine` offers to answer its asker alone."""
        commands = self._sandbox.state.commands.all(None)
        imagine = next(command for command in commands if command["name"] == "imagine")
        return any(option["name"] == "private" for option in imagine.get("options") or [])

    def _channel(self, number: int) -> Channel:
        """A place's channel, or of one that went the next that is there."""
        for step in range(len(self.places)):
            place = self.places[(number + step) % len(self.places)]
            if self.stands(place):
                return self._sandbox.state.world.channel(place)
        raise BotError("Every channel was deleted; a plan leaves some.")

    def _invite(self, number: int) -> str:
        world = self._sandbox.state.world
        user = User(str(10**17 + number), f"storm{number}", f"Person {number}")
        world.users[user.id] = user
        for guild in world.guilds.values():
            guild.members[user.id] = Member(user)
        return user.id

    def _open(self, number: int) -> str:
        state = self._sandbox.state
        guilds = list(state.world.guilds.values())
        guild = guilds[number % len(guilds)]
        channel = Channel(
            state.ids.next(), ChannelType.TEXT, guild.id, f"storm-{number}", position=len(guild.channels)
        )
        guild.channels[channel.id] = channel
        return channel.id


def _said(asked: Outcome) -> str:
    """What somebody read who was not accepted, in a line."""
    if asked.first.error is not None:
        return asked.first.error
    message = asked.first.message
    return asked.kind if message is None else " ".join(message.content.split())[:200] or asked.kind
