"""The upscaler that is pulled: where the hub has it, and whether it is here; no torch."""

from __future__ import annotations

from pathlib import Path

from bot.engine.models import hub_folder

NAME = "upscaler"
"""What ``model pull`` calls it."""
REPO = "halffried/gyre_upscalers"
FILE = "realesrgan_x4plus_anime/RealESRGAN_x4plus_anime_6B.safetensors"
"""Real-ESRGAN's model for drawings (BSD-3-Clause, 17.9 MB), which its authors publish as a pickle only; this
repository holds it as safetensors."""


def find(models: Path) -> Path | None:
    """The upscaler that was pulled; None where there is none."""
    path = hub_folder(models, REPO) / FILE
    return path if path.is_file() else None


def missing(models: Path) -> str | None:
    """The sentence that says that the upscaler was not pulled; None where it is here."""
    if find(models) is not None:
        return None
    return f"The upscaler is not in {models}; fetch it with `python -m bot model pull {NAME}`."
