"""NovelAI's ``Comment``, and its emphasis in this bot's grammar."""

from __future__ import annotations

import re

from bot.prompt.metadata.settings import MAX_PROMPT, Maker, Settings, load_json, number, text_of, whole

STEP = 1.05
"""What one brace multiplies by and one square bracket divides by (NovelAI's documentation)."""
MAX_WEIGHT = 2.0
_MARKS = re.compile(r"[{}\[\]]|(?<![\w.])([0-9]{1,2}(?:\.[0-9]{1,4})?)::|::|[()\\]")


def parse(comment: str, model: str) -> Settings | None:
    """The settings of a Comment; None where it is no object with a prompt."""
    found = load_json(comment)
    if not isinstance(found, dict) or not isinstance(found.get("prompt"), str):
        return None
    return Settings(
        maker=Maker.NOVELAI,
        positive=weighted(found["prompt"][:MAX_PROMPT]),
        negative=weighted(text_of(found.get("uc"))[:MAX_PROMPT]),
        steps=whole(found.get("steps")),
        cfg=number(found.get("scale")),
        sampler=text_of(found.get("sampler")),
        schedule=text_of(found.get("noise_schedule")),
        seed=whole(found.get("seed")),
        width=whole(found.get("width")),
        height=whole(found.get("height")),
        model=model,
        begun=found.get("request_type") in ("Img2ImgRequest", "NativeInfillingRequest"),
    )


def weighted(text: str) -> str:
    """Braces, square brackets and ``1.2::tag::`` as written weights; round brackets are letters."""
    parts: list[str] = []
    run: list[str] = []
    level, factor, start = 0, 1.0, 0

    def flush() -> None:
        weight = min(round(factor * STEP**level, 3), MAX_WEIGHT)
        for part in re.split("([,\n])", "".join(run)):
            stem = part.strip()
            if not stem or stem == "," or weight == 1.0:
                parts.append(part)
            else:
                before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
                parts.append(f"{before}({stem}:{weight:g}){after}")
        run.clear()

    for mark in _MARKS.finditer(text):
        run.append(text[start : mark.start()])
        start = mark.end()
        if mark[0] in ("(", ")", "\\"):
            run.append(f"\\{mark[0]}")
            continue
        flush()
        if mark[1] is not None:
            factor = float(mark[1])
        elif mark[0] == "::":
            factor = 1.0
        else:
            level = max(-40, min(40, level + (1 if mark[0] in "{]" else -1)))
    run.append(text[start:])
    flush()
    return "".join(parts).replace("__", " ")
