"""Drawing for a command line: policy's word, a worker of its own, the ceiling, and files."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import BotError, Refused
from bot.core.events import Drawn, Loading, Stepped, WorkerEvent
from bot.core.job import Rendered, Task, Verdict
from bot.core.prompt import Decision
from bot.core.rating import Rating

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models import Model


@dataclasses.dataclass(frozen=True, slots=True)
class Studio:
    """One model, and what policy said of one prompt under a ceiling."""

    config: Config
    model: Model
    ceiling: Rating
    decision: Decision

    def draw(
        self, tasks: Sequence[Task], on_event: Callable[[WorkerEvent], None] = lambda event: None
    ) -> list[Drawn]:
        """The pictures of one job, in their order.

        Raises Refused for a prompt that was denied, and BotError for a source or a picture above the
        ceiling, beside what `bot.engine.local.render` raises.
        """
        from bot.engine.local import render
        from bot.policy.policy import explain

        if not self.decision.allowed:
            raise Refused(explain(self.decision), self.decision)
        self._require_source(tasks[0])
        report = _report if sys.stderr.isatty() else _keep_quiet

        def hear(event: WorkerEvent) -> None:
            on_event(event)
            report(event)

        drawn = render(self.model.settings, tasks, hear)
        if not all(self._shows(each.picture.image.verdict) for each in drawn):
            raise BotError(
                f"The picture came out above {self.ceiling.word}, so it was not written; "
                "another seed or plainer tags may work."
            )
        return drawn

    def _require_source(self, task: Task) -> None:
        """Rate the picture that others begin from before it is used."""
        if task.start is None:
            return
        from bot.engine.classifiers import open_rater
        from bot.imaging.opening import open_picture

        settings = self.model.settings
        rater = open_rater(settings.classifiers, "cpu", settings.threads, settings.rating_seconds)
        if not self._shows(rater.rate(open_picture(task.start.picture))):
            raise BotError(f"The image to begin from is above {self.ceiling.word}; use another one.")

    def _shows(self, verdict: Verdict) -> bool:
        from bot.models import thresholds_of
        from bot.policy.verdicts import may_show

        thresholds = thresholds_of(self.config)
        return may_show(verdict, self.ceiling, thresholds, age_context=self.decision.age_context)


def check_target(out: Path) -> None:
    """Raise BotError unless a PNG file can be written there."""
    if not out.parent.is_dir():
        raise BotError(f"There is no folder {out.parent} to write {out.name} into.")
    if out.suffix.lower() != ".png":
        raise BotError(f"{out.name} should end in .png, since a PNG file is what will be written.")


def write(out: Path, pictures: Sequence[Rendered]) -> list[Path]:
    """Write one picture to a file, or several to numbered ones; raises BotError."""
    names = (
        [out]
        if len(pictures) == 1
        else [out.with_name(f"{out.stem}-{number}{out.suffix}") for number in range(1, len(pictures) + 1)]
    )
    try:
        for name, picture in zip(names, pictures, strict=True):
            name.write_bytes(picture.png)
    except OSError as error:
        raise BotError(f"The picture could not be written: {error}.") from None
    return names


def read(file: Path, most: int) -> bytes:
    """The bytes of a file, one more than ``most`` of a larger one; raises BotError."""
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise BotError(f"{file} cannot be read: {error.strerror or error}.") from None


def verdict_of(picture: Rendered) -> dict[str, float | str]:
    """What was said of a picture, for JSON."""
    verdict = picture.image.verdict
    return {
        "rating": verdict.likeliest.word,
        **{each.word: round(getattr(verdict, each.word), 4) for each in Rating},
        "source": verdict.source,
    }


def _keep_quiet(event: WorkerEvent) -> None:
    """Nobody watches."""


def _report(event: WorkerEvent) -> None:
    match event:
        case Loading(what):
            print(f"{what} …", file=sys.stderr)
        case Stepped(_, index, step, steps):
            end = "\n" if step == steps else ""
            print(f"\rpicture {index + 1}: step {step} of {steps}", end=end, file=sys.stderr, flush=True)
