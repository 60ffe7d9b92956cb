"""Slash commands; each module is loaded by name and nothing imports it."""
