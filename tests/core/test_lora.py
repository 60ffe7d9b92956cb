"""LoRAs and fast profiles as people and owners write them."""

from __future__ import annotations

import pytest

from bot.core.errors import InvalidRequest
from bot.core.fast import Fast
from bot.core.lora import Lora, parse, written
from bot.core.request import Request


def test_loras_are_read_as_they_are_written() -> None:
    loras = (Lora("ink", 0.8), Lora("glow"))
    assert parse(" ink : 0.8,glow,") == loras
    assert parse(written(loras)) == loras
    assert parse("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a, b, c, d", "4 LoRAs are too many; at most 3 go together."),
        ("ink:3", "The weight 3 of the LoRA 'ink' is outside -2 to 2."),
        ("ink:nan", "The weight nan of the LoRA 'ink' is outside"),
        ("ink:much", "'much' is not a weight for the LoRA 'ink'"),
        ("ink:", "'' is not a weight for the LoRA 'ink'"),
        (":1", "':1' names no LoRA"),
        ("ink, ink:0.5", "The LoRA 'ink' is named twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=r"\.$") as caught:
        parse(text)
    assert said in str(caught.value)


def test_a_profile_sets_its_own_and_keeps_the_rest() -> None:
    fast = Fast("few", 10, 3.0, "Euler", "ays", loras=(Lora("lcm"),))
    made = fast.apply(Request("1girl", seed=4, loras=(Lora("ink"), Lora("lcm", 0.1))))
    assert (made.steps, made.cfg, made.sampler, made.seed) == (10, 3.0, "Euler", 4)
    assert made.loras == (Lora("lcm"), Lora("ink")) and fast.apply(made) == made
    assert not made.advice()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((20, 7.0, "Euler", "ays"), "ays has 10 steps"),
        ((10, 7.0, "DDIM", "ays"), "goes with Euler"),
        ((10, 7.0, "Euler", "best"), "'best' is not a schedule"),
        ((10, 7.0, "Euler", None, (0.5, 0.5)), "to a larger one"),
        ((0, 7.0, "Euler"), "0 steps are outside"),
        ((51, 1.0, "LCM"), "The sampler LCM has at most 50 steps, not 51"),
    ],
)
def test_a_profile_that_cannot_work_is_refused(values: tuple[object, ...], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        Fast("x", *values)  # type: ignore[arg-type]
