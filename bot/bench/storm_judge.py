"""What a storm did, told from outside: from what people were shown, and from what lies in the storage.

Nothing here asks the bot. A job is known by its id, which people see in the id of the button that cancels
it, in the embed's footer, in the names of the files, and in whatever the bot tells them of it later.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.bench.storm_records import DONE, Accepted, Closed, Judgement, Storage
from bot.sandbox.ledger import Entry

_CANCEL = re.compile(r"cancel:([0-9a-z]{8})$")
_PICTURE = re.compile(r"(?:SPOILER_)?([0-9a-z]{8})-[0-9]+\.png$")


def job_of(entry: Entry) -> str | None:
    """The job that a waiting or running answer is for."""
    found = (match[1] for key in entry.custom_ids if (match := _CANCEL.match(key)))
    return next(found, None)


class Judge:
    """Holds what people were shown against what is kept."""

    def __init__(self, entries: Iterable[Entry], bot_id: str) -> None:
        self._entries = [entry for entry in entries if entry.author_id == bot_id]
        self._of_message: dict[str, list[Entry]] = defaultdict(list)
        self._of_job: dict[str, set[str]] = defaultdict(set)
        """Messages that were ever about a job."""
        for entry in self._entries:
            self._of_message[entry.message_id].append(entry)
            for job_id in _jobs_in(entry):
                self._of_job[job_id].add(entry.message_id)

    def judge(self, accepted: Sequence[Accepted], closed: Sequence[Closed], kept: Storage) -> Judgement:
        """Everything that the storm is about."""
        found = Judgement()
        for job in accepted:
            self._fate(job, closed, kept, found)
        self._twice(kept, found)
        self._private(accepted, found)
        _books(self, kept, found)
        return found

    def posted(self, job_id: str) -> dict[str, int]:
        """The messages that ever held a job's pictures, and how many pictures at most."""
        found: dict[str, int] = {}
        for message_id in self._of_job.get(job_id, ()):
            counts = [_pictures(entry, job_id) for entry in self._of_message[message_id]]
            if max(counts):
                found[message_id] = max(counts)
        return found

    def _fate(self, job: Accepted, closed: Sequence[Closed], kept: Storage, found: Judgement) -> None:
        row = kept.jobs.get(job.job_id)
        if self.posted(job.job_id):
            found.delivered.append(job.job_id)
            return
        if row is None:
            why = "is in no database"
        elif row["state"] not in DONE:
            why = f"is {row['state']} for ever"
        elif (
            self._told(job.job_id, row["error"])
            or self._deleted(job, closed)
            or self._kept_back(job, row, closed, kept)
        ):
            found.failed.append(job.job_id)
            return
        else:
            why = f"is {row['state']}, but its asker was shown neither pictures nor why not"
        found.lost.append(job.job_id)
        found.why.append(f"lost: job {job.job_id} {why}; last shown: {self._last_shown(job)}")

    def _told(self, job_id: str, error: str | None) -> bool:
        """Whether somebody was shown the sentence with which a job ended."""
        shown = (entry for key in self._of_job.get(job_id, ()) for entry in self._of_message[key])
        return error is not None and any(error in entry.text for entry in shown)

    def _deleted(self, job: Accepted, closed: Sequence[Closed]) -> bool:
        """Whether somebody deleted a job's answer alone: then nobody waits for it any more."""
        last = self._of_message[job.message_id][-1]
        went = (each.since for each in closed if each.deleted and each.place == job.channel_id)
        return last.deed == "deleted" and all(last.at < since for since in went)

    def _kept_back(
        self, job: Accepted, row: Mapping[str, Any], closed: Sequence[Closed], kept: Storage
    ) -> bool:
        """Whether the history keeps pictures that could be shown nowhere, and their asker was told so."""
        ended = row["finished_at"] or job.at
        pictures = any(image["job_id"] == job.job_id for image in kept.images)
        shown = (entry for key in self._of_job[job.job_id] for entry in self._of_message[key])
        told = [
            entry.at
            for entry in shown
            if entry.message_id != job.message_id and entry.viewer_id == job.user_id and entry.at >= ended
        ]
        # It is delivered after its end, and then tried again for a while.
        shut = any(each.place in job.places and each.touches(job.at, at) for each in closed for at in told)
        # Whether a private answer arrived nobody can look up, so one that may have is kept and told of.
        return pictures and bool(told) and (shut or job.private)

    def _last_shown(self, job: Accepted) -> str:
        entry = self._of_message[job.message_id][-1]
        return f"{entry.deed} at {entry.at:.1f}, {' / '.join(entry.text.split())[:160]}"

    def _twice(self, kept: Storage, found: Judgement) -> None:
        drawn: dict[str, int] = defaultdict(int)
        for image in kept.images:
            drawn[image["job_id"]] += 1
        for job_id in kept.jobs:
            posted = self.posted(job_id)
            if len(posted) > 1 or any(count > max(1, drawn[job_id]) for count in posted.values()):
                found.twice.append(job_id)
                places = ", ".join(
                    f"{key} ({'deleted' if self._of_message[key][-1].deed == 'deleted' else 'there'})"
                    for key in sorted(posted)
                )
                found.why.append(f"twice: job {job_id} has its pictures in messages {places}")

    def _private(self, accepted: Sequence[Accepted], found: Judgement) -> None:
        for job in accepted:
            shown = (entry for key in self._of_job[job.job_id] for entry in self._of_message[key])
            if job.private and any(
                entry.viewer_id is None and entry.channel_id == job.channel_id and not job.direct
                for entry in shown
            ):
                found.leaked.append(job.job_id)
                found.why.append(f"leaked: job {job.job_id} is private and was shown in its channel")


def _books(judge: Judge, kept: Storage, found: Judgement) -> None:
    """Files against records, and leases against what was delivered."""
    records = {f"pictures/{image['sha256'][:2]}/{image['sha256']}.png" for image in kept.images}
    found.orphan_files = sorted(kept.files - records)
    found.orphan_records = sorted(records - kept.files)
    found.why += [f"orphan file: {name} is in no record" for name in found.orphan_files]
    found.why += [f"orphan record: {name} is not there" for name in found.orphan_records]
    images: dict[str, int] = defaultdict(int)
    for image in kept.images:
        images[image["job_id"]] += 1
    spent: dict[str, int] = defaultdict(int)
    for lease in kept.leases:
        if lease["state"] == "held":
            found.held.append(lease["job_id"])
            found.why.append(f"held: the lease of job {lease['job_id']} was never settled")
        elif lease["state"] == "spent":
            spent[lease["job_id"]] += lease["pictures"]
    for job_id in sorted(kept.jobs.keys() | spent.keys()):
        owed = images[job_id] or max(judge.posted(job_id).values(), default=0)
        if spent[job_id] != owed:
            found.mismatched.append(job_id)
            found.why.append(f"quota: job {job_id} spent {spent[job_id]} pictures and delivered {owed}")


def _jobs_in(entry: Entry) -> set[str]:
    """Jobs that an entry may be about: by its buttons, its files' names, or a word of its text."""
    found = {match[1] for key in entry.custom_ids if (match := _CANCEL.match(key))}
    found |= {match[1] for name, _ in entry.files if (match := _PICTURE.match(name))}
    found |= set(re.findall(r"\b[0-9a-hjkmnp-tv-z]{8}\b", entry.text))
    return found


def _pictures(entry: Entry, job_id: str) -> int:
    named = (_PICTURE.match(name) for name, _ in entry.files)
    return sum(match is not None and match[1] == job_id for match in named)
