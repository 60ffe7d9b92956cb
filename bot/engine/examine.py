"""The process that looks at pictures which people send: it decodes, rates, and answers over one pipe.

Start it with `main` as the target of a spawned process. It never imports torch, and knows nothing but the
picture that it is shown.
"""

from __future__ import annotations

import dataclasses
import logging
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection

from bot.core.errors import BotError, InvalidRequest
from bot.core.job import Verdict
from bot.core.look import TagShare
from bot.engine.classifiers import ClassifierFiles

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Examined:
    """A picture that was sent: a PNG file of its pixels, their size, what it shows, and its mask's file.

    ``tags`` are what a tagger reads in it, the surest first; None where nobody asked, or no tagger is here.
    """

    png: bytes
    width: int
    height: int
    verdict: Verdict
    mask: bytes | None = None
    tags: tuple[TagShare, ...] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a picture cannot be used, for whoever sent it: the sentence and what is filled in."""

    sentence: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Unable:
    """Why no picture can be looked at, for the log."""

    why: str


Answer = Examined | Unreadable | Unable


def main(pipe: Connection, files: ClassifierFiles, device: str, threads: int, seconds: float) -> None:
    """Answer every picture, mask and wish for tags until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from bot.engine.classifiers import open_rater, open_tagger

    try:
        tagger = open_tagger(files, threads)
        rater = open_rater(files, device, threads, seconds, tagger)
    except BotError as error:
        pipe.send(Unable(str(error)))
        return
    pipe.send(None)  # ready
    from bot.imaging import source

    while True:
        try:
            picture, mask, tagged = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pixels, drawn_anew = source.decode(picture, mask)
            answer: Answer = Examined(
                source.encode(pixels),
                *pixels.size,
                rater.rate(pixels),
                None if drawn_anew is None else source.encode(drawn_anew),
                tagger.tags(pixels) if tagged and tagger is not None else None,
            )
        except InvalidRequest as error:
            answer = Unreadable(error.sentence, error.values)
        except Exception as error:
            log.exception("a picture could not be looked at")
            answer = Unable(repr(error))
        pipe.send(answer)
