"""Settings read from files that anyone may have made: of four programs, and of people who mean ill."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from bot.core.errors import InvalidRequest
from bot.prompt import metadata
from bot.prompt.metadata import comfy, files, novelai, webui
from bot.prompt.metadata.settings import MAX_NAME, MAX_NAMES, MAX_PROMPT, Maker, Settings, clean

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT = (
    "1girl, (smile:1.2), <lora:ink:0.8>,\nnight\nNegative prompt: lowres,\nbad\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 12345, Size: 512x768, "
    'Model hash: abc, Model: paper, Clip skip: 2, Note: "a, b: c", Version: v1.9'
)


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return struct.pack(">I", size) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text(keyword: str, value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return SIGNATURE + chunk(b"tEXt", keyword.encode() + b"\0" + data) + chunk(b"IEND", b"")


def zipped(keyword: str, value: bytes) -> bytes:
    return SIGNATURE + chunk(b"zTXt", keyword.encode() + b"\0\0" + zlib.compress(value, 9))


def comment(encoded: bytes, form: str) -> bytes:
    exif, file = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8769)[0x9286] = encoded
    Image.new("RGB", (8, 8)).save(file, form, exif=exif)
    return file.getvalue()


def test_the_web_uis_text() -> None:
    found = metadata.read(text("parameters", TEXT))
    assert found == Settings(
        maker=Maker.WEBUI,
        positive="1girl, (smile:1.2), night",
        negative="lowres, bad",
        steps=20,
        cfg=6.5,
        sampler="DPM++ 2M",
        schedule="Karras",
        seed=12345,
        width=512,
        height=768,
        model="paper",
        loras=(("ink", 0.8),),
        others=("Clip skip", "Note"),
    )


@pytest.mark.parametrize(
    "file",
    [
        zipped("parameters", TEXT.encode()),
        SIGNATURE + chunk(b"iTXt", b"parameters\0\0\0en\0x\0" + TEXT.encode()),
        SIGNATURE + chunk(b"iTXt", b"parameters\0\1\0\0\0" + zlib.compress(TEXT.encode())),
        SIGNATURE + chunk(b"IDAT", bytes(9)) + text("parameters", TEXT)[8:],
        *(comment(b"UNICODE\0" + TEXT.encode(code), form) for form in ("JPEG", "WEBP")
          for code in ("utf-16-be", "utf-16-le", "utf-16")),
        comment(b"ASCII\0\0\0" + TEXT.encode(), "JPEG"),
        comment(bytes(8) + TEXT.encode(), "WEBP"),
    ],
)  # fmt: skip
def test_every_way_to_keep_a_text_is_read(file: bytes) -> None:
    assert metadata.read(file) == metadata.read(text("parameters", TEXT))


def test_letters_beyond_latin_are_kept() -> None:
    for data in ("初音ミク, café".encode(), "café".encode("latin-1")):
        assert "café" in metadata.read(text("parameters", data + b"\nSteps: 5")).positive


def test_this_bots_own_receipt() -> None:
    own = (
        f"1girl\nSteps: 5, Seed: 4294967295, Version: {webui.OWN} 1.0, Variation seed: 7, Hires upscale: 1.5"
    )
    found = metadata.read(
        text("parameters", own + ", Variation seed strength: 0.25, Denoising strength: 0.55")
    )
    assert (found.maker, found.vary, found.hires, found.begun) == (Maker.SELF, (7, 0.25), True, False)
    assert metadata.read(text("parameters", own.replace(webui.OWN, "v1"))).vary is None
    assert metadata.read(text("parameters", "1girl\nSteps: 5, Denoising strength: 0.5")).begun


GRAPH: dict[str, Any] = {
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    "2": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 9, "steps": 4, "cfg": 2, "sampler_name": "heun", "scheduler": "simple", "denoise": 0.5,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["3", 0],
        },
    },
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": ["20", 0], "steps": 20, "cfg": 8, "sampler_name": "dpmpp_2m", "scheduler": "karras",
            "model": ["10", 0], "positive": ["12", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl\\paper.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["21", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "lowres", "clip": ["4", 1]}},
    "10": {"class_type": "LoraLoader",
           "inputs": {"lora_name": "a/ink.safetensors", "strength_model": 0.7, "model": ["4", 0]}},
    "12": {"class_type": "ConditioningCombine",
           "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["7", 0]}},
    "20": {"class_type": "PrimitiveInt", "inputs": {"value": 5}},
    "21": {"class_type": "PrimitiveString", "inputs": {"value": "1girl, {night|day}"}},
}  # fmt: skip
SCREEN = {
    "nodes": [
        {"id": 3, "type": "KSampler",
         "widgets_values": [7, "randomize", 21, 6.5, "euler_ancestral", "normal", 1],
         "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 2},
                    {"name": "negative", "link": 3}, {"name": "latent_image", "link": 4}]},
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["paper.ckpt"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [1024, 1024, 1]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["1boy"],
         "inputs": [{"name": "clip", "link": 9}]},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["lowres"]},
    ],
    "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "C"], [3, 7, 0, 3, 2, "C"],
              [4, 5, 0, 3, 3, "LATENT"]],
}  # fmt: skip


def test_a_graph_that_was_run() -> None:
    found = metadata.read(text("prompt", json.dumps(GRAPH)))
    assert found == Settings(
        maker=Maker.COMFY,
        positive=r"1girl, \{night|day\}",
        negative="lowres",
        steps=20,
        cfg=8,
        sampler="dpmpp_2m",
        schedule="karras",
        seed=5,
        width=832,
        height=1216,
        model="paper",
        loras=(("ink", 0.7),),
        others=("further samplers",),
    )


def test_a_graph_on_the_screen() -> None:
    found = metadata.read(text("workflow", json.dumps(SCREEN)))
    assert (found.positive, found.negative, found.steps, found.cfg) == ("1boy", "lowres", 21, 6.5)
    assert (found.sampler, found.seed, found.width, found.model) == ("euler_ancestral", 7, 1024, "paper")


def test_novelais_comment() -> None:
    said = {"prompt": "{{1girl}}, saber (fate)", "uc": "[hat]", "steps": 28, "scale": 5.5,
            "sampler": "k_euler_ancestral", "seed": 99, "width": 832, "height": 1216}  # fmt: skip
    file = text("Software", "NovelAI")[:-12] + text("Comment", json.dumps(said))[8:]
    found = metadata.read(file)
    assert (found.maker, found.positive, found.negative) == (
        Maker.NOVELAI,
        r"(1girl:1.103), saber \(fate\)",
        "(hat:0.952)",
    )
    assert (found.steps, found.cfg, found.sampler, found.seed) == (28, 5.5, "k_euler_ancestral", 99)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("plain, tags", "plain, tags"),
        ("{a, b}, c", "(a:1.05), (b:1.05), c"),
        ("1.5::a, b::, c", "(a:1.5), (b:1.5), c"),
        ("{half} way", "(half:1.05) way"),
        ("1girl:: 2.50", "1girl 2.50"),
        ("}}} a", " (a:0.864)"),
        ("[" * 99 + "a", "(a:0.142)"),
        ("{" * 99 + "a", "(a:2)"),
        ("back\\slash", "back\\\\slash"),
        ("", ""),
    ],
)
def test_novelais_emphasis(typed: str, written: str) -> None:
    assert novelai.weighted(typed) == written


CHAIN = {
    str(n): {"inputs": {name: [str(n + 1), 0]
                        for name in ("positive", "steps", "latent_image", "model", "width")}
             | {"sampler_name": "x"}}
    for n in range(3000)
}  # fmt: skip


@pytest.mark.parametrize(
    "file",
    [
        SIGNATURE,
        SIGNATURE[:4] + b"\0" * 99,
        SIGNATURE + chunk(b"IEND", b"") + text("parameters", TEXT)[8:],
        SIGNATURE + chunk(b"tEXt", b"parameters\0" + TEXT.encode(), length=2**32 - 1),
        SIGNATURE + chunk(b"tEXt", b"parameters\0" + TEXT.encode(), length=5000),
        SIGNATURE + chunk(b"zTXt", b"parameters\0\0no zlib stream"),
        SIGNATURE + chunk(b"tEXt", b"parameters"),
        SIGNATURE + chunk(b"abcd", b"") * 400_000,
        text("parameters", ""),
        text("parameters", "\n\n \n"),
        text("prompt", "[" * 900_000),
        text("prompt", '{"a":' * 150_000),
        text("prompt", '{"3":{"inputs":{"steps":' + "9" * 5000 + "}}}"),
        text("prompt", "null"),
        text("prompt", '{"1": 5, "2": {"inputs": []}, "3": {"inputs": {"positive": [[]], "steps": {}}}}'),
        text("workflow", '{"nodes": [5, {"id": [], "type": {}, "inputs": 5}], "links": [[[], 5], 5, [5]]}'),
        text("Software", "NovelAI")[:-12] + text("Comment", "{}")[8:],
        b"\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0\xff\xff\xff\xff",
        b"\xff\xd8\xff\xe1\0\0",
        b"RIFF\0\0\0\0WEBPEXIF\xff\xff\xff\xffII*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0",
    ],
)
def test_a_file_that_tells_nothing_is_a_sentence(file: bytes) -> None:
    with pytest.raises(InvalidRequest) as told:
        metadata.read(file)
    assert "\n" not in str(told.value) and str(told.value).endswith(".")


@pytest.mark.parametrize(
    "file",
    [
        text("parameters", "x" * 10_000_000),
        zipped("parameters", bytes(100_000_000)),
        SIGNATURE + chunk(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(bytes(100_000_000))),
    ],
    ids=["ten megabytes", "bomb", "another"],
)
def test_more_than_any_settings_is_not_read(file: bytes) -> None:
    with pytest.raises(InvalidRequest, match="more than 1 MB"):
        metadata.read(file)


@pytest.mark.parametrize(
    "file",
    [
        text("parameters", "<lora:" * 160_000),
        text("parameters", "a:" * 490_000),
        text("parameters", 'Steps: 5, a: "\\' * 60_000),
        text("parameters", "\n" * 900_000 + "x"),
        text("prompt", json.dumps(CHAIN)),
        text("Software", "NovelAI")[:-12] + text("Comment", json.dumps({"prompt": "{a" * 400_000}))[8:],
    ],
    ids=["calls", "colons", "quotes", "lines", "chain", "braces"],
)
def test_what_is_long_is_cut(file: bytes) -> None:
    found = metadata.read(file)
    assert len(found.positive) <= 2 * MAX_PROMPT and len(found.others) <= MAX_NAMES
    assert all(len(name) <= MAX_NAME for name in (*found.others, found.model, found.sampler))


def test_nothing_unseen_is_left_in_a_text() -> None:
    assert clean("a\x00b\x1b[31m\u202e c\u200b\ud800\ue000\td\u2028e") == "a b [31m cd e".replace("cd", "c d")
    found = metadata.read(text("parameters", "1girl,\u202e x\x07\nSteps: 5, Model: a\x1bb, Sampler: \u200b"))
    assert (found.positive, found.model, found.sampler) == ("1girl, x", "a b", "")


@pytest.mark.parametrize("number", ["nan", "inf", "1e999", "-1", "9" * 30, "one", "", "٣"])
def test_numbers_that_are_none(number: str) -> None:
    found = metadata.read(
        text("parameters", f"1girl\nSteps: {number}, Seed: {number}, CFG scale: {number}, Size: 1x")
    )
    assert found.steps is None and found.seed is None and found.height is None
    assert found.cfg is None or number in ("-1", "9" * 30, "٣")


def test_only_files_of_known_kinds() -> None:
    with pytest.raises(InvalidRequest, match="no PNG, JPEG or WebP"):
        files.texts(b"GIF89a")
    assert comfy.parse("", "") is None
