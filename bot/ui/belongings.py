"""The buttons under a result that draw nothing: keep it in mind, look it up, post it, take it away."""

from __future__ import annotations

import re

import discord

from bot.core.language import later, say
from bot.languages import speaking
from bot.services.removal import Removed
from bot.ui import places, receipt
from bot.ui.access import services_of
from bot.ui.lasting import JOB, JobButton

_MENTION = re.compile(r"<@([0-9]{1,20})>")


class FavouriteButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"favourite:{JOB}"
):
    """Marks the request for the presser, or takes their mark away."""

    word, label = "favourite", later("Favourite")

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Say which of the two, to the presser alone: everybody has favourites of their own."""
        asker, place = places.asker_of(interaction), places.place_of(interaction)
        marked = await services_of(interaction).favourites.toggle(self.job_id, asker, place)
        said = say("`{job_id}` is among your favourites now; press again to take it out.", job_id=self.job_id)
        if not marked:
            said = say("`{job_id}` is no longer among your favourites.", job_id=self.job_id)
        await interaction.response.send_message(said, ephemeral=True)


class InfoButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"info:{JOB}"
):
    """Shows the receipt."""

    word, label = "info", later("Info")

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Show it to the presser alone; reading a model's files may take a moment, the first time."""
        asker, place = places.asker_of(interaction), places.place_of(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        found = await services_of(interaction).receipts.of(self.job_id, asker, place)
        await interaction.edit_original_response(embed=receipt.embed(found), attachments=receipt.files(found))


class PostButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"post:{JOB}"
):
    """Shows a private result to its channel."""

    word, label = "post", later("Post")
    style = discord.ButtonStyle.success

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Have it posted, which happens beside this."""
        asker, place = places.asker_of(interaction), places.place_of(interaction)
        await services_of(interaction).sharing.post(self.job_id, asker, place)
        await interaction.response.send_message(say("It is being posted in this channel."), ephemeral=True)


class DeleteButton(
    JobButton, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=f"delete:{JOB}"
):
    """Deletes the request for whoever asked for it, and the message's pictures for a moderator."""

    word, label = "delete", later("Delete")
    style = discord.ButtonStyle.danger

    async def pressed(self, interaction: discord.Interaction) -> None:
        """Delete, and say so where the pictures were."""
        removed = await services_of(interaction).removal.remove(
            self.job_id,
            places.asker_of(interaction),
            moderator=places.moderates(interaction, interaction.channel_id or 0),
            asked_by=asked_by(interaction.message),
        )
        # Everybody reads this, so it is in the server's language.
        with speaking((interaction.guild_locale or interaction.locale).value):
            said = say("This was deleted.")
            if removed is Removed.EVERYTHING:
                said = say("Whoever asked for this deleted it, the request with its pictures.")
        await interaction.response.edit_message(content=said, embed=None, attachments=[], view=None)


def asked_by(message: discord.Message | None) -> int | None:
    """For whom a message of the bot's was made: it answers their interaction, or mentions them alone."""
    if message is None:
        return None
    if message.interaction_metadata is not None:
        return message.interaction_metadata.user.id
    mention = _MENTION.fullmatch(message.content)
    return None if mention is None else int(mention[1])
