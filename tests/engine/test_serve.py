"""The worker's loop with the tiny model: what it tells, in which order, and who waits for whom."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from bot.core.events import Drawn, Left, Loading, Peek, Ready, Stepped, Took, Undrawn, WorkerEvent
from bot.core.job import Task
from bot.core.size import DEFAULT_SIZE, SIZES, Size
from bot.engine.messages import Cancel, Stop, Submit, WorkerSettings
from bot.engine.models import ModelFiles
from bot.imaging.rating import Rater
from tests.engine.script import Script, parts, pixels, task
from tests.engine.script import serve as play
from tests.imaging.spoken import Spoken

if TYPE_CHECKING:
    from bot.engine.loader import Loaded

Serve = Callable[..., Script]


@pytest.fixture
def serve(loaded: Loaded, tiny_files: ModelFiles) -> Serve:
    def run(
        script: Script, max_batch: int = 1, *, changes: dict[str, Any] | None = None, **more: Any
    ) -> Script:
        return play(script, tiny_files, parts(loaded, **(changes or {})), max_batch, **more)

    return run


def test_a_picture_is_told_step_by_step_and_handed_over(serve: Serve) -> None:
    script = serve(Script(Submit(task("a", 3, seed=7, enlarge=2))))
    assert [type(event) for event in script.events] == [Stepped, Took, Stepped, Took, Drawn]
    assert script.told(Stepped) == [Stepped("a", 3, 1, 2), Stepped("a", 3, 2, 2)]
    assert [(took.size, took.rows) for took in script.told(Took)] == [(DEFAULT_SIZE, 2)] * 2
    (drawn,) = script.told(Drawn)
    image, png = drawn.picture.image, drawn.picture.png
    assert drawn.seconds > 0
    assert (image.index, image.seed, image.rows) == (3, 7, (2,))
    assert image.sha256 == hashlib.sha256(png).hexdigest()
    assert image.verdict.general == 0.97
    with Image.open(io.BytesIO(png)) as file:
        assert file.size == (image.width, image.height) == (208, 304)
        text = file.info["parameters"]
    assert "Seed: 7, Size: 104x152" in text
    assert text.endswith("Rows: 2")


def test_the_same_task_gives_the_same_bytes(serve: Serve) -> None:
    script = serve(Script(*(Submit(task(name, seed=seed)) for name, seed in (("a", 3), ("b", 3), ("c", 4)))))
    a, b, c = (script.drawn()[name, 0].png for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("threaded", [False, True])
def test_a_shared_step_changes_no_picture_by_more_than_a_level(serve: Serve, threaded: bool) -> None:
    tasks = [
        task("a", 0, steps=3),
        task("a", 1, steps=3, seed=2),
        task("b", seed=5, sampler="UniPC"),
        task("c", seed=6, size=SIZES[0]),
        task("d", seed=6, cfg=1.0, steps=5),
    ]
    alone = serve(Script(*map(Submit, tasks))).drawn()
    shared = serve(Script(*map(Submit, tasks)), max_batch=4, threaded=threaded).drawn()
    assert alone.keys() == shared.keys() == {each.key for each in tasks}
    for key, one in alone.items():
        assert np.abs(pixels(one.png) - pixels(shared[key].png)).max() <= 1
    assert {rows for each in shared.values() for rows in each.image.rows} <= {1, 2, 4, 8}
    assert [alone[each.key].image.rows for each in tasks] == [(2,), (2,), (2,), (2,), (1,)]


def test_a_wished_row_count_makes_a_picture_of_the_batch_again(serve: Serve) -> None:
    many = [Submit(task("a", index, seed=index, steps=3)) for index in range(4)]
    for key, picture in serve(Script(*many), max_batch=4).drawn().items():
        assert picture.image.rows == (8,)
        again = task(key[0], key[1], seed=key[1], steps=3, rows=8)
        assert serve(Script(Submit(again))).drawn()[key].png == picture.png


@pytest.mark.parametrize("rows", [0, 1, 3, 128])
def test_a_row_count_that_cannot_be_is_refused(
    serve: Serve, rows: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    (undrawn,) = serve(Script(Submit(task("a", rows=rows)))).events
    assert f"cannot be drawn {rows} rows at a time; use a power of two from 2" in undrawn.sentence


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_all_nine_sizes_are_drawn_at_the_models_own_scale(size: Size, serve: Serve) -> None:
    picture = serve(Script(Submit(task("a", steps=1, size=size)))).drawn()["a", 0]
    assert (picture.image.width, picture.image.height) == (size.width // 8, size.height // 8)


def test_buckets_take_turns_and_nobody_waits_for_a_whole_picture(serve: Serve) -> None:
    tasks = [task("a", steps=4), task("b", steps=4, size=SIZES[0]), task("c", steps=4)]
    script = serve(Script(*map(Submit, tasks)), max_batch=4)
    order = [event.job_id for event in script.told(Stepped)]
    assert order == ["a", "c", "b"] * 4


def test_a_latecomer_joins_at_the_next_step(serve: Serve) -> None:
    script = Script(Submit(task("a", steps=6)))

    def come(event: WorkerEvent) -> None:
        if event == Stepped("a", 0, 2, 6):
            script.commands.append(Submit(task("b", steps=2)))

    script.at = come
    serve(script, max_batch=4)
    assert [event.job_id for event in script.told(Stepped)] == [*"aaababaa"]
    assert [event.job_id for event in script.told(Drawn)] == ["b", "a"]
    assert script.drawn()["a", 0].image.rows == (2, 4)


def test_no_more_run_at_a_time_than_the_limit(serve: Serve) -> None:
    script = serve(Script(*(Submit(task("a", index)) for index in range(5))), max_batch=2)
    assert [took.rows for took in script.told(Took)] == [4, 4, 4, 4, 2, 2]
    assert len(script.drawn()) == 5


@pytest.mark.parametrize("threaded", [False, True])
def test_a_cancelled_job_leaves_at_the_next_step_and_the_others_go_on(serve: Serve, threaded: bool) -> None:
    script = Script(*(Submit(task("a", index, steps=9)) for index in range(4)), Submit(task("b")))

    def cancel(event: WorkerEvent) -> None:
        if event == Stepped("a", 1, 2, 9):
            script.commands += [Cancel("a"), Cancel("a")]

    script.at = cancel
    # Two run, one is made ready, one waits.
    serve(script, max_batch=2, threaded=threaded)
    assert [event for event in script.of("a") if not isinstance(event, Stepped)] == [
        Left("a", 3, 0),
        Left("a", 0, 2),
        Left("a", 1, 2),
        Left("a", 2, 0),
    ]
    assert ("b", 0) in script.drawn()


def test_cancelling_what_waits_what_is_done_and_what_never_was(serve: Serve) -> None:
    script = Script(Submit(task("a")), Submit(task("b")), Cancel("b"), Cancel("b"), Cancel("x"))

    def cancel(event: WorkerEvent) -> None:
        if isinstance(event, Drawn):
            script.commands.append(Cancel("a"))

    script.at = cancel
    serve(script)
    assert script.told(Left) == [Left("b", 0, 0)]
    assert list(script.drawn()) == [("a", 0)]


def test_a_job_cancelled_while_it_is_decoded_is_not_handed_over(serve: Serve, loaded: Loaded) -> None:
    from bot.engine.decode import Decoder

    script = Script(Submit(task("a", steps=1)), Submit(task("b", steps=3)))

    cancelled = threading.Event()

    class Slow(Decoder):
        """Is at the first picture until its job has been cancelled."""

        def decode(self, latents: Any) -> Image.Image:
            if not cancelled.is_set():
                script.commands.append(Cancel("a"))
                assert cancelled.wait(60)
            return super().decode(latents)

    script.at = lambda event: cancelled.set() if isinstance(event, Left) else None
    serve(script, max_batch=2, threaded=True, changes={"decoder": Slow(loaded)})
    assert script.of("a") == [Stepped("a", 0, 1, 1), Left("a", 0, 1)]
    assert list(script.drawn()) == [("b", 0)]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (task("a", sampler="PLMS"), "'PLMS' is not a sampler here"),
        (task("a", positive="(cat:9)"), "weight"),
        (task("a", positive="(cat:1e9)"), "weight"),
    ],
)
def test_a_picture_that_cannot_be_drawn_fails_alone(
    bad: Task, sentence: str, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    script = serve(Script(Submit(bad), Submit(task("b"))), max_batch=2)
    (undrawn,) = script.told(Undrawn)
    assert (undrawn.job_id, undrawn.index) == ("a", 0)
    assert sentence in undrawn.sentence
    assert ("b", 0) in script.drawn()


def test_a_classifier_that_fails_withholds_the_picture(serve: Serve) -> None:
    script = serve(Script(Submit(task("a"))), changes={"rater": Rater([Spoken(RuntimeError("gone"))])})
    assert script.drawn()["a", 0].image.verdict.fault == "the classifier failed: gone"


def test_stop_drops_what_runs(loaded: Loaded, tiny_files: ModelFiles) -> None:
    from bot.engine.serve import Worker

    script = Script(Submit(task("a")), Stop())
    Worker(parts(loaded), WorkerSettings(tiny_files), script.send).serve(script)  # type: ignore[arg-type]  # a pipe
    assert script.events == []


@pytest.mark.parametrize("threaded", [False, True])
def test_pictures_show_themselves_when_that_is_asked_for(
    serve: Serve, loaded: Loaded, threaded: bool
) -> None:
    from bot.engine.preview import SDXL, Previewer

    shown = {"previewer": Previewer(SDXL, loaded.pipe.scheduler, 8)}
    more: dict[str, Any] = {"changes": shown, "preview_every": 2, "threaded": threaded}
    # Threads may be late: a preview that is ready after its picture is not told of.
    steps = 60 if threaded else 7
    script = serve(Script(Submit(task("a", steps=steps, enlarge=2))), preview_seconds=0.0, **more)
    peeks = script.told(Peek)
    assert 1 <= len(peeks) <= 15 if threaded else len(peeks) == 2  # none in the first half
    for peek in peeks:
        assert (peek.job_id, peek.index, peek.verdict.general) == ("a", 0, 0.97)
        with Image.open(io.BytesIO(peek.png)) as image:
            assert image.size == (208, 304)
    assert script.told(Stepped)[-1] == Stepped("a", 0, steps, steps)
    assert not serve(Script(Submit(task("a", steps=7))), preview_seconds=1e9, **more).told(Peek)


def test_without_a_map_or_a_wish_there_are_no_previews(serve: Serve, loaded: Loaded) -> None:
    from bot.engine.preview import SDXL, Previewer

    one = Script(Submit(task("a", steps=5)))
    assert not serve(one, preview_every=1, preview_seconds=0.0).told(Peek)
    other = Script(Submit(task("a", steps=5)))
    shown = {"previewer": Previewer(SDXL, loaded.pipe.scheduler, 8)}
    assert not serve(other, preview_seconds=0.0, changes=shown).told(Peek)


class Kettle:
    """Two things to make ready."""

    def __init__(self) -> None:
        self.cold = 2

    def warm(self) -> bool:
        self.cold -= 1
        return True


def test_things_are_made_ready_only_when_nobody_waits(serve: Serve) -> None:
    kettle = Kettle()
    script = serve(Script(Submit(task("a"))), changes={"warmer": kettle})
    kinds = [type(event) for event in script.events if not isinstance(event, Took | Stepped)]
    assert kinds == [Drawn, Loading, Ready, Loading, Ready]
    assert kettle.cold == 0
