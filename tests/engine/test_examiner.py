"""The process that looks at what people send: what it answers, and what becomes of one that dies."""

from __future__ import annotations

import dataclasses
import io
import os
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.chibi.draw import draw
from bot.chibi.subject import random_subject
from bot.config import Config
from bot.core.errors import InvalidRequest
from bot.core.rating import Rating
from bot.engine.classifiers import ClassifierFiles
from bot.engine.examiner import Examiner
from bot.models import classifiers_of
from bot.policy.verdicts import may_show
from tests.imaging import onnx_models


def drawing(rating: str) -> bytes:
    rng, data = random.Random(5), io.BytesIO()
    subject = dataclasses.replace(random_subject(rng), rating=rating)
    draw(subject, 416, 608, rng).save(data, "JPEG", quality=95)
    return data.getvalue()


@pytest.fixture
async def examiner() -> AsyncIterator[Examiner]:
    opened = Examiner(classifiers_of(Config()), "cpu")
    yield opened
    await opened.close()


async def test_pictures_are_told_apart_and_a_death_costs_one_of_them(examiner: Examiner) -> None:
    good = await examiner.examine(drawing("general"), drawing("general"))
    assert Image.open(io.BytesIO(good.png)).size == (good.width, good.height) == (416, 608)
    assert good.mask is not None and may_show(good.verdict, Rating.GENERAL)
    sign = await examiner.examine(drawing("explicit"))
    assert not may_show(sign.verdict, Rating.GENERAL)
    with pytest.raises(InvalidRequest, match="no picture"):
        await examiner.examine(b"<svg/>")
    process = examiner._process
    assert process is not None and process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with pytest.raises(InvalidRequest, match="in time"):
        await examiner.examine(drawing("general"))
    assert (await examiner.examine(good.png)).png == good.png


async def test_without_its_classifier_nothing_is_used(tmp_path: Path) -> None:
    examiner = Examiner(ClassifierFiles(rating=tmp_path), "cpu")
    with pytest.raises(InvalidRequest):
        await examiner.examine(drawing("general"))
    await examiner.close()


async def test_tags_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    names = ["general", "sensitive", "questionable", "explicit", "smile", "frown"]
    files = ClassifierFiles(describer=onnx_models.tagger(tmp_path / "tagger", tags=names))
    examiner = Examiner(files, "cpu")
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    try:
        found = await examiner.examine(file.getvalue(), tagged=True)
        assert found.verdict.fault is None and found.tags is not None
        assert [(tag.name, tag.category) for tag in found.tags] == [("smile", "general")]
        assert (await examiner.examine(file.getvalue())).tags is None
        with pytest.raises(InvalidRequest, match="no picture"):
            await examiner.examine(b"no picture", tagged=True)
    finally:
        await examiner.close()
