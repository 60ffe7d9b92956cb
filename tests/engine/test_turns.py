"""Who comes when."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.job import Task
from bot.core.size import DEFAULT_SIZE
from bot.engine.turns import Turns


def task(name: str) -> Task:
    return Task(name, "1girl", None, DEFAULT_SIZE, 28, 7.0, "Euler a", (1,))


def names(turns: Turns) -> str:
    taken = ""
    while turns:
        taken += turns.take()[1].job_id
    return taken


def filled(*wishes: tuple[int, str]) -> Turns:
    turns = Turns()
    for owner, name in wishes:
        turns.put(owner, task(name))
    return turns


def test_people_take_turns_in_the_order_in_which_they_came() -> None:
    assert names(filled((1, "a"), (1, "b"), (1, "c"), (2, "d"), (3, "e"), (2, "f"))) == "adebfc"


def test_a_dropped_job_is_gone_and_the_others_keep_their_order() -> None:
    turns = filled((1, "a"), (2, "b"), (2, "c"))
    assert turns.drop("b")
    assert not turns.drop("b")
    assert names(turns) == "ac"
    assert not turns.drop("a")


owners = st.integers(0, 3)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.one_of(owners, st.none()), max_size=20), owners)
def test_what_is_told_beforehand_is_what_happens(wishes: list[int | None], asker: int) -> None:
    turns = Turns()
    for number, owner in enumerate(wishes):
        if owner is not None:
            turns.put(owner, task(f"{number},"))
        elif turns:
            turns.take()
    told = {each.job_id for each in turns.before(asker)}
    turns.put(asker, task("new"))
    order = [each.job_id for _, each in turns.order()]
    assert set(order[: order.index("new")]) == told
    assert "".join(order) == names(turns)
