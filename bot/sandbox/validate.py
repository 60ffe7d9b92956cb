"""What Discord refuses in a message's body."""

from __future__ import annotations

from bot.sandbox import components as parts
from bot.sandbox.attachments import Upload
from bot.sandbox.embeds import EMBED_TOTAL, check_embed, embed_size
from bot.sandbox.errors import FormErrors, Json, refusal
from bot.sandbox.messages import COMPONENTS_V2, attachment_names

CONTENT, EMBEDS, FILES = 2000, 10, 10


def check_files(files: dict[int, Upload], limit: int) -> None:
    """Raises 30015 above ten files and 40005 for one that is larger than `limit` bytes."""
    if len(files) > FILES:
        raise refusal(30015)
    if any(len(upload.data) > limit for upload in files.values()):
        raise refusal(40005)


def check_message(body: Json, filenames: list[str], flags: int) -> None:
    """Raises 50035 with every fault of the body. `filenames`: what attachment:// may call for."""
    errors = FormErrors()
    errors.too_long("content", body.get("content"), CONTENT)
    nonce = body.get("nonce")
    errors.too_long("nonce", nonce, 25)
    if body.get("enforce_nonce") and nonce is None:
        errors.required("nonce")
    embeds = body.get("embeds") or []
    if len(embeds) > EMBEDS:
        errors.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    for index, embed in enumerate(embeds):
        check_embed(f"embeds.{index}", embed, errors)
    if sum(embed_size(embed) for embed in embeds) > EMBED_TOTAL:
        errors.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    v2 = bool(flags & COMPONENTS_V2)
    parts.check_message(body.get("components") or [], v2=v2, errors=errors)
    if v2:
        for field in ("content", "embeds", "sticker_ids", "poll"):
            if body.get(field):
                errors.add(
                    field,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
    for where in ("embeds", "components"):
        for name in attachment_names(body.get(where) or []):
            if name not in filenames:
                errors.add(
                    where,
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    f"The referenced attachment {name} was not found",
                )
    errors.raise_if_any()
