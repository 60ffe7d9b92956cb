"""A person for tests: uses commands, presses buttons and waits for what comes back, in a few words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bot.sandbox.acts import Acts
from bot.sandbox.attachments import Upload, guess_type
from bot.sandbox.errors import Json, refusal
from bot.sandbox.interaction import First, Interaction
from bot.sandbox.messages import LOADING, Message
from bot.sandbox.state import State
from bot.sandbox.world import Channel, User


class Outcome:
    """What became of one interaction."""

    def __init__(self, state: State, interaction: Interaction, first: First) -> None:
        self._state = state
        self.interaction = interaction
        self.first = first

    @property
    def kind(self) -> str:
        """message, deferred, update, deferred_update, autocomplete, modal or failed"""
        return self.first.kind

    @property
    def message(self) -> Message | None:
        """The first answer's message as it is now; None when there is none or it is gone."""
        original = self.interaction.original_id
        return self._state.messages.lookup(original) if original else None

    @property
    def messages(self) -> list[Message]:
        """All messages of the interaction that still exist, oldest first."""
        found = [self._state.messages.lookup(key) for key in self.interaction.sent]
        return [message for message in found if message is not None]

    async def wait_message(
        self,
        ready: Callable[[Message], bool] = lambda message: True,
        *,
        seconds: float = 10.0,
    ) -> Message:
        """The first message of the interaction that no longer thinks and is `ready`.

        Raises TimeoutError, which says what the messages were then.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self.messages:
                if not message.flags & LOADING and ready(message):
                    return message
            await asyncio.sleep(0.01)
        seen = [(message.content, message.embeds, len(message.files)) for message in self.messages]
        raise TimeoutError(f"{self.first.kind}, and after {seconds} s: {seen}")


class Person:
    """One user of the sandbox. Channels are named ("general") or given by id; a name is looked up in
    the servers that the person is in, in order."""

    def __init__(self, state: State, acts: Acts, name: str) -> None:
        self._state = state
        self._acts = acts
        users = state.world.users.values()
        found = next((user for user in users if name in (user.username, user.id)), None)
        if found is None:
            raise refusal(10013)
        self.user: User = found

    @property
    def id(self) -> str:
        return self.user.id

    def channel(self, name: str) -> Channel:
        """A channel or thread by name or id. Raises 10003."""
        if name.isdigit():
            return self._state.world.channel(name)
        for guild in self._state.world.guilds.values():
            if self.id in guild.members:
                for channel in (*guild.channels.values(), *guild.threads.values()):
                    if channel.name == name.removeprefix("#"):
                        return channel
        raise refusal(10003)

    def dm(self) -> Channel:
        """The person's conversation with the bot."""
        return self._acts.open_dm(self.id)

    # -- interactions

    async def slash(self, channel: str, name: str, /, **options: Any) -> Outcome:
        """Uses a slash command ("show", or "settings show" for a sub-command).

        Options are given by name; a tuple (file name, bytes) becomes an upload.
        """
        command, path = self._command(channel, name, 1)
        given = [{"name": key, "value": self._value(value)} for key, value in options.items()]
        return await self._outcome(
            self._acts.command(self.id, self.channel(channel).id, command["id"], _nest(path, given))
        )

    async def complete(
        self, channel: str, name: str, focused: str, typed: str, /, **options: Any
    ) -> list[Json]:
        """The choices offered while typing into one option; empty when the bot did not answer."""
        command, path = self._command(channel, name, 1)
        given = [{"name": key, "value": value} for key, value in options.items()]
        given.append({"name": focused, "value": typed, "focused": True})
        found = self._acts.command(
            self.id, self.channel(channel).id, command["id"], _nest(path, given), typing=True
        )
        return (await found.first).choices or []

    async def use_on(self, target: Message | User, name: str, *, channel: str | None = None) -> Outcome:
        """A command of a message's or a person's context menu."""
        place = target.channel_id if isinstance(target, Message) else self.channel(channel or "").id
        command, _ = self._command(place, name, 3 if isinstance(target, Message) else 2)
        return await self._outcome(self._acts.command(self.id, place, command["id"], [], target=target.id))

    async def click(self, message: Message, custom_id: str) -> Outcome:
        return await self._outcome(self._acts.component(self.id, message.channel_id, message.id, custom_id))

    async def select(self, message: Message, custom_id: str, values: list[str]) -> Outcome:
        return await self._outcome(
            self._acts.component(self.id, message.channel_id, message.id, custom_id, values)
        )

    async def submit(self, opened: Outcome, /, **values: Any) -> Outcome:
        """Sends the modal that `opened` showed; fields left out keep what they were opened with."""
        modal = opened.first.modal
        if modal is None:
            raise ValueError(f"No modal is open: the first answer was {opened.kind}.")
        return await self._outcome(self._acts.submit(self.id, modal.id, values))

    async def _outcome(self, interaction: Interaction) -> Outcome:
        return Outcome(self._state, interaction, await interaction.first)

    def _command(self, channel: str, name: str, kind: int) -> tuple[Json, list[str]]:
        first, *path = name.split(" ") if kind == 1 else [name]
        usable = self._state.commands.usable(self._state.world, self.channel(channel), self.id)
        found = next((c for c in usable if c["type"] == kind and c["name"] == first), None)
        if found is None:
            raise refusal(10063)
        return found, path

    def _value(self, value: Any) -> Any:
        return self.upload(*value) if isinstance(value, tuple) else value

    # -- the rest

    def upload(self, filename: str, data: bytes) -> str:
        """Picks a file; the id goes into an option or a message."""
        return self._state.attachments.add_unused(Upload(filename, guess_type(filename), data)).id

    def write(
        self,
        channel: str,
        content: str,
        *,
        files: list[tuple[str, bytes]] | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        uploads = [self.upload(*file) for file in files or []]
        return self._acts.write(
            self.id,
            self.channel(channel).id,
            content,
            uploads=uploads,
            reply_to=reply_to.id if reply_to else None,
        )

    def react(self, message: Message, emoji: str, *, on: bool = True) -> None:
        self._acts.react(self.id, message.channel_id, message.id, emoji, on=on)

    def remove(self, message: Message) -> None:
        self._acts.remove(self.id, message.channel_id, message.id)

    def reads(self, channel: str) -> list[Message]:
        """What this person sees in a channel, oldest first."""
        place = self.channel(channel)
        return [m for m in self._state.messages.in_channel(place.id) if self._state.reads(m, place, self.id)]


def _nest(path: list[str], options: list[Json]) -> list[Json]:
    """Wraps options into sub-commands, innermost last."""
    for name in reversed(path):
        options = [{"name": name, "options": options}]
    return options
