"""What a storm is judged by, and that its plan is made by its seed alone."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from bot.bench import storm_plan
from bot.bench.storm_judge import Judge
from bot.bench.storm_records import Accepted, Closed, Judgement, Storage
from bot.cli import main
from bot.sandbox.ledger import Deed, Entry

BOT, MIKA, PLACE, JOB, ANSWER = "1", "2", "3", "abcd1234", "100"
SHA = "aa" * 32
ACCEPTED = Accepted(JOB, ANSWER, PLACE, MIKA, direct=False, private=False, at=1.0)


def entry(deed: Deed, at: float, **changes: Any) -> Entry:
    shown = Entry(at, deed, ANSWER, PLACE, BOT, None, "9", False, "1girl", (), ())
    return dataclasses.replace(shown, **changes)


QUEUED = entry("created", 1.0, custom_ids=(f"cancel:{JOB}",))
DRAWN = entry("changed", 5.0, text=f"AI-generated\n{JOB}", files=((f"{JOB}-1.png", SHA),))


def kept(state: str = "done", error: str | None = None, **changes: Any) -> Storage:
    done = state == "done"
    storage = Storage(
        jobs={JOB: {"id": JOB, "state": state, "error": error, "finished_at": 4.0}},
        images=[{"job_id": JOB, "position": 0, "sha256": SHA}] if done else [],
        leases=[{"job_id": JOB, "state": "spent" if done else "refunded", "pictures": int(done)}],
        files=frozenset({f"pictures/aa/{SHA}.png"} if done else ()),
    )
    return dataclasses.replace(storage, **changes)


def judged(
    entries: list[Entry], storage: Storage, *closed: Closed, accepted: Accepted = ACCEPTED
) -> Judgement:
    return Judge(entries, BOT).judge([accepted], closed, storage)


def test_a_picture_in_the_answer_is_delivered_and_the_books_are_right() -> None:
    preview = entry("changed", 3.0, files=((f"{JOB}-preview-1.png", "bb"),))
    found = judged([QUEUED, preview, DRAWN], kept())
    assert found == Judgement(delivered=[JOB])


@pytest.mark.parametrize(
    ("storage", "word"),
    [
        (kept(), "neither pictures nor why not"),
        (kept(jobs={}), "no database"),
        (kept("running"), "for ever"),
        (kept("failed", "The engine stopped."), "neither pictures nor why not"),
    ],
)
def test_what_nobody_was_told_of_is_lost(storage: Storage, word: str) -> None:
    found = judged([QUEUED], storage)
    assert found.lost == [JOB] and not found.delivered and not found.failed
    assert any(word in line for line in found.why if line.startswith("lost"))


def test_a_sentence_is_a_visible_end() -> None:
    told = entry("changed", 4.0, text=f"No picture\nThe engine stopped.\n{JOB}")
    assert judged([QUEUED, told], kept("failed", "The engine stopped.")) == Judgement(failed=[JOB])


def test_nobody_waits_for_an_answer_that_was_deleted_unless_its_channel_went() -> None:
    gone = entry("deleted", 3.0)
    assert judged([QUEUED, gone], kept("cancelled", "Gone.")).failed == [JOB]
    channel = Closed(PLACE, 3.0, deleted=True)
    assert judged([QUEUED, gone], kept("cancelled", "Gone."), channel).lost == [JOB]


def test_the_history_counts_once_its_asker_was_told_and_the_place_was_shut() -> None:
    notice = entry("created", 9.0, message_id="200", channel_id="4", viewer_id=MIKA, text=f"see `{JOB}`")
    shut = Closed(PLACE, 2.0, 6.0)
    assert judged([QUEUED], kept(), shut).lost == [JOB]
    assert judged([QUEUED, notice], kept()).lost == [JOB]
    assert judged([QUEUED, notice], kept(), Closed(PLACE, 9.5)).lost == [JOB]
    assert judged([QUEUED, notice], kept(), shut) == Judgement(failed=[JOB])
    to_another = dataclasses.replace(notice, viewer_id="5")
    assert judged([QUEUED, to_another], kept(), shut).lost == [JOB]


def test_a_second_message_with_the_pictures_is_twice_though_the_first_was_deleted() -> None:
    again = dataclasses.replace(DRAWN, deed="created", message_id="200", at=7.0)
    for entries in ([QUEUED, DRAWN, again], [QUEUED, DRAWN, entry("deleted", 6.0, files=DRAWN.files), again]):
        found = judged(entries, kept())
        assert found.twice == [JOB] and found.delivered == [JOB]
    edited_again = dataclasses.replace(DRAWN, at=8.0)
    assert not judged([QUEUED, DRAWN, edited_again], kept()).twice
    doubled = dataclasses.replace(DRAWN, files=DRAWN.files * 2)
    assert judged([QUEUED, doubled], kept()).twice == [JOB]


def test_a_private_job_in_its_channel_has_leaked() -> None:
    private = dataclasses.replace(ACCEPTED, private=True)
    answer = [dataclasses.replace(each, viewer_id=MIKA) for each in (QUEUED, DRAWN)]
    direct = dataclasses.replace(DRAWN, message_id="200", channel_id="4")
    assert not judged([*answer, direct], kept(), accepted=private).leaked
    posted = dataclasses.replace(DRAWN, message_id="200")
    assert judged([*answer, posted], kept(), accepted=private).leaked == [JOB]


def test_leases_are_held_against_what_was_delivered() -> None:
    lease = {"job_id": JOB, "pictures": 1}
    assert judged([QUEUED, DRAWN], kept(leases=[{**lease, "state": "held"}])).held == [JOB]
    for leases in ([], [{**lease, "state": "refunded"}], [{**lease, "state": "spent", "pictures": 2}]):
        assert judged([QUEUED, DRAWN], kept(leases=leases)).mismatched == [JOB]
    spent = kept("failed", "x", leases=[{**lease, "state": "spent"}])
    assert judged([QUEUED], spent).mismatched == [JOB]


def test_files_and_records_need_each_other() -> None:
    files = frozenset({"pictures/bb/other.png", "pictures/aa/half.part"})
    found = judged([QUEUED, DRAWN], kept(files=files))
    assert found.orphan_files == sorted(files)
    assert found.orphan_records == [f"pictures/aa/{SHA}.png"]


def test_the_same_seed_makes_the_same_plan() -> None:
    plan = storm_plan.make(60, 3)
    assert plan == storm_plan.make(60, 3) != storm_plan.make(60, 4)
    assert len(plan.asks) == 60
    assert [deed.turn for deed in plan.deeds] == sorted(deed.turn for deed in plan.deeds)
    assert all(0 < deed.turn < 120 for deed in plan.deeds)
    kinds = {deed.kind for deed in plan.deeds}
    assert {"kill bot", "kill worker", "spoil answers", "expire tokens", "deny", "delete channel"} <= kinds
    gone = {deed.target for deed in plan.deeds if deed.kind == "delete channel"}
    assert 0 < len(gone) < plan.places


def test_the_plan_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "storm", "--jobs", "12", "--seed", "5", "--plan"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(storm_plan.make(12, 5).as_json()))


def test_so_few_jobs_are_no_storm(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "storm", "--jobs", "3"]) == 1
    assert "at least 4" in capsys.readouterr().err
