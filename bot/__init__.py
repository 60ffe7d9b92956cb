"""A self-hosted Discord bot for anime image generation."""

__version__ = "0.1.0"
