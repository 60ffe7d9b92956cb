"""Presets: what somebody keeps of a request under a name of their own."""

from __future__ import annotations

import unicodedata

from bot.core.draft import Draft
from bot.core.errors import InvalidRequest, NotFound
from bot.core.job import Job, Place
from bot.prompt.normalise import clean
from bot.prompt.reader import shown
from bot.services.keeping import KeepingService
from bot.storage.jobs import JobStore
from bot.storage.presets import Preset, PresetStore

__all__ = ["MOST", "MOST_NAME", "Preset", "PresetService"]

MOST = 25
"""Presets of one person: as many as Discord offers at once while somebody types."""
MOST_NAME = 40
"""Characters of a name."""


class PresetService:
    """Keeps presets, each for its owner alone; what they say is judged again whenever it is used."""

    def __init__(self, store: PresetStore, jobs: JobStore, keeping: KeepingService) -> None:
        self._store = store
        self._jobs = jobs
        self._keeping = keeping

    async def save(
        self,
        user_id: int,
        place: Place,
        name: str,
        draft: Draft,
        *,
        job_id: str | None = None,
        replace: bool = False,
    ) -> Preset:
        """Keep a draft, or a job's request with the draft's values in place of its own.

        Raises InvalidRequest for a name that is none or is taken (unless ``replace``), for one preset too
        many, for a draft that gives nothing, and for what could not be drawn; NotFound for a job that the
        person cannot see here; and what `KeepingService.require` raises.
        """
        name = named(name)
        if job_id is not None:
            draft = draft.over(await self._of_job(user_id, place, job_id))
        if not draft.given():
            raise InvalidRequest("There is nothing to save; give some options, or the id of a job.")
        await self._keeping.require(user_id, place.guild_id, draft, name)
        known = await self._store.get(user_id, name)
        if known is not None and not replace:
            raise InvalidRequest(
                "You have a preset {name} already; choose another name, or set replace to true.",
                name=shown(known.name),
            )
        preset = Preset(name, draft)
        if not await self._store.put(user_id, preset, MOST):
            raise InvalidRequest(
                "You have {most} presets, which is all that fit; delete one with /preset delete.", most=MOST
            )
        return preset

    async def get(self, user_id: int, name: str) -> Preset:
        """One of a person's own; raises NotFound, naming those there are."""
        found = await self._store.get(user_id, _plain(name))
        if found is not None:
            return found
        names = await self.names(user_id)
        if not names:
            raise NotFound("You have no presets yet; /preset save makes one.")
        raise NotFound(
            "You have no preset {name}; yours are {names}.",
            name=shown(name),
            names=", ".join(map(shown, names)),
        )

    async def all(self, user_id: int) -> list[Preset]:
        """A person's presets by name."""
        return await self._store.of(user_id)

    async def names(self, user_id: int) -> list[str]:
        """Their names alone."""
        return [preset.name for preset in await self._store.of(user_id)]

    async def delete(self, user_id: int, name: str) -> str:
        """Forget one, and return its name; raises NotFound as `get` does."""
        preset = await self.get(user_id, name)
        await self._store.delete(user_id, preset.name)
        return preset.name

    async def _of_job(self, user_id: int, place: Place, job_id: str) -> Draft:
        record = await self._jobs.get(job_id.strip().strip("`").lower())
        if record is None or not _seen(record.job, user_id, place):
            raise NotFound(
                "There is no job {job_id} that you can see here; its id stands under its result.",
                job_id=shown(job_id),
            )
        return Draft.of(record.job.request)


def named(text: str) -> str:
    """A name as it is kept; raises InvalidRequest for an empty, a too long or an unprintable one."""
    name = _plain(text)
    if not any(unicodedata.category(letter)[0] in "LNSP" for letter in name):
        raise InvalidRequest("The name of a preset needs letters or digits; nothing of that one can be seen.")
    if len(name) > MOST_NAME:
        raise InvalidRequest(
            "The preset's name has {number} characters; at most {most} fit.",
            number=len(name),
            most=MOST_NAME,
        )
    return name


def _plain(text: str) -> str:
    """Without what cannot be seen, on one line."""
    return " ".join(clean(text, "name", []).split())


def _seen(job: Job, user_id: int, place: Place) -> bool:
    """Whether somebody may have read a job's answer: their own, or one that was shown in the same channel."""
    public = not job.request.private and place.guild_id is not None
    return job.user_id == user_id or (public and place.channel_id == job.place.channel_id)
