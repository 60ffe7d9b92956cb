"""What a person typed into a command or a modal: checked as Discord's client does, then resolved."""

from __future__ import annotations

from typing import Any

from bot.sandbox.commands import GROUP, SAFE_INTEGER, SUB
from bot.sandbox.errors import ApiError, Json
from bot.sandbox.permissions import in_channel
from bot.sandbox.state import State
from bot.sandbox.world import Channel

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


def client_error(message: str) -> ApiError:
    """What the person's own client refuses, before anything is sent."""
    return ApiError(400, 0, message)


class Resolver:
    """Collects the objects that a person's options name."""

    def __init__(self, state: State, channel: Channel) -> None:
        self._state = state
        self._channel = channel
        self.found: Json = {}

    def _put(self, section: str, key: str, value: Json) -> None:
        self.found.setdefault(section, {})[key] = value

    def user(self, user_id: str) -> None:
        user = self._state.world.user(user_id)
        self._put("users", user.id, user.payload())
        guild_id = self._channel.guild_id
        member = self._state.world.guild(guild_id).members.get(user_id) if guild_id else None
        if member is not None:
            held = in_channel(self._state.world, self._channel, user_id)
            self._put("members", user_id, member.payload(with_user=False) | {"permissions": str(int(held))})

    def role(self, role_id: str) -> None:
        guild = self._state.world.guild(self._channel.guild_id or "")
        if role_id not in guild.roles:
            raise client_error("That role does not exist here.")
        self._put("roles", role_id, guild.roles[role_id].payload())

    def channel(self, channel_id: str, user_id: str) -> None:
        channel = self._state.world.channel(channel_id)
        held = in_channel(self._state.world, channel, user_id)
        if not held:
            raise client_error("That channel does not exist here.")
        self._put("channels", channel_id, channel.payload() | {"permissions": str(int(held))})

    def fits(self, channel_id: str, types: list[int] | None) -> bool:
        """Whether a channel is of one of the types that an option asks for, if it asks."""
        return not types or self._state.world.channel(channel_id).type in types

    def mentionable(self, some_id: str) -> None:
        guild_id = self._channel.guild_id
        if guild_id and some_id in self._state.world.guild(guild_id).roles:
            self.role(some_id)
        else:
            self.user(some_id)

    def attachment(self, upload_id: str) -> None:
        attachment = self._state.attachments.claim(upload_id, self._channel.id)
        if attachment is None:
            raise client_error("That upload is gone; pick the file again.")
        attachment.ephemeral = True
        self._put("attachments", upload_id, attachment.payload(self._state.attachments.url(attachment)))

    def message(self, message_id: str) -> None:
        message = self._state.messages.find(self._channel.id, message_id)
        self._put("messages", message_id, self._state.render(message, self._state.bot_id))


def command_options(
    definitions: list[Json],
    given: list[Json],
    resolver: Resolver,
    user_id: str,
    *,
    typing: bool,
) -> list[Json]:
    """A command's options as the bot gets them. `typing`: autocomplete, where nothing is required yet."""
    known = {definition["name"]: definition for definition in definitions}
    result = []
    for option in given:
        definition = known.get(option.get("name", ""))
        if definition is None:
            raise client_error(f"This command has no option {option.get('name')!r}.")
        if definition["type"] in (SUB, GROUP):
            below = command_options(
                definition.get("options") or [], option.get("options") or [], resolver, user_id, typing=typing
            )
            result.append({"name": definition["name"], "type": definition["type"], "options": below})
            continue
        entry: Json = {"name": definition["name"], "type": definition["type"]}
        if typing:
            entry["value"] = option.get("value", "")
            if option.get("focused"):
                entry["focused"] = True
        else:
            entry["value"] = _checked(definition, option.get("value"), resolver, user_id)
        result.append(entry)
    if not typing:
        _require(definitions, {option["name"] for option in result})
    return result


def _require(definitions: list[Json], present: set[str]) -> None:
    for definition in definitions:
        if definition.get("required") and definition["name"] not in present:
            raise client_error(f"The option {definition['name']} is required.")
    if definitions and definitions[0]["type"] in (SUB, GROUP) and not present:
        raise client_error("Pick one of this command's sub-commands.")


def _checked(definition: Json, value: Any, resolver: Resolver, user_id: str) -> Any:
    kind, name = definition["type"], definition["name"]
    if kind == STRING:
        return _string(definition, str(value))
    if kind in (INTEGER, NUMBER):
        return _number(definition, value)
    if kind == BOOLEAN:
        if not isinstance(value, bool):
            raise client_error(f"{name} must be true or false.")
        return value
    _resolve(kind, str(value), resolver, user_id)
    if kind == CHANNEL and not resolver.fits(str(value), definition.get("channel_types")):
        raise client_error(f"{name} cannot be a channel of this type.")
    return str(value)


def _string(definition: Json, value: str) -> str:
    name = definition["name"]
    _choice(definition, value)
    low, high = definition.get("min_length") or 0, definition.get("max_length") or 6000
    if not low <= len(value) <= high:
        raise client_error(f"{name} must be {low} to {high} characters long.")
    if not value:
        raise client_error(f"{name} must not be empty.")
    return value


def _number(definition: Json, value: Any) -> int | float:
    name, whole = definition["name"], definition["type"] == INTEGER
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise client_error(f"{name} must be {'a whole number' if whole else 'a number'}.")
    number: int | float = value
    low, high = definition.get("min_value"), definition.get("max_value")
    if (
        (low is not None and number < low)
        or (high is not None and number > high)
        or abs(number) > SAFE_INTEGER
    ):
        raise client_error(f"{name} must lie between {low} and {high}.")
    _choice(definition, number)
    return number


def _choice(definition: Json, value: Any) -> None:
    choices = definition.get("choices") or []
    if choices and value not in [choice["value"] for choice in choices]:
        raise client_error(f"{definition['name']} must be one of its choices.")


def _resolve(kind: int, value: str, resolver: Resolver, user_id: str) -> None:
    if kind == USER:
        resolver.user(value)
    elif kind == CHANNEL:
        resolver.channel(value, user_id)
    elif kind == ROLE:
        resolver.role(value)
    elif kind == MENTIONABLE:
        resolver.mentionable(value)
    else:
        resolver.attachment(value)


def resolve_select(kind: int, values: list[str], resolver: Resolver, user_id: str) -> None:
    """The objects that a user, role, mentionable or channel select picked (component types 5 to 8)."""
    for value in values:
        _resolve({5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}[kind], value, resolver, user_id)
