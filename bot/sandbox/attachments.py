"""Files that people and the bot attach: kept in memory, served under signed addresses that expire."""

from __future__ import annotations

import hashlib
import hmac
import io
import mimetypes
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import NamedTuple

from PIL import Image

from bot.sandbox.clock import Clock
from bot.sandbox.errors import Json
from bot.sandbox.ids import Snowflakes

UNUSED_UPLOAD_SECONDS = 900.0


class Upload(NamedTuple):
    """A file as it came in a multipart body."""

    filename: str
    content_type: str
    data: bytes


@dataclass
class Attachment:
    id: str
    channel_id: str
    filename: str
    content_type: str
    data: bytes = field(repr=False)
    created: float
    width: int | None = None
    height: int | None = None
    description: str | None = None
    ephemeral: bool = False

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def payload(self, url: str) -> Json:
        found: Json = {
            "id": self.id,
            "filename": self.filename,
            "size": len(self.data),
            "url": url,
            "proxy_url": url,
            "content_type": self.content_type,
        }
        if self.width and self.height:
            found |= {"width": self.width, "height": self.height}
        if self.description is not None:
            found["description"] = self.description
        if self.ephemeral:
            found["ephemeral"] = True
        return found


class AttachmentStore:
    """All files by id. `origin` ("http://127.0.0.1:PORT") is set once the port is known."""

    def __init__(self, clock: Clock, ids: Snowflakes, lifetime: float) -> None:
        self.origin = ""
        self._clock = clock
        self._ids = ids
        self._lifetime = lifetime
        self._key = secrets.token_bytes(32)
        self._files: dict[str, Attachment] = {}
        self._unused: dict[str, float] = {}

    def add(
        self, upload: Upload, channel_id: str, *, description: str | None = None, ephemeral: bool = False
    ) -> Attachment:
        size = _picture_size(upload.data) if upload.content_type.startswith("image/") else None
        found = Attachment(
            self._ids.next(),
            channel_id,
            safe_filename(upload.filename),
            upload.content_type,
            upload.data,
            self._clock.now(),
            size[0] if size else None,
            size[1] if size else None,
            description=description,
            ephemeral=ephemeral,
        )
        self._files[found.id] = found
        return found

    def add_unused(self, upload: Upload) -> Attachment:
        """A file that a person picked and has not sent yet; dropped after 15 minutes."""
        now = self._clock.now()
        for old in [key for key, since in self._unused.items() if now - since > UNUSED_UPLOAD_SECONDS]:
            del self._unused[old]
            self._files.pop(old, None)
        found = self.add(upload, "0")
        self._unused[found.id] = now
        return found

    def claim(self, attachment_id: str, channel_id: str) -> Attachment | None:
        """Binds an unused upload to the channel in which it is sent; None when it is unknown."""
        if self._unused.pop(attachment_id, None) is None:
            return None
        found = self._files[attachment_id]
        found.channel_id = channel_id
        return found

    def get(self, attachment_id: str) -> Attachment | None:
        return self._files.get(attachment_id)

    def drop(self, attachment_id: str) -> None:
        self._files.pop(attachment_id, None)

    def url(self, attachment: Attachment) -> str:
        """A fresh signed address, good for the store's lifetime (24 h unless told otherwise)."""
        issued = int(self._clock.now())
        expires = issued + int(self._lifetime)
        path = f"/attachments/{attachment.channel_id}/{attachment.id}/{attachment.filename}"
        return f"{self.origin}{path}?ex={expires:x}&is={issued:x}&hm={self._sign(path, expires, issued)}&"

    def open(self, path: str, query: dict[str, str]) -> Attachment | None:
        """The file of a signed address; None when the signature is wrong, late, or the file is gone."""
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
        except (KeyError, ValueError):
            return None
        if not hmac.compare_digest(self._sign(path, expires, issued), query.get("hm", "")):
            return None
        if self._clock.now() >= expires:
            return None
        return self._files.get(path.split("/")[3])

    def _sign(self, path: str, expires: int, issued: int) -> str:
        return hmac.new(self._key, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()


def safe_filename(name: str) -> str:
    """Spaces become underscores; what is not a letter, digit, `_`, `-` or `.` goes, as in Discord."""
    return re.sub(r"[^A-Za-z0-9_.-]", "", PurePath(name).name.replace(" ", "_")) or "file"


def guess_type(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header alone; None when it is no picture that Pillow knows."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return None
