"""Wildcards: what is drawn, that a seed draws the same again, and a sentence for every mistake."""

from __future__ import annotations

import collections
import itertools
import time
from pathlib import Path

import pytest

from bot.core.errors import ConfigError, InvalidRequest
from bot.core.request import MAX_PROMPT
from bot.prompt.wildcards import MAX_OPTIONS, Wildcards

FILES = Wildcards(
    {
        "colour": ["red", "# a comment", "", "blue"],
        "hair": ["__colour__ hair", "{long|short} __colour__ hair"],
        "place/water": ["3::lake", "river", "0::sewer"],
    }
)


def draw(text: str, seed: int = 0, files: Wildcards = FILES) -> str:
    return files.expand(text, "prompt", seed, [])


def every(text: str, files: Wildcards = FILES, seeds: int = 300) -> collections.Counter[str]:
    return collections.Counter(draw(text, seed, files) for seed in range(seeds))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("{a|b}", {"a", "b"}),
        (
            "1girl, {red|blue} hair, ({a|b}:1.2)",
            {f"1girl, {c} hair, ({x}:1.2)" for c in ("red", "blue") for x in "ab"},
        ),
        ("{a|{b|c}}", {"a", "b", "c"}),
        ("x{|, hat}", {"x", "xhat", "x, hat"} - {"xhat"}),
        ("__colour__", {"red", "blue"}),
        ("__ Colour __, __COLOUR__", {"__ Colour __, red", "__ Colour __, blue"}),
        ("__hair__", {f"{length}{c} hair" for length in ("", "long ", "short ") for c in ("red", "blue")}),
        ("__place/water__", {"lake", "river"}),
        ("{2$$a|b}", {"a, b", "b, a"}),
        ("{0-1$$a}", {"", "a"}),
        ("{1-2$$a|b}", {"a", "b", "a, b", "b, a"}),
        ("{0::a|b}", {"b"}),
        (r"\{a\|b\}", {"{a|b}"}),
        ("{smile}", {"smile"}),
        ("|_|, ||_||, ^_^, a_b, x__y__z", {"|_|, ||_||, ^_^, a_b, x__y__z"}),
    ],
)
def test_what_is_drawn(text: str, drawn: set[str]) -> None:
    assert set(every(text)) == drawn


def test_a_seed_draws_the_same_again_and_each_field_by_itself() -> None:
    text = "{a|b|c|d|e|f}, __hair__"
    assert [draw(text, seed) for seed in range(50)] == [draw(text, seed) for seed in range(50)]
    assert draw("{a|b|c|d|e|f}", 7) == "a", "jobs that were accepted before keep their draw"
    prompt, negative = (
        [FILES.expand(text, field, seed, []) for seed in range(50)] for field in ("prompt", "negative")
    )
    assert prompt != negative


def test_weights_are_shares() -> None:
    drawn = every("{3::a|b}", seeds=2000)
    assert 2.5 < drawn["a"] / drawn["b"] < 3.5
    drawn = every("__place/water__", seeds=2000)
    assert 2.5 < drawn["lake"] / drawn["river"] < 3.5


def test_what_was_drawn_is_told() -> None:
    drawn: list[str] = []
    FILES.expand("__hair__, {1girl|1boy}, night", "prompt", 3, drawn)
    assert len(drawn) == 2 and drawn[0].endswith(" hair") and drawn[1] in ("1girl", "1boy")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1girl, {red|blue hair", "The prompt has a { without its }; {red|blue} draws one of several"),
        ("1girl, red} hair", "The prompt has a } without its {"),
        ("{{{smile}}", "{ without its }"),
        ("__color__", "no wildcard __color__ here; there is __colour__."),
        ("{a|__water__}", "no wildcard __water__ here; there is __place/water__."),
        ("{3$$a|b}", "draws '3' of 2 options"),
        ("{2-1$$a|b}", "draws '2-1' of 2 options"),
        ("{0::a|0::b}", "too few options"),
        ("{" * 30 + "a" + "}" * 30, "more than 20 braces"),
        ("__colour__, " * 1001, "fewer or shorter"),
    ],
)
def test_mistakes_are_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        draw(text)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_without_files_the_braces_are_offered() -> None:
    with pytest.raises(InvalidRequest, match="set up none"):
        draw("__hair__", files=Wildcards())


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a": ["x", "{__a__|y}"]}, "__a__ names __a__"),
        (
            {"a": ["__b__"], "b": ["__c__"], "c": ["hat", "__a__"]},
            "__a__ names __b__ names __c__ names __a__",
        ),
        ({"hair": ["__color__"], "colour": ["red"]}, "no wildcard __color__ here; there is __colour__"),
        ({"hair": ["red", "{blue"]}, "Line 2 of the wildcard file hair.txt has a {"),
        ({"hair": ["# nothing"]}, "hair.txt has no option"),
        ({"hair": ["x"] * (MAX_OPTIONS + 1)}, "more than 100,000 lines"),
    ],
)
def test_files_that_cannot_be_used_are_named_at_the_start(files: dict[str, list[str]], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Wildcards(files)
    assert said in str(caught.value)


def test_files_that_lead_to_the_same_one_are_no_loop() -> None:
    files = Wildcards({"a": ["__c__"], "b": ["__c__, __a__"], "c": ["hat"]})
    assert draw("__b__", files=files) == "hat, hat"


def test_files_that_grow_without_bound_are_stopped_quickly() -> None:
    names = [f"n{number}" for number in range(60)]
    files = {a: [f"__{b}__, __{b}__"] for a, b in itertools.pairwise(names)} | {"n59": ["x"]}
    started = time.perf_counter()
    with pytest.raises(InvalidRequest, match=f"{MAX_PROMPT:,}"):
        draw("__n0__", files=Wildcards(files))
    assert time.perf_counter() - started < 1
    chain = {f"n{number}": [f"__n{number + 1}__"] for number in range(500)} | {"n500": ["x"]}
    with pytest.raises(InvalidRequest, match="fewer or shorter"):
        draw("__n0__", files=Wildcards(chain))


def test_ten_thousand_options_are_drawn_at_once(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Many.txt").write_text(
        "\ufeff" + "\n".join(f"option {n}" for n in range(10_000)), "utf-8"
    )
    files = Wildcards.load(tmp_path)
    assert files.names == ("deep/many",)
    started = time.perf_counter()
    drawn = every("__deep/many__, __deep/many__", files)
    assert time.perf_counter() - started < 1
    assert len(drawn) > 290 and max(drawn.values()) < 3


def test_the_folder_may_be_missing_and_files_must_be_text(tmp_path: Path) -> None:
    assert Wildcards.load(tmp_path / "none").names == ()
    (tmp_path / "hair.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"hair\.txt cannot be read"):
        Wildcards.load(tmp_path)
