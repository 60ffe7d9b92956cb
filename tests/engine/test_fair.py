"""Whose picture is next: fair shares by weight, refunds, and a short lane that nobody can game."""

from __future__ import annotations

import collections
import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.job import Task
from bot.engine.fair import FairQueue, Ticket
from tests.engine.tasks import picture, pictures

SHORT = 10


def queue(short_steps: int = SHORT) -> FairQueue:
    """A step costs 1."""
    return FairQueue(lambda task: float(task.steps), short_steps)


def taken(queue: FairQueue) -> str:
    names = ""
    while (ticket := queue.take()) is not None:
        names += ticket.task.job_id
    return names


def filled(*wishes: tuple[int, str]) -> FairQueue:
    waiting = queue()
    for owner, name in wishes:
        waiting.put(owner, pictures(name))
    return waiting


def test_people_take_turns_in_the_order_in_which_they_came() -> None:
    assert taken(filled((1, "a"), (1, "b"), (1, "c"), (2, "d"), (3, "e"), (2, "f"))) == "adebfc"


def test_a_newcomer_goes_before_the_backlog_of_others_but_not_before_their_share() -> None:
    waiting = filled(*((1, name) for name in "abcd"))
    assert [waiting.take(), waiting.take()] != [None, None]
    waiting.put(2, pictures("x"))
    waiting.put(2, pictures("y"))
    assert taken(waiting) == "xcyd"


def test_a_picture_that_does_not_fit_waits_for_its_turn_without_holding_up_others() -> None:
    waiting = filled((1, "a"), (2, "b"))
    ticket = waiting.take(lambda task: task.job_id != "a")
    assert ticket is not None and ticket.task.job_id == "b"
    assert taken(waiting) == "a"


def test_twice_the_weight_is_served_twice_as_much() -> None:
    waiting = queue()
    for number in range(30):
        waiting.put(1, pictures(f"{number}"), 2.0)
        waiting.put(2, pictures(f"{number}"), 1.0)
    served = collections.Counter(ticket.owner for _ in range(30) if (ticket := waiting.take()))
    assert served == {1: 20, 2: 10}


def test_a_dropped_job_is_gone_and_the_others_keep_their_order() -> None:
    waiting = filled((1, "a"), (2, "b"), (2, "b2"), (2, "c"))
    assert waiting.drop("b") == 1
    assert waiting.drop("b") == 0
    assert waiting.drop("b2") == 1
    assert taken(waiting) == "ac"
    assert waiting.take() is None


def test_what_was_not_used_is_given_back() -> None:
    waiting = filled((1, "a"), (2, "b"), (1, "c"), (2, "d"), (1, "e"))
    first = waiting.take()
    assert first is not None
    waiting.refund(first, 1.0)
    # The first person's picture cost them nothing, so they are as far as they were: before the second.
    assert taken(waiting) == "bcde"


def test_a_refund_cannot_be_saved_up() -> None:
    waiting = filled((1, "a"), *((2, name) for name in "bcdefg"))
    first = waiting.take()
    assert first is not None
    while len(waiting) > 2:
        waiting.take()
    waiting.refund(first, 1.0)
    for name in "xyz":
        waiting.put(1, pictures(name))
    assert taken(waiting) == "xfygz"


def test_short_pictures_go_before_long_ones_that_came_at_the_same_time() -> None:
    waiting = queue()
    waiting.put(1, pictures("a", steps=28))
    waiting.put(2, pictures("b", steps=SHORT))
    assert [task.job_id for _, task in waiting.order()] == ["b", "a"]
    assert taken(waiting) == "ba"


def test_the_lane_takes_only_short_pictures_of_those_who_are_not_ahead() -> None:
    waiting = queue()
    waiting.put(1, pictures("long", 3, steps=28))
    assert waiting.take_short() is None
    assert waiting.take() is not None
    waiting.put(2, pictures("s", 3, steps=5))
    assert waiting.take_short() is not None
    assert waiting.take_short() is None, "the second must wait until the others had their share"
    assert waiting.take() is not None  # the second of s
    assert waiting.take() is not None  # the third
    waiting.put(2, pictures("t", steps=5))
    assert waiting.take_short() is None
    later = waiting.take()
    assert later is not None and later.task.job_id == "t"


def test_without_short_steps_there_is_no_lane() -> None:
    waiting = queue(short_steps=0)
    waiting.put(1, pictures("a", steps=1))
    assert waiting.take_short() is None


def test_at_rest_nobody_owes_anything() -> None:
    waiting = filled((1, "a"))
    waiting.take()
    waiting.rest()
    waiting.put(1, pictures("b"))
    waiting.put(2, pictures("c"))
    assert taken(waiting) == "bc"


owners = st.integers(0, 3)
steps = st.integers(1, 60)
weights = st.sampled_from([0.5, 1.0, 3.0])


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.one_of(st.tuples(owners, steps, weights), st.none()), max_size=24), owners, steps, weights)
def test_what_is_told_beforehand_is_what_happens(
    wishes: list[tuple[int, int, float] | None], asker: int, asked: int, weight: float
) -> None:
    waiting = queue()
    for number, wish in enumerate(wishes):
        if wish is None:
            waiting.take()
        else:
            waiting.put(wish[0], pictures(f"{number}", 2, steps=wish[1]), wish[2])
    told = list(waiting.order(pictures("new", steps=asked), asker, weight))
    waiting.put(asker, pictures("new", steps=asked), weight)
    assert list(waiting.order()) == told
    assert [(ticket.owner, ticket.task) for _ in told if (ticket := waiting.take())] == told


@dataclasses.dataclass
class Served:
    """What was given to each person, by weight, while all of them had something waiting."""

    weight: dict[int, float]
    work: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    largest: dict[int, float] = dataclasses.field(default_factory=dict)

    def add(self, ticket: Ticket, used: float) -> None:
        cost = ticket.task.steps / self.weight[ticket.owner]
        self.work[ticket.owner] += used * cost
        self.largest[ticket.owner] = max(cost, self.largest.get(ticket.owner, 0.0))

    def check(self) -> None:
        for one in self.weight:
            for other in self.weight:
                apart = self.work[one] - self.work[other]
                assert apart <= self.largest.get(one, 0.0) + 60 / self.weight[other] + 1e-9


# What a person asks for: a few long pictures, or as many short ones as make the same work.
habits = st.sampled_from([(60, 1), (28, 2), (10, 6), (1, 60)])
# How a picture comes to the front: the usual way, or the lane; and how much of it is used before a cancel.
moves = st.lists(st.tuples(st.booleans(), st.sampled_from([1.0, 1.0, 0.5, 0.0])), max_size=40)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(habits, weights), min_size=2, max_size=4), moves)
def test_nobody_gets_ahead_by_splitting_by_the_lane_or_by_cancelling(
    people: list[tuple[tuple[int, int], float]], moves: list[tuple[bool, float]]
) -> None:
    waiting = queue()
    for owner, ((steps, count), weight) in enumerate(people):
        for number in range(40 * 60 // (steps * count)):
            waiting.put(owner, pictures(f"{owner}-{number}", count, steps=steps), weight)
    served = Served({owner: weight for owner, (_, weight) in enumerate(people)})
    for by_lane, used in moves:
        ticket = waiting.take_short() if by_lane else waiting.take()
        if ticket is not None:
            waiting.refund(ticket, 1 - used)
            served.add(ticket, used)
        served.check()


def test_a_cost_that_is_learnt_meanwhile_counts_from_the_next_picture_on() -> None:
    price = 1.0
    waiting = FairQueue(lambda task: price, SHORT)
    waiting.put(1, pictures("a", 2))
    ticket = waiting.take()
    assert ticket == Ticket(1, picture("a"), 1.0)
    price = 2.0
    ticket = waiting.take()
    assert ticket is not None and ticket.charge == 2.0


def fits_nothing(task: Task) -> bool:
    return False


@pytest.mark.parametrize("way", ["take", "take_short"])
def test_nothing_that_fits_is_nothing(way: str) -> None:
    waiting = queue()
    waiting.put(1, pictures("a", steps=1))
    assert getattr(waiting, way)(fits_nothing) is None
    assert len(waiting) == 1
