"""The texts beside the pixels of PNG, JPEG and WebP files; lengths are believed no further than the file."""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator

from bot.core.errors import InvalidRequest

MAX_TEXT = 1_000_000
"""Bytes of a text, once inflated; large ComfyUI graphs have a third of it."""
MAX_PIECES = 20_000
"""Chunks or segments of a file that are looked at: one of 20 MB in pieces of 1 kB."""
WANTED = ("parameters", "prompt", "workflow", "Comment", "Software", "Source")
_PNG = b"\x89PNG\r\n\x1a\n"
_TEXT_TAGS = (0x010E, 0x010F, 0x0110)
"""ImageDescription, Make and Model (TIFF 6.0), where ComfyUI's savers put ``prompt:`` and ``workflow:``."""
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
"""The pointer to the Exif entries, and UserComment among them (Exif 2.3)."""
_MAX_ENTRIES = 200


def texts(file: bytes) -> dict[str, str]:
    """The texts by their keywords, the first of each; what is broken ends the reading of what follows it.

    Raises InvalidRequest for a file of another kind, and for a text of more than `MAX_TEXT` bytes.
    """
    if file.startswith(_PNG):
        pairs = _of_png(file)
    elif file.startswith(b"\xff\xd8"):
        pairs = _of_exif(_jpeg_exif(file))
    elif file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        pairs = _of_exif(_webp_exif(file))
    else:
        raise InvalidRequest("The file is no PNG, JPEG or WebP; settings are read from those.")
    found: dict[str, str] = {}
    with contextlib.suppress(struct.error, zlib.error, ValueError):
        for keyword, text in pairs:
            found.setdefault(keyword, text)
    return found


def _of_png(file: bytes) -> Iterator[tuple[str, str]]:
    at = len(_PNG)
    for _ in range(MAX_PIECES):
        length, kind = struct.unpack_from(">I4s", file, at)
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            # Looked at before it is copied: a chunk may be nearly the whole file.
            keyword, _, rest = file[at + 8 : at + 8 + min(length, MAX_TEXT + 1000)].partition(b"\0")
            name = keyword.decode("latin-1")
            if name in WANTED and at + 8 + length <= len(file):
                _require(length)
                yield name, _decoded(_png_text(kind, rest))
        if kind == b"IEND":
            return
        at += length + 12


def _png_text(kind: bytes, rest: bytes) -> bytes:
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflated(rest[1:])
    compressed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")  # the language
    _, _, rest = rest.partition(b"\0")  # the keyword in it
    return _inflated(rest) if compressed else rest


def _inflated(data: bytes) -> bytes:
    text = zlib.decompressobj().decompress(data, MAX_TEXT + 1)
    _require(len(text))
    return text


def _require(length: int) -> None:
    if length > MAX_TEXT:
        raise InvalidRequest(
            "The file holds a text of more than {most} MB, which is not read.", most=MAX_TEXT // 10**6
        )


def _decoded(text: bytes) -> str:
    """PNG says Latin-1 for some texts, and programs write UTF-8 all the same."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _jpeg_exif(file: bytes) -> bytes:
    at = 2
    for _ in range(MAX_PIECES):
        if file[at : at + 1] != b"\xff" or file[at + 1 : at + 2] == b"\xda":  # the pixels begin
            break
        (length,) = struct.unpack(">H", file[at + 2 : at + 4].ljust(2, b"\0"))
        if file[at + 1 : at + 2] == b"\xe1" and file[at + 4 : at + 10] == b"Exif\0\0":
            return file[at + 10 : at + 2 + length]
        at += max(length, 2) + 2
    return b""


def _webp_exif(file: bytes) -> bytes:
    at = 12
    for _ in range(MAX_PIECES):
        kind, size = file[at : at + 4], int.from_bytes(file[at + 4 : at + 8], "little")
        if kind == b"EXIF":
            return file[at + 8 : at + 8 + size].removeprefix(b"Exif\0\0")
        if at >= len(file):
            break
        at += 8 + size + size % 2
    return b""


def _of_exif(data: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a TIFF directory and of the Exif one that it points to."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    entries = dict(_entries(data, first, order))
    if _EXIF_IFD in entries:
        (offset,) = struct.unpack(f"{order}I", entries[_EXIF_IFD])
        comment = dict(_entries(data, offset, order)).get(_USER_COMMENT)
        if comment is not None:
            yield "parameters", _comment(comment)
    for tag in _TEXT_TAGS:
        name, colon, text = _decoded(entries.get(tag, b"").rstrip(b"\0")).partition(":")
        if colon and name.lower() in WANTED:
            yield name.lower(), text


def _entries(data: bytes, at: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Tags with their bytes, of the kinds that hold a text or an offset."""
    (count,) = struct.unpack_from(f"{order}H", data, at)
    for index in range(min(count, _MAX_ENTRIES)):
        tag, kind, size = struct.unpack_from(f"{order}HHI", data, at + 2 + 12 * index)
        if tag not in (*_TEXT_TAGS, _EXIF_IFD, _USER_COMMENT):
            continue
        length = size * (4 if kind == 4 else 1)
        _require(length)
        where = at + 10 + 12 * index
        if length > 4:
            (where,) = struct.unpack_from(f"{order}I", data, where)
        yield tag, data[where : where + length]


def _comment(data: bytes) -> str:
    """A UserComment: eight bytes name its encoding."""
    kind, text = data[:8], data[8:]
    if kind == b"UNICODE\0":
        if text[:2] in (b"\xfe\xff", b"\xff\xfe"):
            return text.decode("utf-16", "replace")
        # Nothing says in which order its bytes are; the first letter of settings is a Latin one.
        return text.decode("utf-16-be" if text[:1] == b"\0" else "utf-16-le", "replace")
    return _decoded(text.strip(b"\0"))
