"""The JSON types of what a bot sends, checked before anything looks inside."""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import FormErrors

# A kind is a type (or several), a dict of kinds by field, or a list of one kind. Nulls pass, as in Discord.
TEXT, WHOLE, NUMBER, FLAG = str, int, (int, float), bool
SNOWFLAKE = (str, int)
EMOJI: dict[str, Any] = {"id": SNOWFLAKE, "name": TEXT, "animated": FLAG}
MEDIA: dict[str, Any] = {"url": TEXT}
EMBED: dict[str, Any] = {
    "title": TEXT,
    "description": TEXT,
    "url": TEXT,
    "timestamp": TEXT,
    "color": WHOLE,
    "fields": [{"name": TEXT, "value": TEXT, "inline": FLAG}],
    "image": MEDIA,
    "thumbnail": MEDIA,
    "footer": {"text": TEXT, "icon_url": TEXT},
    "author": {"name": TEXT, "url": TEXT, "icon_url": TEXT},
}
COMPONENT: dict[str, Any] = {
    "type": WHOLE,
    "id": WHOLE,
    "style": WHOLE,
    "custom_id": TEXT,
    "label": TEXT,
    "description": TEXT,
    "content": TEXT,
    "placeholder": TEXT,
    "url": TEXT,
    "disabled": FLAG,
    "required": FLAG,
    "min_values": WHOLE,
    "max_values": WHOLE,
    "min_length": WHOLE,
    "max_length": WHOLE,
    "emoji": EMOJI,
    "media": MEDIA,
    "file": MEDIA,
    "items": [{"media": MEDIA, "description": TEXT, "spoiler": FLAG}],
    "options": [{"label": TEXT, "value": TEXT, "description": TEXT, "emoji": EMOJI, "default": FLAG}],
}
COMPONENT |= {"components": [COMPONENT], "accessory": COMPONENT, "component": COMPONENT}
MESSAGE: dict[str, Any] = {
    "content": TEXT,
    "embeds": [EMBED],
    "components": [COMPONENT],
    "attachments": [{"id": SNOWFLAKE, "filename": TEXT, "description": TEXT}],
    "allowed_mentions": {"parse": [TEXT], "users": [SNOWFLAKE], "roles": [SNOWFLAKE], "replied_user": FLAG},
    "message_reference": {"message_id": SNOWFLAKE, "type": WHOLE, "fail_if_not_exists": FLAG},
    "flags": WHOLE,
    "nonce": (str, int),
    "tts": FLAG,
    "enforce_nonce": FLAG,
}
CALLBACK: dict[str, Any] = {
    "type": WHOLE,
    "data": MESSAGE
    | {"title": TEXT, "custom_id": TEXT, "choices": [{"name": TEXT, "value": (str, int, float)}]},
}
THREAD: dict[str, Any] = {
    "name": TEXT,
    "type": WHOLE,
    "auto_archive_duration": WHOLE,
    "applied_tags": [SNOWFLAKE],
    "message": MESSAGE,
    "archived": FLAG,
    "locked": FLAG,
}
OPTION: dict[str, Any] = {
    "type": WHOLE,
    "name": TEXT,
    "description": TEXT,
    "name_localizations": dict,
    "description_localizations": dict,
    "choices": [{"name": TEXT, "value": (str, int, float)}],
    "min_value": NUMBER,
    "max_value": NUMBER,
}
OPTION["options"] = [OPTION]
COMMAND: dict[str, Any] = OPTION | {"contexts": [WHOLE], "default_member_permissions": (str, int)}


def check_shape(body: Any, kind: Any) -> None:
    """Raises 50035 with every field whose JSON type is wrong."""
    errors = FormErrors()
    if not isinstance(body, list if isinstance(kind, list) else dict):
        errors.add("_", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    else:
        _check(body, kind, "", errors)
    errors.raise_if_any()


def _check(value: Any, kind: Any, path: str, errors: FormErrors) -> None:
    if value is None:
        return
    if isinstance(kind, list):
        if not isinstance(value, list):
            errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        for index, part in enumerate(value):
            if part is None:
                errors.required(f"{path}.{index}".lstrip("."))
            _check(part, kind[0], f"{path}.{index}".lstrip("."), errors)
    elif isinstance(kind, dict):
        if not isinstance(value, dict):
            errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for key, below in kind.items():
            _check(value.get(key), below, f"{path}.{key}".lstrip("."), errors)
    elif not isinstance(value, kind):
        errors.add(path, "BASE_TYPE_WRONG", f"Could not interpret {str(value)[:50]!r} as its type.")
