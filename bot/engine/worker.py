"""The worker process: it owns the model, draws what it is sent, and tells what happens, over one pipe.

Start it with `main` as the target of a spawned process. torch is imported only after the process has begun,
so that this module costs nothing to whoever starts it; what then runs is `bot.engine.serve`.
"""

from __future__ import annotations

import logging
import os
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from bot.core.errors import BotError
from bot.core.events import Broken, Loading, Ready, WorkerEvent
from bot.engine.messages import WorkerSettings

if TYPE_CHECKING:
    from bot.engine.parts import Parts

log = logging.getLogger(__name__)


def main(
    pipe: Connection, settings: WorkerSettings, prepare: Callable[[Parts], Parts] = lambda parts: parts
) -> None:
    """Load, answer until Stop or the end of the pipe, and exit.

    The exit code is 1 when the model could not be loaded, when the device answers no more, and after faults
    that no picture is to blame for; Broken says which. ``prepare`` may wrap what was loaded.
    """
    # Ctrl-C reaches the whole terminal; the bot decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        parts = prepare(_load(settings, pipe.send))
        pipe.send(Ready(parts.model.info))
        _serve(parts, settings, pipe)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        log.info("the bot is gone; the worker ends")


def _load(settings: WorkerSettings, tell: Callable[[WorkerEvent], None]) -> Parts:
    try:
        tell(Loading("starting"))
        # A model that is gone is told at once: the imports below take seconds.
        log.info("weights: %s", settings.files.unet_weights)
        if settings.compile_cache is not None:
            # torch reads it once; an owner's own word goes first.
            os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(settings.compile_cache))
        quiet()
        from bot.engine.parts import load_parts

        return load_parts(settings, tell)
    except BotError as error:
        tell(Broken(str(error), traceback.format_exc()))
    except Exception as error:
        tell(Broken(f"The model could not be loaded: {error}", traceback.format_exc()))
    raise SystemExit(1)


def _serve(parts: Parts, settings: WorkerSettings, pipe: Connection) -> None:
    from bot.engine.batch import DeviceLost
    from bot.engine.serve import Worker

    fault: Exception
    try:
        Worker(parts, settings, pipe.send).serve(pipe)
        return
    except DeviceLost as error:
        sentence, fault = "The graphics card stopped answering.", error
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        sentence, fault = "The engine met a fault that it could not go on from.", error
    # What led there goes to the bot, which keeps it for the owner.
    log.error("%s %s", sentence, fault)
    pipe.send(Broken(sentence, "".join(traceback.format_exception(fault))))
    raise SystemExit(1)


def quiet() -> None:
    """No bars and no advice on stderr: a worker's log is the owner's."""
    import transformers

    # Before diffusers, whose import makes transformers advise.
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
