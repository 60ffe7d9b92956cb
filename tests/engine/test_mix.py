"""Any mix of pictures, joining, leaving and cancelled in any order: each is what the stock pipeline draws."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import numpy.typing as npt
import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.events import Left, Stepped, Undrawn, WorkerEvent
from bot.core.job import Task
from bot.core.size import SIZES
from bot.engine.loader import Loaded
from bot.engine.messages import Cancel, Submit
from bot.engine.models import ModelFiles
from bot.engine.samplers import SAMPLERS
from tests.engine.script import Script, parts, pixels, serve, task
from tests.engine.test_denoise import STOCK

# Few words, sizes and numbers, so that the stock pipeline need not draw all of them anew.
WISHES = st.builds(
    task,
    st.just("?"),
    seed=st.integers(0, 2),
    steps=st.integers(1, 4),
    size=st.sampled_from([SIZES[4], SIZES[7]]),
    positive=st.sampled_from(["1girl", "night, moon"]),
    negative=st.sampled_from(["bad", "", None]),
    cfg=st.sampled_from([1.0, 4.0, 7.0]),
    sampler=st.sampled_from([*SAMPLERS]),
)
JOINS = st.lists(st.tuples(st.integers(0, 6), WISHES, st.booleans()), min_size=2, max_size=6)
"""After how many steps of anybody a picture joins, which, and whether it is cancelled two steps later."""


@pytest.fixture(scope="module")
def stock(tiny_folder: Path, loaded: Loaded) -> Any:
    """Levels of the stock pipeline's picture for a task; each distinct one is drawn once."""
    pipe = StableDiffusionXLPipeline.from_pretrained(tiny_folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)

    @functools.cache
    def draw(wish: Task) -> npt.NDArray[np.int16]:
        theirs = getattr(diffusers, STOCK[wish.sampler])
        pipe.scheduler = theirs.from_config(loaded.pipe.scheduler.config, **SAMPLERS[wish.sampler].settings)
        width, height = loaded.native(wish.size)
        picture = pipe(
            wish.positive,
            negative_prompt=wish.negative,
            width=width,
            height=height,
            num_inference_steps=wish.steps,
            guidance_scale=wish.cfg,
            generator=torch.Generator("cpu").manual_seed(wish.seed),
            output_type="pil",
        ).images[0]
        return np.asarray(picture, np.int16)

    return draw


def run(joins: list[tuple[int, Task, bool]], files: ModelFiles, loaded: Loaded, seats: int) -> Script:
    """Serve pictures that come and go while others run."""
    left = sorted(
        (
            (when, dataclasses.replace(wish, job_id=str(number)), stays)
            for number, (when, wish, stays) in enumerate(joins)
        ),
        key=lambda join: join[0],
    )
    script = Script(Submit(left.pop(0)[1]))
    leaving = {str(number) for number, (_, _, stays) in enumerate(joins) if not stays}

    def act(event: WorkerEvent) -> None:
        steps = len(script.told(Stepped))
        while left and (left[0][0] <= steps or not isinstance(event, Stepped)):
            script.commands.append(Submit(left.pop(0)[1]))
        if isinstance(event, Stepped) and event.step == 2 and event.job_id in leaving:
            script.commands.append(Cancel(event.job_id))

    script.at = act
    return serve(script, files, parts(loaded), seats)


@settings(deadline=None, max_examples=8)
@given(joins=JOINS, seats=st.sampled_from([1, 2, 4]))
def test_any_mix_is_what_the_stock_pipeline_draws(
    joins: list[tuple[int, Task, bool]],
    seats: int,
    tiny_files: ModelFiles,
    loaded: Loaded,
    stock: Any,
) -> None:
    script = run(joins, tiny_files, loaded, seats)
    drawn, gone = script.drawn(), {event.job_id for event in script.told(Left)}
    assert not script.told(Undrawn)
    assert {job for job, _ in drawn} | gone == {str(number) for number in range(len(joins))}
    assert all(not stays for number, (_, _, stays) in enumerate(joins) if str(number) in gone)
    for number, (_, wish, _) in enumerate(joins):
        if (picture := drawn.get((str(number), 0))) is None:
            continue
        found = pixels(picture.png)
        assert np.abs(found - stock(dataclasses.replace(wish, job_id="?"))).max() <= 1
        if len(picture.image.rows) == 1:
            # Drawn again at the count of its receipt, among nobody.
            again = dataclasses.replace(wish, rows=picture.image.rows[0])
            assert serve(Script(Submit(again)), tiny_files, parts(loaded)).drawn()["?", 0].png == picture.png
