"""Calls that fail: no picture is lost for another's sake, and memory that ran out teaches a cap."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
import torch

from bot.core.events import Capped, Took, Undrawn
from bot.core.size import DEFAULT_SIZE, SIZES
from bot.engine.caps import PATIENCE, Caps
from bot.engine.denoise import Denoiser, Slot
from bot.engine.encode import Encoder
from bot.engine.messages import Submit
from bot.engine.models import ModelFiles
from bot.engine.rows import divide, padded
from tests.engine.script import Script, serve, task
from tests.engine.script import parts as own_parts

if TYPE_CHECKING:
    from bot.engine.loader import Loaded

SIZE = DEFAULT_SIZE


class Hungry(Denoiser):
    """Has memory for so many rows; the call fails only after the model has answered."""

    def __init__(self, loaded: Loaded, most: int, failures: int = 1000) -> None:
        def unet(sample: torch.Tensor, *args: Any, **more: Any) -> Any:
            answer = loaded.pipe.unet(sample, *args, **more)
            if len(sample) > most and self.failures:
                self.failures -= 1
                raise torch.OutOfMemoryError("CUDA out of memory")
            return answer

        super().__init__(loaded, Encoder(loaded.pipe, 2**20), unet)
        self.failures = failures
        self.rooms = 0

    def make_room(self) -> None:
        self.rooms += 1


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def test_memory_that_runs_out_splits_the_batch_and_changes_no_picture(
    loaded: Loaded, tiny_files: ModelFiles
) -> None:
    tasks = [task("a", index, seed=index, steps=3, sampler="DPM++ 2M SDE Karras") for index in range(4)]
    alone = serve(Script(*map(Submit, tasks)), tiny_files, own_parts(loaded), max_batch=1).drawn()
    hungry = Hungry(loaded, most=2)
    script = serve(Script(*map(Submit, tasks)), tiny_files, own_parts(loaded, denoiser=hungry))
    assert script.told(Capped) == [Capped(SIZE, 2), Capped(SIZE, 1)]
    assert hungry.rooms == 3  # eight rows, and four of them twice
    assert [took.rows for took in script.told(Took)] == [2] * 12
    for key, picture in script.drawn().items():
        assert picture.image.rows == (2,)
        assert picture.png == alone[key].png
    assert script.drawn().keys() == alone.keys()


def test_one_picture_is_tried_twice_and_then_refused_with_the_reason(
    loaded: Loaded, tiny_files: ModelFiles
) -> None:
    other = task("b", size=SIZES[0], cfg=1.0)
    script = serve(
        Script(Submit(task("a")), Submit(other)), tiny_files, own_parts(loaded, denoiser=Hungry(loaded, 1))
    )
    (undrawn,) = script.told(Undrawn)
    assert undrawn.job_id == "a"
    assert undrawn.sentence == (
        "The memory of the engine does not hold 2 rows of 832x1216; try a smaller size."
    )
    assert list(script.drawn()) == [("b", 0)]
    hungry = Hungry(loaded, 1, failures=1)
    script = serve(Script(Submit(task("a"))), tiny_files, own_parts(loaded, denoiser=hungry))
    assert list(script.drawn()) == [("a", 0)]
    assert script.told(Capped) == []


def test_a_wished_row_count_is_never_split(loaded: Loaded, tiny_files: ModelFiles) -> None:
    script = serve(
        Script(Submit(task("a", rows=8))), tiny_files, own_parts(loaded, denoiser=Hungry(loaded, 4))
    )
    (undrawn,) = script.events
    assert "does not hold 8 rows" in undrawn.sentence


def test_a_fault_that_only_one_brings_is_not_the_others(loaded: Loaded, tiny_files: ModelFiles) -> None:
    class Picky(Denoiser):
        def predict(self, slots: Sequence[Slot], count: int | None = None) -> list[torch.Tensor]:
            if any(slot.steps == 5 for slot in slots):
                raise RuntimeError("no fives at 0x7f")
            return super().predict(slots, count)

    picky = Picky(loaded, Encoder(loaded.pipe, 2**20))
    tasks = [task("a"), task("b", steps=5), task("c")]
    script = serve(Script(*map(Submit, tasks)), tiny_files, own_parts(loaded, denoiser=picky))
    (undrawn,) = script.told(Undrawn)
    assert (undrawn.job_id, undrawn.sentence) == ("b", "The engine could not draw this.")
    assert "0x7f" in undrawn.detail
    assert set(script.drawn()) == {("a", 0), ("c", 0)}


def test_a_decoder_without_memory_gives_the_reason(loaded: Loaded, tiny_files: ModelFiles) -> None:
    from bot.engine.decode import Decoder

    class Full(Decoder):
        def decode(self, latents: torch.Tensor) -> Any:
            raise torch.OutOfMemoryError("CUDA out of memory")

    script = serve(Script(Submit(task("a"))), tiny_files, own_parts(loaded, decoder=Full(loaded)))
    (undrawn,) = script.told(Undrawn)
    assert undrawn.sentence == (
        "The engine's memory does not hold a picture of 832x1216; try a smaller size."
    )


def test_a_cap_is_probed_upward_slowly_and_more_slowly_after_each_failure() -> None:
    caps = Caps()
    assert caps.most(SIZE, 8) == 8
    assert caps.failed(SIZE, 8) == 4
    assert caps.failed(SIZE, 4) == 2
    assert (caps.most(SIZE, 8), caps.most(SIZES[0], 8)) == (2, 8)
    patience = PATIENCE * 2
    for _ in range(patience):
        assert caps.most(SIZE, 8) == 2
        assert caps.worked(SIZE, 1) is None
        assert caps.worked(SIZE, 2) is None
    assert caps.most(SIZE, 8) == 4
    assert caps.failed(SIZE, 4) is None
    for _ in range(2 * patience):
        assert caps.most(SIZE, 8) == 2
        caps.worked(SIZE, 2)
    assert caps.most(SIZE, 8) == 4
    assert caps.worked(SIZE, 4) == 4
    assert caps.most(SIZE, 8) == 4


class Strip:
    def __init__(self, width: int) -> None:
        self.width = width


def test_rows_are_filled_up_to_powers_of_two() -> None:
    assert [padded(rows) for rows in range(1, 9)] == [1, 2, 4, 4, 8, 8, 8, 8]


@pytest.mark.parametrize(
    ("widths", "limit", "slack", "calls"),
    [
        ([2, 1, 2, 1, 1, 2], 4, 0, [[2, 2], [2, 1, 1], [1]]),
        ([2, 2, 2], 8, 2, [[2, 2, 2]]),
        ([2, 2, 2], 8, 0, [[2, 2], [2]]),
        ([2] * 5, 64, 2, [[2, 2, 2, 2], [2]]),
        ([1, 2], 8, 0, [[2], [1]]),
        ([1, 2], 8, 1, [[2, 1]]),
        ([2, 1, 2], 1, 2, [[2], [2], [1]]),
        ([2, 2], 8, 8, [[2, 2]]),
        ([], 4, 0, []),
    ],
)
def test_rows_are_shared_out_among_calls(
    widths: list[int], limit: int, slack: int, calls: list[list[int]]
) -> None:
    found = divide([Strip(width) for width in widths], limit, slack)
    assert [[strip.width for strip in call] for call in found] == calls
