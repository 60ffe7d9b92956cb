"""From latents to what is sent: pixels, their rating, and the PNG file with its recipe inside."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import torch

import bot
from bot.core.events import ModelInfo, Peek
from bot.core.job import Image as Record
from bot.core.job import Rendered, Task
from bot.engine.decode import Decoder
from bot.engine.denoise import Glimpse
from bot.engine.preview import Previewer
from bot.imaging import png
from bot.imaging.enlarge import enlarge
from bot.imaging.rating import Classifier, rate


class Finisher:
    """Makes files of one model's pictures; ``previewer`` is None where the model has no map for previews."""

    def __init__(
        self, model: ModelInfo, decoder: Decoder, previewer: Previewer | None, classifier: Classifier
    ) -> None:
        self._model = model
        self._decoder = decoder
        self._previewer = previewer
        self._classifier = classifier

    @property
    def previews(self) -> bool:
        """Whether unfinished pictures can be shown."""
        return self._previewer is not None

    def finish(self, task: Task, latents: torch.Tensor, rows: Sequence[int]) -> Rendered:
        """The finished picture; raises what `Decoder.decode` does."""
        picture = self._decoder.decode(latents)
        width, height = picture.size
        picture = enlarge(picture, task.enlarge)
        verdict = rate(self._classifier, picture)
        recipe = png.Recipe(
            positive=task.positive,
            negative=task.negative or "",
            steps=task.steps,
            sampler=task.sampler,
            cfg=task.cfg,
            seed=task.seed,
            width=width,
            height=height,
            model=self._model.name,
            model_hash=self._model.hash,
            version=f"animagine-bot {bot.__version__}",
            enlarged=task.enlarge,
            rows=tuple(rows),
        )
        file = png.encode(picture, recipe)
        digest = hashlib.sha256(file).hexdigest()
        record = Record(task.index, task.seed, picture.width, picture.height, digest, verdict, tuple(rows))
        return Rendered(record, file)

    def peek(self, task: Task, glimpse: Glimpse) -> Peek | None:
        """The picture so far, rated like any; None where the model shows none."""
        if self._previewer is None:
            return None
        picture = self._previewer.picture(glimpse, task.enlarge)
        file = io.BytesIO()
        picture.save(file, "PNG")
        return Peek(task.job_id, task.index, file.getvalue(), rate(self._classifier, picture))
