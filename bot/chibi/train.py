"""The whole training, from nothing to the shipped folders; every finished part is kept."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors.torch import save_file

from bot.chibi.data import draw_pool, load_pools
from bot.chibi.export import assemble, export
from bot.chibi.latents import encode_pools, fit_preview, load_latents
from bot.chibi.meter import Meter, load_meter
from bot.chibi.pairs import draw_pairs
from bot.chibi.rating import RatingNet, export_onnx
from bot.chibi.tagger import TagNet, export_tagger
from bot.chibi.train_crew import launch
from bot.chibi.train_loop import Stage, final_file, load_weights
from bot.chibi.train_readers import train_meter, train_rating
from bot.chibi.train_tagger import train_tagger
from bot.chibi.train_text import make_tokenizer, train_text
from bot.chibi.train_unet import Lesson, train_unet
from bot.chibi.train_upscaler import train_upscaler
from bot.chibi.train_vae import level_vae, train_decoder, train_vae
from bot.chibi.upscaler import Upscaler, save_upscaler
from bot.chibi.vae import load_shipped

log = logging.getLogger(__name__)

POOL = "pool"
VAE = "vae"
PICTURES = 26_000

PAIRS = "pairs"
PAIR_COUNT = 360
TAGS = "tags"
TAG_PICTURES = 9000

TEXT = Stage("text", steps=1800, rate=2e-3)
CROPS = Stage("vae-crops", steps=2600, rate=2e-3, final=0.3, average=0.998, weight_decay=0.0)
WHOLE = Stage("vae-whole", steps=1500, rate=1e-3, average=0.998, weight_decay=0.0)
DECODER = Stage("decoder", steps=800, rate=8e-4, average=0.998, weight_decay=0.0)
METER = Stage("meter", steps=2000, rate=4e-3, average=0.98)
RATING = Stage("rating", steps=450, rate=3e-3, average=0.98)
UPSCALER = Stage("upscaler", steps=1500, rate=2e-3, average=0.998, weight_decay=0.0)
TAGGER = Stage("tagger", steps=620, rate=4e-3, average=0.99)

UNET: tuple[tuple[Stage, Lesson], ...] = (
    (
        Stage("unet-align", steps=2400, rate=1.2e-3, warmup=200, final=0.75, rates={"encoders": 0.2}),
        Lesson(batch=16, text=True, offset=0.0, top=1.0, start="", start_text="text"),
    ),
    (
        Stage("unet-refine", steps=8600, rate=1.1e-3, final=0.02),
        Lesson(batch=16, text=False, offset=0.0357, top=1.0, start="unet-align", start_text="unet-align"),
    ),
    (
        Stage("unet-aesthetic", steps=150, rate=5e-5, warmup=20, final=0.1),
        Lesson(batch=16, text=False, offset=0.0357, top=3.0, start="unet-refine", start_text="unet-align"),
    ),
)
"""The model card's three stages: feature alignment (with the text encoders), refining, aesthetic
tuning."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for.

    Attributes:
        work: where pictures, checkpoints and weights of stages are kept.
        model: where the diffusers folder goes.
        rating: where the rating classifier goes.
        tagger: where the tagger goes.
        scale: multiplies every stage's steps and the number of pictures; 1 is the shipped run.
        workers: processes, one thread each.
    """

    work: Path
    model: Path
    rating: Path
    tagger: Path
    scale: float = 1.0
    workers: int = 2


def scaled(stage: Stage, scale: float) -> Stage:
    """Return the stage with its steps multiplied."""
    return replace(
        stage, steps=max(1, round(stage.steps * scale)), warmup=max(1, round(stage.warmup * min(1, scale)))
    )


def train(options: Options, part: str = "all") -> None:
    """Train everything that is not there yet, or one part ("model", "upscaler", "tagger"), and export it."""
    if part in ("all", "model"):
        train_model(options)
    if part in ("all", "upscaler"):
        train_and_ship_upscaler(options)
    if part in ("all", "tagger"):
        train_and_ship_tagger(options)


def train_model(options: Options) -> None:
    """Train the model with its meter and its rating classifier."""
    work, scale, workers = options.work, options.scale, options.workers
    make_tokenizer(work)
    log.info("drawing")
    draw_pool(work / POOL, round(PICTURES * scale), "chibi", workers)
    launch(workers, train_text, work, scaled(TEXT, scale), 16)
    launch(workers, train_vae, work, POOL, scaled(CROPS, scale), 4, False, "")
    launch(workers, train_vae, work, POOL, scaled(WHOLE, scale), 2, True, CROPS.name)
    launch(workers, level_vae, work, POOL, WHOLE.name, VAE)
    launch(workers, encode_pools, work, POOL, VAE)
    for stage, lesson in UNET:
        launch(workers, train_unet, work, POOL, scaled(stage, scale), lesson)
    launch(workers, train_decoder, work, POOL, scaled(DECODER, scale), 2, VAE)
    launch(1, train_meter, work, POOL, scaled(METER, scale), 32, DECODER.name)
    launch(workers, train_rating, work, POOL, scaled(RATING, scale), 24, DECODER.name)
    ship(options)


def ship(options: Options) -> None:
    """Export the finished stages: the diffusers folder, its preview map and meter, the rating classifier."""
    work = options.work
    pools = load_pools(work / POOL)
    latents = load_latents(pools)
    last = UNET[-1][0].name
    pipeline = assemble(
        work / "tokenizer",
        final_file(work, last, "encoders"),
        final_file(work, last, "unet"),
        final_file(work, DECODER.name, "vae"),
    )
    export(pipeline, options.model)
    fit_preview(pools, latents, options.model / "preview.json")
    meter = Meter()
    load_weights(meter, final_file(work, METER.name, "meter"))
    save_file(
        {
            key: value.half() if value.is_floating_point() else value
            for key, value in meter.state_dict().items()
        },
        options.model / "meter.safetensors",
    )
    (options.model / "meter.safetensors").chmod(0o644)
    net = RatingNet()
    load_weights(net, final_file(work, RATING.name, "rating"))
    export_onnx(net, options.rating)
    log.info("exported to %s and %s", options.model, options.rating)


def train_and_ship_upscaler(options: Options) -> None:
    """Train the upscaler on drawings of two sizes and on what the exported autoencoder makes of the small."""
    work = options.work
    log.info("drawing at two sizes")
    count = round(PAIR_COUNT * options.scale)
    draw_pairs(work / PAIRS, count, "pairs", load_shipped(options.model), options.workers)
    launch(1, train_upscaler, work, PAIRS, scaled(UPSCALER, options.scale), 8)
    net = Upscaler()
    load_weights(net, final_file(work, UPSCALER.name, "upscaler"))
    save_upscaler(net, options.model / "upscaler.safetensors")


def train_and_ship_tagger(options: Options) -> None:
    """Train the tagger on drawings and on what the exported autoencoder makes of them."""
    work = options.work
    log.info("drawing to be tagged")
    draw_pool(work / TAGS, round(TAG_PICTURES * options.scale), "tags", options.workers)
    launch(1, train_tagger, work, TAGS, scaled(TAGGER, options.scale), 32, options.model)
    net = TagNet(load_meter(options.model / "meter.safetensors"))
    load_weights(net.reader, final_file(work, TAGGER.name, "tagger"))
    export_tagger(net, options.tagger)
    log.info("exported to %s", options.tagger)
