"""From latents to what is sent: pixels, their rating, and the PNG file with its recipe inside."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import torch
from PIL import Image

import bot
from bot.core.events import ModelInfo, Peek
from bot.core.job import Image as Record
from bot.core.job import Rendered, Task
from bot.core.recipe import Recipe
from bot.engine import hires, inventory
from bot.engine.decode import Decoder
from bot.engine.denoise import Glimpse
from bot.engine.preview import Previewer
from bot.imaging import png
from bot.imaging.enlarge import Upscaler, enlarged
from bot.imaging.rating import Rater


class Finisher:
    """Makes files of one model's pictures; ``previewer`` is None where the model has no map for previews.

    ``loras`` are the names and hashes of those that the pictures were drawn with.
    ``upscaler`` enlarges pictures; None leaves that to Lanczos.
    """

    def __init__(
        self,
        model: ModelInfo,
        decoder: Decoder,
        previewer: Previewer | None,
        rater: Rater,
        loras: Sequence[tuple[str, str]] = (),
        upscaler: Upscaler | None = None,
    ) -> None:
        self._loras = dict(loras)
        self._model = model
        self._decoder = decoder
        self._previewer = previewer
        self._rater = rater
        self._upscaler = upscaler
        self._libraries = inventory.libraries()

    @property
    def previews(self) -> bool:
        """Whether unfinished pictures can be shown."""
        return self._previewer is not None

    def finish(self, task: Task, latents: torch.Tensor, rows: Sequence[int]) -> Rendered:
        """The finished picture; raises what `Decoder.decode` does."""
        picture = self._decoder.decode(latents)
        width, height = _first_size(picture, latents) if task.hires else picture.size
        picture, upscaler = enlarged(picture, task.upscale, self._upscaler)
        if task.enlarge > 1:
            picture, upscaler = enlarged(picture, task.enlarge, self._upscaler)
        verdict = self._rater.rate(picture)
        recipe = Recipe(
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
            upscaled=task.upscale,
            upscaler=upscaler,
            rows=tuple(rows),
            hires=task.hires,
            vary=task.vary,
            strength=task.start.strength if task.start else None,
            source=_digest(task.start.picture) if task.start else "",
            mask=_digest(task.start.mask) if task.start and task.start.mask else "",
            loras=tuple((lora, self._loras[lora.name]) for lora in task.loras),
            schedule=task.schedule,
            guidance=task.guidance,
            device=inventory.kind_of(self._model.device),
            libraries=self._libraries,
        )
        file = png.encode(picture, recipe)
        digest = _digest(file)
        record = Record(task.index, task.seed, picture.width, picture.height, digest, verdict, tuple(rows))
        return Rendered(record, file)

    def peek(self, task: Task, glimpse: Glimpse) -> Peek | None:
        """The picture so far, rated like any; None where the model shows none."""
        if self._previewer is None:
            return None
        picture = self._previewer.picture(glimpse, task.enlarge)
        file = io.BytesIO()
        picture.save(file, "PNG")
        return Peek(task.job_id, task.index, file.getvalue(), self._rater.rate(picture))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _first_size(picture: Image.Image, latents: torch.Tensor) -> tuple[int, int]:
    """Width and height of the first pass, whose picture was never decoded."""
    rows, columns = latents.shape[2:]
    scale = picture.width // columns
    return hires.before(columns) * scale, hires.before(rows) * scale
