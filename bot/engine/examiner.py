"""The bot's end of the process that looks at pictures which people send; it is started when one comes."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from bot.core.errors import EngineError, InvalidRequest
from bot.core.language import later, say
from bot.engine import examine
from bot.engine.classifiers import ClassifierFiles
from bot.engine.examine import Answer, Examined, Unable, Unreadable

log = logging.getLogger(__name__)

BEGIN_SECONDS = 120.0
"""Seconds for the classifiers to be opened."""
BESIDE_SECONDS = 10.0
"""Seconds for unpacking a picture and packing it again, beside those for its rating."""


class Examiner:
    """One process, one picture at a time; what hangs or dies is replaced, and its picture refused.

    ``device`` is that of a worker: a picture that is sent is judged by the classifiers that judge drawn
    ones, or by stronger ones. They run on the CPU in ``threads`` and have ``seconds`` for a picture.
    """

    def __init__(self, files: ClassifierFiles, device: str, threads: int = 1, seconds: float = 5.0) -> None:
        self._settings = (files, "cpu" if device == "cpu" else "cuda", threads, seconds)
        self._patience = seconds + BESIDE_SECONDS
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._turn = asyncio.Lock()

    async def examine(self, picture: bytes, mask: bytes | None = None, *, tagged: bool = False) -> Examined:
        """Decode and rate a picture, and read its tags when they are asked for.

        Raises InvalidRequest for one that cannot be used, EngineError when none can be looked at.
        """
        async with self._turn:
            # Whoever is cancelled meanwhile must not leave an answer behind for the next one.
            asking = asyncio.ensure_future(asyncio.to_thread(self._ask, picture, mask, tagged))
            try:
                answer = await asyncio.shield(asking)
            except asyncio.CancelledError:
                self._kill()
                await asyncio.wait([asking])
                raise
        match answer:
            case Examined():
                return answer
            case Unreadable(sentence, values):
                raise InvalidRequest(sentence, **values)
            case Unable(why):
                log.error("pictures cannot be looked at: %s", why)
                raise EngineError(say("Pictures to begin from cannot be looked at now, so none is used."))

    async def close(self) -> None:
        """End the process."""
        self._kill()
        async with self._turn:
            await asyncio.to_thread(self._discard)

    def _ask(self, picture: bytes, mask: bytes | None, tagged: bool) -> Answer:
        try:
            pipe = self._pipe or self._begin()
            pipe.send((picture, mask, tagged))
            if pipe.poll(self._patience):
                answer: Answer = pipe.recv()
                return answer
            why = f"no answer within {self._patience:g} s"
        except (EOFError, OSError) as error:
            why = f"the process ended: {error!r}"
        self._discard()
        log.error("a picture was given up: %s", why)
        return Unreadable(
            later("The picture could not be read in time; save it as PNG, smaller, and try again.")
        )

    def _begin(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=examine.main, args=(theirs, *self._settings), name="examiner", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        if not ours.poll(BEGIN_SECONDS):
            raise EOFError("the classifiers were not opened in time")
        if isinstance(told := ours.recv(), Unable):
            raise EOFError(told.why)
        return ours

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _discard(self) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is not None and pipe is not None:
            process.kill()
            process.join()
            process.close()
            pipe.close()
