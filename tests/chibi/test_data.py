"""The drawn pictures on disk: buckets, resumption, and captions for training."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from bot.chibi.captions import CARD_NEGATIVE
from bot.chibi.data import BUCKETS, draw_pool, draw_subject, load_pools, pick_pool, training_caption


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pool")
    draw_pool(path, 36, "test", 1)
    return path


def test_buckets_are_the_cards_nine_sizes_divided_by_eight() -> None:
    card = {
        (1024, 1024), (1152, 896), (896, 1152), (1216, 832), (832, 1216),
        (1344, 768), (768, 1344), (1536, 640), (640, 1536),
    }  # fmt: skip
    assert {(width * 8, height * 8) for width, height in BUCKETS} == card
    assert sum(BUCKETS.values()) == 100


def test_pool_holds_pictures_and_their_subjects(folder: Path) -> None:
    pools = load_pools(folder)
    assert [pool.size for pool in pools] == list(BUCKETS)
    for pool in pools:
        batch = pool.batch([0, 1])
        assert batch.shape == (2, 3, pool.size[1], pool.size[0])
        assert float(batch.min()) >= -1
        assert float(batch.max()) <= 1
        key = f"test:{pool.size[0]}x{pool.size[1]}:1"
        assert (pool.subjects[1], pool.negative[1]) == draw_subject(key)


def test_pool_is_drawn_once(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    draw_pool(folder, 36, "test", 1)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_buckets_are_drawn_by_their_shares(folder: Path) -> None:
    pools, rng = load_pools(folder), random.Random(0)
    picked = [pick_pool(pools, rng) for _ in range(2000)]
    assert 0.25 < picked.count(0) / 2000 < 0.35


def test_captions_hold_the_cards_list_mostly_for_the_pictures_drawn_for_it() -> None:
    rng = random.Random(0)
    found: dict[bool, list[str]] = {True: [], False: []}
    for index in range(1500):
        subject, negative = draw_subject(f"captions:{index}")
        found[negative].append(training_caption(subject, negative, rng))
    card = ", ".join(CARD_NEGATIVE)
    assert sum(card in text for text in found[True]) > 0.5 * len(found[True])
    assert 0.08 < sum(card in text for text in found[False]) / len(found[False]) < 0.25
    assert 0.02 < sum(text == "" for text in found[False]) / len(found[False]) < 0.07


def test_pictures_are_the_same_for_the_same_seed(folder: Path, tmp_path: Path) -> None:
    draw_pool(tmp_path, 36, "test", 1)
    for one, two in zip(load_pools(folder), load_pools(tmp_path), strict=True):
        assert torch.equal(one.batch([0]), two.batch([0]))
