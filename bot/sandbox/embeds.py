"""Embeds: what Discord refuses in one, and the form in which it keeps what it accepts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.sandbox.errors import FormErrors, Json
from bot.sandbox.messages import ATTACHMENT

EMBED_TOTAL = 6000
WEB = ("http://", "https://")


def embed_size(embed: Json) -> int:
    """Characters that count towards the 6,000 of all embeds of a message."""
    texts: list[Any] = [
        embed.get("title"),
        embed.get("description"),
        (embed.get("footer") or {}).get("text"),
        (embed.get("author") or {}).get("name"),
    ]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(str(text).strip()) for text in texts if text)


def check_embed(path: str, embed: Json, errors: FormErrors) -> None:
    """Adds to `errors` all that Discord refuses in one embed; `path` is where it stands."""
    errors.too_long(f"{path}.title", embed.get("title"), 256)
    errors.too_long(f"{path}.description", embed.get("description"), 4096)
    errors.too_long(f"{path}.footer.text", (embed.get("footer") or {}).get("text"), 2048)
    errors.too_long(f"{path}.author.name", (embed.get("author") or {}).get("name"), 256)
    color = embed.get("color")
    if color is not None and not 0 <= color <= 0xFFFFFF:
        errors.add(f"{path}.color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    fields = embed.get("fields") or []
    if len(fields) > 25:
        errors.add(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, field in enumerate(fields):
        for key, limit in (("name", 256), ("value", 1024)):
            if not str(field.get(key) or "").strip():
                errors.required(f"{path}.fields.{index}.{key}")
            errors.too_long(f"{path}.fields.{index}.{key}", field.get(key), limit)
    urls = (
        {"url": embed.get("url")}
        | {f"{key}.url": (embed.get(key) or {}).get("url") for key in ("image", "thumbnail", "author")}
        | {f"{key}.icon_url": (embed.get(key) or {}).get("icon_url") for key in ("footer", "author")}
    )
    for where, url in urls.items():
        schemes = WEB if where in ("url", "author.url") else (*WEB, ATTACHMENT)
        if url is not None and not str(url).startswith(schemes):
            scheme = str(url).split(":")[0]
            message = f"Scheme \"{scheme}\" is not supported. Scheme must be one of ('http', 'https')."
            errors.add(f"{path}.{where}", "URL_TYPE_INVALID_SCHEME", message)
    try:
        _timestamp(embed.get("timestamp"))
    except ValueError:
        errors.add(f"{path}.timestamp", "DATE_TIME_TYPE_PARSE", "Could not parse. Should be ISO8601.")


def _timestamp(text: str | None) -> str | None:
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def normal_embed(embed: Json) -> Json | None:
    """A checked embed as Discord stores it: type rich, without nulls and unknown keys.

    None when nothing is left to show.
    """
    found: Json = {
        key: embed[key] for key in ("title", "description", "url", "color") if embed.get(key) is not None
    }
    if embed.get("timestamp"):
        found["timestamp"] = _timestamp(embed["timestamp"])
    for key in ("image", "thumbnail"):
        if (embed.get(key) or {}).get("url"):
            url = embed[key]["url"]
            found[key] = {"url": url, "proxy_url": url}
    for key, words in (("footer", "text"), ("author", "name")):
        if (embed.get(key) or {}).get(words):
            found[key] = {
                k: v for k, v in embed[key].items() if v is not None and k in (words, "url", "icon_url")
            }
    if embed.get("fields"):
        found["fields"] = [
            {"name": f["name"], "value": f["value"], "inline": bool(f.get("inline"))} for f in embed["fields"]
        ]
    return {"type": "rich", **found} if found.keys() - {"color", "url"} else None
