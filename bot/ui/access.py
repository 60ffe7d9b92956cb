"""How a button finds the services: through the client that its interaction came from."""

from __future__ import annotations

from typing import Protocol, cast

import discord

from bot.services import Services


class ServingClient(Protocol):
    """A client that carries the services, as ``bot.client.Client`` does."""

    services: Services


def services_of(interaction: discord.Interaction) -> Services:
    """The services of the client that received an interaction."""
    return cast(ServingClient, interaction.client).services
