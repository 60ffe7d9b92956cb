"""The JSON types of a message's body, before anything looks inside it."""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import FormErrors, Json

MESSAGE: dict[str, type | tuple[type, ...]] = {
    "content": str,
    "embeds": list,
    "components": list,
    "attachments": list,
    "allowed_mentions": dict,
    "message_reference": dict,
    "flags": int,
    "nonce": (str, int),
    "tts": bool,
    "enforce_nonce": bool,
}
EMBED: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "description": str,
    "url": str,
    "timestamp": str,
    "color": int,
    "fields": list,
    "image": dict,
    "thumbnail": dict,
    "footer": dict,
    "author": dict,
}


def check_message_shape(body: Any, prefix: str = "") -> None:
    """Raises 50035 for a field of the wrong JSON type; nulls pass, as they do in Discord."""
    errors = FormErrors()
    if not isinstance(body, dict):
        errors.add("_", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        errors.raise_if_any()
    _check(body, MESSAGE, prefix, errors)
    for key in ("embeds", "components", "attachments"):
        for index, part in enumerate(body.get(key) or [] if isinstance(body.get(key), list) else []):
            at = f"{prefix}{key}.{index}"
            if not isinstance(part, dict):
                errors.add(at, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            elif key == "embeds":
                _check(part, EMBED, f"{at}.", errors)
    errors.raise_if_any()


def _check(body: Json, types: dict[str, type | tuple[type, ...]], prefix: str, errors: FormErrors) -> None:
    for key, kind in types.items():
        value = body.get(key)
        if value is not None and not isinstance(value, kind):
            errors.add(f"{prefix}{key}", "BASE_TYPE_WRONG", f"Could not interpret {key} as its type.")
