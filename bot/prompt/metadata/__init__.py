"""Reading settings back from picture files that anyone may have made, whatever program wrote them.

Nothing is decoded: only the texts beside the pixels are read, each up to a limit.
"""

from __future__ import annotations

from bot.core.errors import InvalidRequest
from bot.prompt.metadata import comfy, novelai, webui
from bot.prompt.metadata.files import texts
from bot.prompt.metadata.settings import Settings

__all__ = ["Settings", "read"]


def read(file: bytes) -> Settings:
    """What a PNG, JPEG or WebP file says made it, with control and invisible characters taken out.

    Nothing is promised of the values but their kinds. Raises InvalidRequest, in one sentence, for a file of
    another kind, one without settings, and one whose texts are larger than any settings are.
    """
    found = texts(file)
    if found.get("Software") == "NovelAI" and "Comment" in found:
        settings = novelai.parse(found["Comment"], found.get("Source", ""))
    elif "parameters" in found:
        settings = webui.parse(found["parameters"])
    else:
        settings = comfy.parse(found.get("prompt", ""), found.get("workflow", ""))
    if settings is None:
        raise InvalidRequest(
            "The file holds no settings that can be read: they are there in pictures straight from this bot, "
            "the A1111 web UI, ComfyUI or NovelAI, and gone once a site or an app has saved them anew."
        )
    return settings.cleaned()
