"""Application commands: what Discord refuses in one, the registry, and who may use which where."""

from __future__ import annotations

import re

from bot.sandbox.clock import Clock
from bot.sandbox.errors import FormErrors, Json, refusal
from bot.sandbox.ids import Snowflakes
from bot.sandbox.permissions import Permission, in_channel
from bot.sandbox.world import Channel, World

SLASH, USER, MESSAGE = 1, 2, 3
SUB, GROUP = 1, 2
LIMITS = {SLASH: 100, USER: 15, MESSAGE: 15}
TOTAL_TEXT = 8000
SAFE_INTEGER = 2**53 - 1
NAME = re.compile(r"^[-_'\w]{1,32}$")
IN_GUILD, IN_BOT_DM = 0, 1


def check_commands(commands: list[Json]) -> None:
    """Raises 50035 with every fault of a list of commands, 30032 when there are too many of a type."""
    errors = FormErrors()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        kind = command.get("type") or SLASH
        name = command.get("name")
        check_command(str(index), command, errors)
        if (kind, name) in seen:
            errors.add(
                f"{index}.name",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
        seen.add((kind, str(name)))
    errors.raise_if_any()
    for kind, limit in LIMITS.items():
        if sum((command.get("type") or SLASH) == kind for command in commands) > limit:
            raise refusal(30032)


def check_command(path: str, command: Json, errors: FormErrors) -> None:
    kind = command.get("type") or SLASH
    if kind == SLASH:
        _check_name(path, command, errors)
        errors.length(f"{path}.description", command.get("description"), 1, 100)
        _check_options(path, command.get("options") or [], errors, depth=0)
    else:
        errors.length(f"{path}.name", command.get("name"), 1, 32)
        for forbidden in ("description", "options"):
            if command.get(forbidden):
                errors.add(
                    f"{path}.{forbidden}",
                    "APPLICATION_COMMAND_INVALID_FIELD",
                    "Context menu commands cannot have this field",
                )
    _check_localizations(path, command, errors)
    if text_size(command) > TOTAL_TEXT:
        errors.add(
            path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({TOTAL_TEXT} characters)."
        )


def text_size(part: Json) -> int:
    """Characters of names, descriptions and choice values, the longest translation of each."""

    def longest(key: str) -> int:
        translated = (part.get(f"{key}_localizations") or {}).values()
        return max(len(text) for text in (part.get(key) or "", *translated))

    own = longest("name") + longest("description")
    choices = sum(len(str(c.get("value"))) + len(c.get("name") or "") for c in part.get("choices") or [])
    return own + choices + sum(text_size(option) for option in part.get("options") or [])


def _check_name(path: str, part: Json, errors: FormErrors) -> None:
    name = part.get("name")
    if not isinstance(name, str) or not NAME.match(name) or name != name.lower():
        errors.add(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_localizations(path: str, part: Json, errors: FormErrors) -> None:
    for key, limit in (("name", 32), ("description", 100)):
        for locale, text in (part.get(f"{key}_localizations") or {}).items():
            errors.length(f"{path}.{key}_localizations.{locale}", text, 1, limit)


def _check_options(path: str, options: list[Json], errors: FormErrors, *, depth: int) -> None:
    if len(options) > 25:
        errors.add(f"{path}.options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names: set[str] = set()
    optional_seen = False
    nested = {option.get("type") in (SUB, GROUP) for option in options}
    if len(nested) > 1:
        errors.add(
            f"{path}.options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        )
    for index, option in enumerate(options):
        at = f"{path}.options.{index}"
        _check_name(at, option, errors)
        errors.length(f"{at}.description", option.get("description"), 1, 100)
        _check_localizations(at, option, errors)
        if option.get("name") in names:
            errors.add(at, "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", "Option name is already in use")
        names.add(str(option.get("name")))
        if option.get("type") in (SUB, GROUP):
            if depth + (option["type"] == SUB) > 2:
                errors.add(f"{at}.type", "BASE_TYPE_CHOICES", "Commands nest two levels deep at most.")
            _check_options(at, option.get("options") or [], errors, depth=depth + 1)
            continue
        if option.get("required") and optional_seen:
            errors.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        _check_value_option(at, option, errors)


def _check_value_option(path: str, option: Json, errors: FormErrors) -> None:
    kind = option.get("type")
    if kind not in range(3, 12):
        errors.add(f"{path}.type", "BASE_TYPE_CHOICES", "Value must be one of {1 to 11}.")
    choices = option.get("choices") or []
    if len(choices) > 25:
        errors.add(f"{path}.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    if choices and option.get("autocomplete"):
        errors.add(
            path,
            "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE_INVALID",
            "Autocomplete cannot be used together with choices",
        )
    names = [choice.get("name") for choice in choices]
    for index, choice in enumerate(choices):
        at = f"{path}.choices.{index}"
        errors.length(f"{at}.name", choice.get("name"), 1, 100)
        if kind == 3:
            errors.length(f"{at}.value", choice.get("value"), 1, 100)
        if names.index(choice.get("name")) != index:
            errors.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATED",
                "Option choice name is already in use",
            )
    for key in ("min_value", "max_value"):
        if option.get(key) is not None and abs(option[key]) > SAFE_INTEGER:
            errors.add(f"{path}.{key}", "NUMBER_TYPE_MAX", f"Must be within plus or minus {SAFE_INTEGER}.")


class CommandRegistry:
    """Global commands and those of single servers."""

    def __init__(self, clock: Clock, ids: Snowflakes, application_id: str) -> None:
        self._clock = clock
        self._ids = ids
        self._application_id = application_id
        self._scopes: dict[str | None, dict[str, Json]] = {}

    def all(self, guild_id: str | None) -> list[Json]:
        return list(self._scopes.get(guild_id, {}).values())

    def get(self, command_id: str, guild_id: str | None) -> Json:
        """Raises 10063 when that scope has no such command."""
        found = self._scopes.get(guild_id, {}).get(command_id)
        if found is None:
            raise refusal(10063)
        return found

    def replace(self, bodies: list[Json], guild_id: str | None) -> list[Json]:
        """Overwrites a whole scope; commands of the same type and name keep their ids."""
        check_commands(bodies)
        fresh = [self._stored(body, guild_id) for body in bodies]
        self._scopes[guild_id] = {command["id"]: command for command in fresh}
        return fresh

    def upsert(self, body: Json, guild_id: str | None) -> tuple[Json, bool]:
        """Adds one command or replaces that of the same type and name; says whether it is new."""
        known = self._same(body, guild_id)
        others = [command for command in self.all(guild_id) if command is not known]
        check_commands([*others, body])
        stored = self._stored(body, guild_id)
        self._scopes.setdefault(guild_id, {})[stored["id"]] = stored
        return stored, known is None

    def edit(self, command_id: str, body: Json, guild_id: str | None) -> Json:
        merged = {**self.get(command_id, guild_id), **body}
        others = [command for command in self.all(guild_id) if command["id"] != command_id]
        check_commands([*others, merged])
        merged["version"] = self._ids.next()
        self._scopes[guild_id][command_id] = merged
        return merged

    def delete(self, command_id: str, guild_id: str | None) -> None:
        self.get(command_id, guild_id)
        del self._scopes[guild_id][command_id]

    def _same(self, body: Json, guild_id: str | None) -> Json | None:
        key = (body.get("type") or SLASH, body.get("name"))
        return next((c for c in self.all(guild_id) if (c["type"], c["name"]) == key), None)

    def _stored(self, body: Json, guild_id: str | None) -> Json:
        known = self._same(body, guild_id)
        kept = {
            key: value for key, value in body.items() if key not in ("id", "version") and value is not None
        }
        command: Json = {
            "default_member_permissions": None,
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
            "options": [],
            "description": "",
            **kept,
            "type": body.get("type") or SLASH,
            "id": known["id"] if known else self._ids.next(),
            "application_id": self._application_id,
        }
        if command["default_member_permissions"] is not None:
            command["default_member_permissions"] = str(command["default_member_permissions"])
        if not command["options"]:
            del command["options"]
        if guild_id is not None:
            command["guild_id"] = guild_id
        unchanged = known is not None and {**known, "version": ""} == {**command, "version": ""}
        command["version"] = known["version"] if known and unchanged else self._ids.next()
        return command

    def usable(self, world: World, channel: Channel, user_id: str) -> list[Json]:
        """The commands that this person's picker shows in this channel."""
        own = self.all(channel.guild_id) if channel.guild_id else []
        hidden = {(command["type"], command["name"]) for command in own}
        everywhere = [c for c in self.all(None) if (c["type"], c["name"]) not in hidden]
        return [command for command in own + everywhere if allowed(command, world, channel, user_id)]


def allowed(command: Json, world: World, channel: Channel, user_id: str) -> bool:
    """Discord's own gate: context, permissions, age restriction."""
    here = IN_BOT_DM if channel.guild_id is None else IN_GUILD
    contexts = command.get("contexts")
    if contexts is None:
        contexts = [IN_GUILD, IN_BOT_DM] if command.get("dm_permission", True) else [IN_GUILD]
    if here not in contexts:
        return False
    if channel.guild_id is None:
        return not command.get("nsfw")
    held = in_channel(world, channel, user_id)
    if not held & Permission.VIEW_CHANNEL or not held & Permission.USE_APPLICATION_COMMANDS:
        return False
    needed = command.get("default_member_permissions")
    if (
        needed is not None
        and not held & Permission.ADMINISTRATOR
        and (int(needed) == 0 or held & int(needed) != int(needed))
    ):
        return False
    return not command.get("nsfw") or world.is_nsfw(channel)
