"""What a person does: uses commands, presses buttons, fills in modals, writes, reacts.

The page and the tests' driver both come in here, and both get Discord's client's refusals.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox import posting
from bot.sandbox.commands import MESSAGE, SLASH, allowed
from bot.sandbox.components import (
    BUTTON,
    CHECKBOX,
    FILE_UPLOAD,
    LABEL,
    RADIO,
    ROW,
    SELECTS,
    STRING_SELECT,
    TEXT_INPUT,
    by_custom_id,
)
from bot.sandbox.errors import ApiError, Json, refusal
from bot.sandbox.interaction import Interaction, Kind, Modal
from bot.sandbox.interactions import Interactions
from bot.sandbox.messages import Message
from bot.sandbox.options import Resolver, client_error, command_options, resolve_select
from bot.sandbox.permissions import Permission, in_channel, require
from bot.sandbox.reactions import add_reaction, remove_reaction
from bot.sandbox.state import State
from bot.sandbox.threads import start_thread
from bot.sandbox.world import WRITABLE, Channel, ChannelType, User


class Acts:
    """A person's hands on the world."""

    def __init__(self, state: State, interactions: Interactions) -> None:
        self.state = state
        self.interactions = interactions

    def _place(self, user_id: str, channel_id: str) -> tuple[User, Channel]:
        user, channel = self.state.world.user(user_id), self.state.world.channel(channel_id)
        if not in_channel(self.state.world, channel, user.id) & Permission.VIEW_CHANNEL:
            raise refusal(50001)
        return user, channel

    # -- interactions

    def command(
        self,
        user_id: str,
        channel_id: str,
        command_id: str,
        options: list[Json],
        *,
        target: str | None = None,
        typing: bool = False,
    ) -> Interaction:
        """Uses a command, or with `typing` asks for completions of its focused option."""
        user, channel = self._place(user_id, channel_id)
        if channel.type not in WRITABLE:
            raise client_error("Commands work where messages can be written.")
        scope, command = self._find(command_id, channel)
        if not allowed(command, self.state.world, channel, user.id):
            raise client_error(f"You cannot use {command['name']} here.")
        resolver = Resolver(self.state, channel)
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        if scope is not None:
            data["guild_id"] = scope
        if command["type"] == SLASH:
            data["options"] = command_options(
                command.get("options") or [], options, resolver, user.id, typing=typing
            )
        else:
            if target is None:
                raise client_error("This command needs a target.")
            (resolver.message if command["type"] == MESSAGE else resolver.user)(target)
            data["target_id"] = target
        if resolver.found:
            data["resolved"] = resolver.found
        kind = Kind.AUTOCOMPLETE if typing else Kind.COMMAND
        return self.interactions.open(kind, user, channel, data, command_name=_full_name(data))

    def _find(self, command_id: str, channel: Channel) -> tuple[str | None, Json]:
        for scope in (channel.guild_id, None):
            try:
                return scope, self.state.commands.get(command_id, scope)
            except ApiError:
                continue
        raise refusal(10063)

    def component(
        self,
        user_id: str,
        channel_id: str,
        message_id: str,
        custom_id: str,
        values: list[str] | None = None,
    ) -> Interaction:
        """Presses a button or picks in a select."""
        user, channel = self._place(user_id, channel_id)
        message = self.state.messages.find(channel_id, message_id)
        if not self.state.reads(message, channel, user.id):
            raise refusal(10008)
        part = by_custom_id(message.components, custom_id)
        if part is None:
            raise client_error("That message has no such button or menu.")
        if part.get("disabled"):
            raise client_error("It is switched off.")
        data: Json = {"component_type": part["type"], "custom_id": custom_id, "id": part["id"]}
        if part["type"] != BUTTON:
            resolver = Resolver(self.state, channel)
            data["values"] = self._picked(part, values or [], resolver, user.id)
            if resolver.found:
                data["resolved"] = resolver.found
        return self.interactions.open(Kind.COMPONENT, user, channel, data, message=message)

    @staticmethod
    def _picked(select: Json, values: list[str], resolver: Resolver, user_id: str) -> list[str]:
        low, high = select.get("min_values", 1), select.get("max_values", 1)
        if not low <= len(values) <= high:
            raise client_error(f"Pick {low} to {high}.")
        if select["type"] == STRING_SELECT:
            known = [option["value"] for option in select["options"]]
            if not set(values) <= set(known):
                raise client_error("That is not one of the options.")
        else:
            resolve_select(select["type"], values, resolver, user_id)
        return values

    def submit(self, user_id: str, modal_id: str, values: dict[str, Any]) -> Interaction:
        """Sends a filled-in modal; parts that `values` leaves out keep what they were opened with."""
        modal = self.interactions.modals.get(modal_id)
        if modal is None or modal.origin.user.id != user_id:
            raise client_error("That form is no longer open.")
        resolver = Resolver(self.state, modal.origin.channel)
        parts = [self._filled(part, values, resolver, user_id) for part in modal.components]
        data: Json = {"custom_id": modal.custom_id, "components": parts}
        if resolver.found:
            data["resolved"] = resolver.found
        del self.interactions.modals[modal_id]
        return self._open_modal(modal, data)

    def _open_modal(self, modal: Modal, data: Json) -> Interaction:
        origin = modal.origin
        return self.interactions.open(
            Kind.MODAL,
            origin.user,
            origin.channel,
            data,
            message=origin.message,
            command_name=origin.command_name,
            origin=origin,
        )

    def _filled(self, part: Json, values: dict[str, Any], resolver: Resolver, user_id: str) -> Json:
        shell: Json = {"type": part["type"], "id": part["id"]}
        if part["type"] == ROW:
            return shell | {
                "components": [self._filled(p, values, resolver, user_id) for p in part["components"]]
            }
        if part["type"] == LABEL:
            return shell | {"component": self._filled(part["component"], values, resolver, user_id)}
        if "custom_id" not in part:
            return shell
        shell["custom_id"] = part["custom_id"]
        value = values.get(part["custom_id"])
        if part["type"] == TEXT_INPUT:
            return shell | {"value": _text(part, part.get("value", "") if value is None else str(value))}
        if part["type"] in (RADIO, CHECKBOX):
            return shell | {"value": value}
        chosen = [str(one) for one in value or []]
        if part["type"] == FILE_UPLOAD:
            for upload in chosen:
                resolver.attachment(upload)
        elif part["type"] in SELECTS and (chosen or part.get("required", True)):
            chosen = self._picked(part, chosen, resolver, user_id)
        return shell | {"values": chosen}

    # -- messages

    def write(
        self,
        user_id: str,
        channel_id: str,
        content: str,
        *,
        uploads: list[str] | None = None,
        reply_to: str | None = None,
    ) -> Message:
        user, channel = self._place(user_id, channel_id)
        posting.require_writing(self.state, channel, user.id, files=bool(uploads), embeds=False)
        kept = [self.state.attachments.claim(upload, channel.id) for upload in uploads or []]
        body: Json = {"content": content}
        if reply_to:
            body["message_reference"] = {"message_id": reply_to}
        return posting.create(self.state, channel, user, body, {}, kept=[a for a in kept if a is not None])

    def rewrite(self, user_id: str, channel_id: str, message_id: str, content: str) -> Message:
        message = self._seen(user_id, channel_id, message_id)
        if message.author.id != user_id:
            raise refusal(50005)
        return posting.edit(self.state, message, {"content": content}, {})

    def remove(self, user_id: str, channel_id: str, message_id: str) -> None:
        """Deletes one's own message or, with the permission, another's; dismisses an ephemeral one."""
        message = self._seen(user_id, channel_id, message_id)
        if not message.ephemeral and message.author.id != user_id:
            require(
                self.state.world, self.state.world.channel(channel_id), user_id, Permission.MANAGE_MESSAGES
            )
        posting.delete(self.state, message)

    def react(self, user_id: str, channel_id: str, message_id: str, emoji: str, *, on: bool = True) -> None:
        message = self._seen(user_id, channel_id, message_id)
        (add_reaction if on else remove_reaction)(self.state, message, user_id, emoji)

    def _seen(self, user_id: str, channel_id: str, message_id: str) -> Message:
        user, channel = self._place(user_id, channel_id)
        message = self.state.messages.find(channel_id, message_id)
        if not self.state.reads(message, channel, user.id):
            raise refusal(10008)
        return message

    # -- places

    def open_dm(self, user_id: str) -> Channel:
        """The person's conversation with the bot, opened at the first call."""
        user = self.state.world.user(user_id)
        known = self.state.world.dm_with(user_id)
        if known is not None:
            return known
        channel = Channel(self.state.ids.next(), ChannelType.DM, recipients=[user, self.state.world.bot])
        self.state.world.dms[channel.id] = channel
        self.state.tell_channel("CHANNEL_CREATE", channel)
        return channel

    def thread(
        self,
        user_id: str,
        channel_id: str,
        name: str,
        *,
        message_id: str | None = None,
        content: str = "",
        tags: list[str] | None = None,
    ) -> Channel:
        """A thread in a text channel, on a message of it, or a post in a forum."""
        user, channel = self._place(user_id, channel_id)
        body: Json = {"name": name, "applied_tags": tags or []}
        if channel.type is ChannelType.FORUM:
            body["message"] = {"content": content}
        return start_thread(self.state, channel, user, body, {}, message_id=message_id)[0]


def _text(part: Json, value: str) -> str:
    name = part.get("label") or part["custom_id"]
    if not value and part.get("required", True):
        raise client_error(f"{name} is required.")
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if value and not low <= len(value) <= high:
        raise client_error(f"{name} must be {low} to {high} characters long.")
    return value


def _full_name(data: Json) -> str:
    names, options = [data["name"]], data.get("options") or []
    while options and options[0]["type"] in (1, 2):
        names.append(options[0]["name"])
        options = options[0].get("options") or []
    return " ".join(names)
