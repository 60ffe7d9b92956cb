"""Made-up people, tags and jobs for the database's bench.

People have different shares of the jobs: the first of 2,000 has a twentieth, most have a few hundred of a
million. Prompts have 6 to 18 of 140,000 tags, about as long as Danbooru's, common ones more often.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from bot.core.job import Image, Job, JobState, Place, Reply, Verdict, new_job_id
from bot.core.prompt import Prompt
from bot.core.request import Request
from bot.prompt import vocabulary
from bot.prompt.dictionary import Entry

PEOPLE, TAGS, CHANNELS = 2_000, 140_000, 500
EVERYWHERE = "masterpiece"
"""A word that every job has."""


class World:
    """Made-up people, tags and jobs; the same seed makes the same."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.people = [self._random.randrange(10**17, 10**18) for _ in range(PEOPLE)]
        self.tags = list(itertools.islice(self._names(), TAGS))
        self._tag_weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(TAGS)))
        self._person_weights = list(itertools.accumulate(1 / (rank + 1) ** 0.8 for rank in range(PEOPLE)))
        self._made = 0

    def entries(self) -> list[Entry]:
        """The tags as an owner would import them."""
        return [
            Entry(
                tag, "general", count=10_000_000 // (rank + 3), aliases=(tag[::-1],) if rank % 3 == 0 else ()
            )
            for rank, tag in enumerate(self.tags)
        ]

    def person(self) -> int:
        """Somebody; whoever has more jobs comes more often."""
        return self._random.choices(self.people, cum_weights=self._person_weights)[0]

    def some_tags(self, count: int) -> list[str]:
        """Different tags, the common ones more often."""
        found = self._random.choices(self.tags, cum_weights=self._tag_weights, k=count)
        return list(dict.fromkeys(found))

    def channel(self) -> int:
        """One of the channels in which jobs are asked for."""
        return 10**18 + self.below(CHANNELS)

    def below(self, limit: int) -> int:
        """A number from 0 on."""
        return self._random.randrange(limit)

    def moment(self, number: int) -> float:
        """When the job of that number was accepted, in Unix seconds."""
        return 1.7e9 + 17.5 * number

    def job(self) -> Job:
        """The next job, as it is when it is accepted."""
        self._made += 1
        typed = ", ".join(self.some_tags(self._random.randint(6, 18)))
        place = Place(10**18 + self.below(50), self.channel())
        positive = f"{EVERYWHERE}, best quality, {typed}, rating: general"
        return Job(
            id=new_job_id(),
            user_id=self.person(),
            place=place,
            request=Request(typed),
            prompt=Prompt(positive, vocabulary.NEGATIVE, 45, 60, 75),
            seed=self._random.getrandbits(32),
            state=JobState.QUEUED,
            created_at=self.moment(self._made),
            reply=Reply("t" * 180, 2e9),
            message_id=10**18 + self._made,
        )

    def image(self, job: Job) -> Image:
        """What came of it."""
        some = [self._random.random() ** 3 for _ in range(4)]
        general, sensitive, questionable, explicit = (share / sum(some) for share in some)
        verdict = Verdict(general, sensitive, questionable, explicit, "anime_dbrating")
        return Image(0, job.seed, 832, 1216, f"{self._random.getrandbits(256):064x}", verdict, (2,))

    def _names(self) -> Iterator[str]:
        syllables = [first + second for first in "bdfghklmnprstvyz" for second in "aeiou"]
        words = [
            "".join(self._random.choices(syllables, k=self._random.randint(1, 4))) for _ in range(20_000)
        ]
        seen = set()
        while True:
            name = " ".join(self._random.choices(words, k=self._random.choice((1, 1, 1, 2, 2, 3))))
            if name not in seen:
                seen.add(name)
                yield name
