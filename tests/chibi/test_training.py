"""The stages on toy numbers: each runs, learns its own weights only, and the parts fit together."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.chibi import tokenizer
from bot.chibi.data import draw_pool, load_pools
from bot.chibi.latents import encode_pools
from bot.chibi.meter import FAMILIES, Meter
from bot.chibi.pairs import draw_pairs, load_pairs
from bot.chibi.subject import subject_from_tags
from bot.chibi.tagger import TABLE, TagNet, answer_rows, square
from bot.chibi.text import HIDDEN, POOLED, TextEncoders
from bot.chibi.train_loop import Crew, Stage, final_file, load_weights
from bot.chibi.train_readers import train_meter, train_rating
from bot.chibi.train_text import make_tokenizer, train_text
from bot.chibi.train_unet import Lesson, Noise, blank_some, face_weights, size_ids, train_unet
from bot.chibi.train_upscaler import train_upscaler
from bot.chibi.train_vae import level_vae, train_decoder, train_vae
from bot.chibi.unet import build_unet
from bot.chibi.upscaler import Upscaler
from bot.chibi.vae import build_vae

LESSON = Lesson(batch=2, text=False, offset=0.0357, top=3.0, start="", start_text="text")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("work")
    draw_pool(path / "pool", 36, "test", 1)
    make_tokenizer(path)
    train_vae(path, "pool", Stage("crops", 1, 1e-3), 2, False, "", Crew())
    level_vae(path, "pool", "crops", "vae", Crew())
    encode_pools(path, "pool", "vae", Crew())
    return path


def _weights(path: Path) -> torch.Tensor:
    from safetensors.torch import load_file

    return torch.cat([tensor.flatten() for _, tensor in sorted(load_file(path).items())])


def test_decoder_training_leaves_the_encoder_alone(work: Path) -> None:
    train_decoder(work, "pool", Stage("decoder", 1, 1e-3, warmup=1), 1, "vae", Crew())
    before, after = build_vae(), build_vae()
    load_weights(before, final_file(work, "vae", "vae"))
    load_weights(after, final_file(work, "decoder", "vae"))
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(before.encode(picture).latent_dist.mean, after.encode(picture).latent_dist.mean)
    assert not torch.equal(before.decoder.conv_out.weight, after.decoder.conv_out.weight)


def test_text_learns_only_where_the_lesson_says_so(work: Path) -> None:
    train_text(work, Stage("text", 1, 1e-3), 2, Crew())
    start = _weights(final_file(work, "text", "encoders"))
    train_unet(work, "pool", Stage("frozen", 1, 1e-3, warmup=1), LESSON, Crew())
    assert torch.equal(_weights(final_file(work, "frozen", "encoders")), start)
    taught = Lesson(batch=2, text=True, offset=0.0, top=1.0, start="frozen", start_text="frozen")
    train_unet(work, "pool", Stage("taught", 1, 1e-3, warmup=1), taught, Crew())
    assert not torch.equal(_weights(final_file(work, "taught", "encoders")), start)


def test_readers_learn_from_a_pool_that_lacks_some_ratings(work: Path) -> None:
    train_meter(work, "pool", Stage("meter", 1, 1e-3, warmup=1), 4, "vae", Crew())
    train_rating(work, "pool", Stage("rating", 1, 1e-3, warmup=1), 4, "vae", Crew())
    meter = Meter()
    load_weights(meter, final_file(work, "meter", "meter"))
    assert set(meter.eval().read(torch.zeros(1, 3, 152, 104))[0]) == set(FAMILIES)


def test_the_upscaler_learns_on_pairs_that_show_the_same(work: Path) -> None:
    draw_pairs(work / "pairs", 9, "test", build_vae().eval(), 1)
    small, large = load_pairs(work / "pairs")[0].crops(3, 32, random.Random(0))
    assert (small.shape, large.shape) == ((3, 3, 32, 32), (3, 3, 128, 128))
    first = load_pairs(work / "pairs")[0]
    shrunk = first.large[0].reshape(152, 4, 104, 4, 3).mean((1, 3))
    assert np.abs(shrunk - first.small[0, 0]).mean() < 6
    train_upscaler(work, "pairs", Stage("upscaler", 1, 1e-3, warmup=1), 2, Crew())
    net = Upscaler()
    load_weights(net, final_file(work, "upscaler", "upscaler"))
    assert net(small).shape == large.shape


def test_the_tagger_leaves_the_meters_layers_alone(work: Path) -> None:
    pool = load_pools(work / "pool")[0]
    net = TagNet(Meter())
    before = net.found(square(pool.batch([0]))).clone()
    loss = net(square(pool.batch([0, 1]))).square().mean()
    loss.backward()
    assert all(weight.grad is None for weight in net.narrow.parameters())
    assert torch.equal(net.found(square(pool.batch([0]))), before)
    rows = answer_rows(pool.subjects)
    assert rows.shape == (len(pool), len(TABLE)) and rows[:, :4].sum(1).eq(1).all()


def test_errors_count_more_where_the_face_is_and_alike_where_there_is_none() -> None:
    person = subject_from_tags(["1girl", "portrait"], random.Random(0))
    weights = face_weights(person, 13, 19)
    middle = weights[:, 6]
    assert weights.shape == (19, 13)
    assert weights[0].eq(1).all()
    assert middle.max() > 1
    assert weights[:, 0].max() == weights[:, 12].max()
    assert face_weights(replace(person, rating="explicit"), 13, 19).eq(1).all()
    assert face_weights(replace(person, subject="no humans"), 13, 19).eq(1).all()


def test_text_has_the_widths_that_the_denoiser_takes(work: Path) -> None:
    encoders = TextEncoders(tokenizer.load(work / "tokenizer"))
    text, pooled = encoders(["1girl, red hair", ""])
    assert text.shape == (2, 77, 2 * HIDDEN)
    assert pooled.shape == (2, POOLED)
    unet = build_unet()
    assert unet.config.cross_attention_dim == 2 * HIDDEN
    conditions = {"text_embeds": pooled, "time_ids": size_ids(104, 152, 2)}
    made = unet(torch.zeros(2, 4, 19, 13), torch.tensor([5, 900]), text, added_cond_kwargs=conditions).sample
    assert made.shape == (2, 4, 19, 13)


def test_noise_steps_are_weighted_to_min_snr() -> None:
    noise = Noise()
    ratio = noise.kept / (1 - noise.kept)
    assert torch.allclose(noise.often * noise.weight * 1000, ratio.clamp(max=5) / ratio, atol=1e-5)
    steps = noise.draw(64)
    assert steps.min() >= 0
    assert steps.max() <= 999
    assert (steps.diff() >= 0).all()


def test_blanked_rows_are_all_zero() -> None:
    text, pooled = blank_some(torch.ones(200, 77, 4), torch.ones(200, 3), 0.25, random.Random(0))
    rows = text.flatten(1).amax(1)
    assert torch.equal(rows, pooled.amax(1))
    assert 25 <= int((rows == 0).sum()) <= 75
