"""The queue's embed and controls: within Discord's limits, whatever people typed, and found again by id."""

from __future__ import annotations

import pytest

from bot.engine.state import Condition, Forecast, QueuedJob
from bot.services.queue import LISTED, OthersJob, OwnJob, QueueView
from bot.ui import queue
from bot.ui.cancel import CancelButton, cancel_view
from tests.ui.test_embeds import HOSTILE


def own(number: int, *, running: bool = False, prompt: str = "1girl, smile") -> OwnJob:
    queued = QueuedJob(f"job{number:05}", 7, 1, running, 3 if running else 0, 28, 9.0)
    return OwnJob(queued, prompt, None if running else Forecast(number, 40.0, True))


def view(
    *mine: OwnJob, engine: Condition = "ready", note: str = "", others: tuple[OthersJob, ...] = ()
) -> QueueView:
    return QueueView(mine, (1, 2), (1, 5), engine, note, others)


def test_own_jobs_have_their_place_or_their_progress() -> None:
    shown = str(queue.queue_embed(view(own(1, running=True), own(2))).to_dict())
    for said in ("step 3 of 28, about 9 s left", "2 jobs go first", "job00002", "1 running, 2 waiting", "5"):
        assert said in shown


def test_it_fits_whatever_people_typed() -> None:
    many = [own(number, prompt=HOSTILE) for number in range(30)]
    embed = queue.queue_embed(view(*many, note=HOSTILE, engine="degraded"))
    assert len(embed) <= 6000 and all(len(field.value or "") <= 1024 for field in embed.fields)
    assert "@everyone" not in str(embed.to_dict()) and "20 more" in str(embed.to_dict())
    menu = queue.queue_view(view(*many)).to_components()[0]["components"][0]
    assert len(menu["options"]) == queue.SHOWN
    assert all(0 < len(option["label"]) <= 100 for option in menu["options"])


@pytest.mark.parametrize("engine", ["ready", "loading", "degraded", "dead"])
def test_the_engines_condition_is_told_in_words(engine: Condition) -> None:
    embed = queue.queue_embed(view(engine=engine, note="The engine hung."))
    assert embed.fields[-1].name == "Engine" and "The engine hung." in (embed.fields[-1].value or "")
    assert len(queue.queue_view(view()).children) == 1


def test_the_controls_are_found_by_their_ids() -> None:
    (button,) = cancel_view("abcdefgh").children
    assert isinstance(button, CancelButton)
    match = CancelButton.__discord_ui_compiled_template__.fullmatch(button.custom_id)
    assert match is not None and match["job"] == "abcdefgh"
    assert CancelButton.__discord_ui_compiled_template__.fullmatch("cancel:") is None
    for item in queue.queue_view(view(own(1))).children:
        assert type(item).__discord_ui_compiled_template__.fullmatch(item.custom_id)  # type: ignore[attr-defined]


def test_others_jobs_fit_and_are_picked_by_their_ids() -> None:
    others = tuple(
        OthersJob(own(number, running=number == 0).queued, None if number == 1 else HOSTILE)
        for number in range(LISTED)
    )
    shown = view(own(1), others=others)
    embeds = queue.embeds_of(shown)
    said = str(embeds[1].to_dict())
    assert sum(map(len, embeds)) <= 6000 and "@everyone" not in said
    assert "<@7>" in said and "words not shown here" in said and "step 3 of 28" in said
    menus = [row["components"][0] for row in queue.queue_view(shown).to_components()][:2]
    assert [menu["custom_id"] for menu in menus] == ["queue:cancel", "queue:stop"]
    assert all(0 < len(each["label"]) <= 100 for each in menus[1]["options"])
    assert len(queue.embeds_of(view(own(1)))) == 1
