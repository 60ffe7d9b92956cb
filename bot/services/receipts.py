"""A job's receipt: exactly what drew its pictures, and whether this bot would draw them so again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from bot.core.errors import BotError
from bot.core.events import JobEvent, Ready
from bot.core.job import Image, Job, Place
from bot.core.language import say
from bot.core.recipe import Recipe
from bot.engine.inventory import kind_of, libraries
from bot.services.imagine import Asker
from bot.services.seen import seen
from bot.storage.jobs import JobStore, Record
from bot.storage.pictures import PictureFiles


class Inventory(Protocol):
    """What is drawn with here; implemented by `bot.engine.inventory.Inventory`."""

    async def model_hash(self, name: str | None) -> str | None: ...

    async def lora_hash(self, name: str) -> str | None: ...

    @property
    def upscaler(self) -> str | None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """A job, its pictures' records, and what the first file says that is still here.

    ``obstacle`` is a clause that says why a picture would not be drawn so again, None where all would;
    ``exact`` says that they would have the same bytes then, not only pixels within one level of 255.
    """

    job: Job
    images: tuple[Image, ...]
    model: str
    recipe: Recipe | None
    obstacle: str | None
    exact: bool


class ReceiptService:
    """Reads receipts out of the files themselves; ``read`` raises BotError for a file without one."""

    def __init__(
        self,
        jobs: JobStore,
        files: PictureFiles,
        sources: PictureFiles,
        inventory: Inventory,
        read: Callable[[bytes], Recipe],
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._sources = sources
        self._inventory = inventory
        self._read = read
        self._devices: set[str] = set()

    def note(self, event: JobEvent) -> None:
        """Remember on what kinds of device workers draw."""
        if isinstance(event, Ready):
            self._devices.add(kind_of(event.model.device))

    async def of(self, job_id: str, asker: Asker, place: Place) -> Receipt:
        """The receipt of a job; raises NotFound for one that is gone or that they may not see."""
        record = await seen(self._jobs, job_id, asker.id, place)
        recipes = [await self._recipe(image) for image in record.images]
        known = [recipe for recipe in recipes if recipe is not None]
        obstacle = await self._obstacle(record, recipes)
        return Receipt(
            record.job,
            record.images,
            record.model or "",
            known[0] if known else None,
            obstacle,
            all(len(image.rows) == 1 for image in record.images),
        )

    async def _recipe(self, image: Image) -> Recipe | None:
        file = await self._files.read(image.sha256)
        if file is None:
            return None
        try:
            return await asyncio.to_thread(self._read, file)
        except BotError:
            return None

    async def _obstacle(self, record: Record, recipes: list[Recipe | None]) -> str | None:
        if not recipes:
            return say("there is no picture of it")
        for recipe in recipes:
            if recipe is None:
                return say("its file is gone, or says nothing of what drew it")
            async for why in self._differences(record.job, recipe):
                return why
        return None

    async def _differences(self, job: Job, recipe: Recipe) -> AsyncIterator[str]:
        """A clause for everything that is not here as it was."""
        model = await self._inventory.model_hash(job.request.model)
        if model is None:
            yield say("the model {name} is not here any more", name=recipe.model)
        elif not recipe.model_hash or not model.startswith(recipe.model_hash):
            yield say("the model here has other weights")
        for lora, digest in recipe.loras:
            own = await self._inventory.lora_hash(lora.name)
            if own is None:
                yield say("the LoRA {name} is not here any more", name=lora.name)
            elif not own.startswith(digest):
                yield say("the LoRA {name} here is another one", name=lora.name)
        for sha256 in () if job.request.source is None else job.request.source.files:
            if not self._sources.path(sha256).exists():
                yield say("the picture that it began from is gone")
        enlarges = self._inventory.upscaler or LANCZOS
        if max(recipe.enlarged, recipe.upscaled) > 1 and recipe.upscaler != enlarges:
            yield say(
                "it was enlarged by {then}, here it would be by {now}", then=recipe.upscaler, now=enlarges
            )
        if not recipe.libraries or not recipe.device:
            yield say("its file does not say which libraries drew it")
        elif recipe.libraries != libraries():
            yield say("it was drawn with {then}, here is {now}", then=recipe.libraries, now=libraries())
        if recipe.device and recipe.device not in self._devices:
            here = ", ".join(sorted(self._devices)) or "?"
            yield say("it was drawn on {then}, here draws {now}", then=recipe.device, now=here)


LANCZOS = "Lanczos"
"""What receipts call the enlarging that needs no network (`bot.imaging.enlarge`); it is always here."""
