"""What a picture shows, as an embed, and the button that draws it; the message itself holds the request."""

from __future__ import annotations

import discord

from bot.core.draft import Draft
from bot.core.errors import InvalidRequest, NotFound
from bot.core.language import count, later, say
from bot.services.describe import Description
from bot.ui import asking
from bot.ui.embeds import ACCENT
from bot.ui.lasting import Lasting
from bot.ui.text import EMBED_DESCRIPTION, plain, shorten

REQUEST = later("As a request")
"""The name of the field that holds the request's text."""
_QUOTE = "`"
MOST_BYTES = 20_000_000
"""Bytes of a file that are fetched; no larger ones are read."""
_IMAGES = "image/"


def embed(description: Description) -> discord.Embed:
    """The tags with their shares, and the request that they make."""
    lines = [f"`{round(100 * tag.share):3d} %` {plain(tag.name, 100)}" for tag in description.tags]
    found = discord.Embed(description=shorten("\n".join(lines), EMBED_DESCRIPTION), colour=ACCENT)
    found.set_author(name=say("What a tagger sees in this picture"))
    found.add_field(
        name=say(REQUEST), value=f"{_QUOTE}{description.prompt.replace(_QUOTE, '')}{_QUOTE}", inline=False
    )
    if description.hidden:
        hidden = count(
            "{n} tag lies above what may be shown here.",
            "{n} tags lie above what may be shown here.",
            description.hidden,
        )
        found.set_footer(text=hidden)
    return found


def draft_of(message: discord.Message | None) -> Draft:
    """The prompt that a message with `embed` holds; raises NotFound where it is gone."""
    # Its name is in the language of whoever asked for the description; there is no other field.
    for shown in message.embeds if message is not None else ():
        for field in shown.fields:
            if field.value and field.value.startswith(_QUOTE):
                return Draft(prompt=field.value.strip(_QUOTE))
    raise NotFound("The tags of this button are gone; describe the picture again.")


async def fetched(attachment: discord.Attachment) -> bytes:
    """An attachment's bytes, undecoded; raises InvalidRequest for what is too large, no image, or gone."""
    if attachment.size > MOST_BYTES:
        raise InvalidRequest(
            "The file has {size:.1f} MB; pictures of at most {most} MB are read.",
            size=attachment.size / 1e6,
            most=MOST_BYTES // 10**6,
        )
    if attachment.content_type and not attachment.content_type.startswith(_IMAGES):
        raise InvalidRequest("The file is no picture; send a PNG, JPEG or WebP.")
    try:
        return await attachment.read()
    except discord.HTTPException:
        raise InvalidRequest("Discord does not hand the picture out any more; send it again.") from None


def attached(message: discord.Message) -> discord.Attachment:
    """The first picture that a message holds; raises InvalidRequest where there is none."""
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith(_IMAGES):
            return attachment
    raise InvalidRequest("This message holds no picture; choose one that does.")


class DrawButton(
    Lasting, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"describe:draw"
):
    """Asks for the tags of the message that it is part of, as the command would."""

    def __init__(self) -> None:
        super().__init__(
            discord.ui.Button(
                label=say("Draw this"), style=discord.ButtonStyle.primary, custom_id="describe:draw"
            )
        )

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Ask; the description stays as it is."""
        await asking.ask_draft(interaction, draft_of(interaction.message))


def view() -> discord.ui.View:
    """The button alone."""
    found = discord.ui.View(timeout=None)
    found.add_item(DrawButton())
    return found
