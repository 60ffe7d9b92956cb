"""Small pictures of pictures that this bot drew, for lists."""

from __future__ import annotations

import io

from PIL import Image

SIDE = 256
"""Pixels of the longer side; Discord shows the thumbnail of an embed at 80."""
QUALITY = 80


def make(png: bytes) -> bytes:
    """A JPEG file of at most `SIDE` pixels a side; raises OSError or ValueError for a file that is broken."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        small = picture.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
