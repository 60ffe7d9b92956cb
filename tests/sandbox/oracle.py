"""Discord's own OpenAPI file as a judge of every request and every answer."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.sandbox import Exchange

HERE = Path(__file__).parents[2]
FILE = Path(os.environ.get("DISCORD_OPENAPI") or HERE.parent / "shared" / "data" / "discord-openapi.json")
ROOT = "urn:discord"


@cache
def _document() -> dict[str, Any]:
    return json.loads(FILE.read_text())


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource(ROOT, Resource.from_contents(_document(), DRAFT202012))


@cache
def _validator(*pointer: str) -> Draft202012Validator:
    escaped = "/".join(part.replace("~", "~0").replace("/", "~1") for part in pointer)
    return Draft202012Validator({"$ref": f"{ROOT}#/{escaped}"}, registry=_registry())


class Oracle:
    """An observer for a sandbox; `faults` says in words what does not fit Discord's file.

    The file is wrong in two places that Discord's own documentation shows otherwise, and only these are let
    pass: ids that come as integers, and the codes of single fields in a 50035, which are words.

    `available` is False where the file is absent; then nothing is judged. Requests that the sandbox
    refused are not judged (tests send bad ones on purpose), its answers always are.
    """

    available = FILE.is_file()

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.judged = 0

    def __call__(self, exchange: Exchange) -> None:
        if not self.available or exchange.status >= 500:
            return
        operation = _document()["paths"].get(exchange.route, {}).get(exchange.method.lower())
        where = f"{exchange.method} {exchange.route} -> {exchange.status}"
        if operation is None:
            self.faults.append(f"{where}: no such route")
            return
        self.judged += 1
        base = ("paths", exchange.route, exchange.method.lower())
        if exchange.status < 400 and "requestBody" in operation and exchange.request:
            schema = (*base, "requestBody", "content", "application/json", "schema")
            self._judge(f"{where} request", schema, _without_known_alarm(exchange.request))
        self._judge_answer(where, base, operation["responses"], exchange)

    def _judge_answer(self, where: str, base: tuple[str, ...], answers: Any, exchange: Exchange) -> None:
        status = str(exchange.status)
        key = next((key for key in (status, f"{status[0]}XX") if key in answers), None)
        if key is None:
            self.faults.append(f"{where}: this status is not among {sorted(answers)}")
            return
        answer = answers[key]
        if "$ref" in answer:
            base, key = ("components", "responses"), answer["$ref"].rpartition("/")[2]
            answer = _document()["components"]["responses"][key]
        else:
            base = (*base, "responses")
        if exchange.response is None:
            if "content" in answer:
                self.faults.append(f"{where}: the body is missing")
            return
        if "content" not in answer:
            self.faults.append(f"{where}: there should be no body")
            return
        self._judge(
            f"{where} answer", (*base, key, "content", "application/json", "schema"), exchange.response
        )

    def _judge(self, where: str, schema: tuple[str, ...], body: Any) -> None:
        for error in _validator(*schema).iter_errors(body):
            deepest = _deepest(error)
            path = "/".join(str(part) for part in deepest.absolute_path)
            if path.startswith("errors/") and path.endswith("/code") and isinstance(deepest.instance, str):
                continue
            self.faults.append(f"{where} at {path or 'root'}: {deepest.message[:300]}")


def _deepest(error: Any) -> Any:
    """Of a union's failures, the one that got furthest."""
    found = error
    while found.context:
        found = max(found.context, key=lambda below: len(below.absolute_path))
    return found


def _without_known_alarm(body: Any, key: str = "") -> Any:
    """discord.py sends some ids as integers, which Discord takes but its file does not: those of
    attachments, and the fields whose names end in _id."""
    if isinstance(body, list):
        return [_without_known_alarm(part, key) for part in body]
    if isinstance(body, dict):
        return {
            name: str(value)
            if isinstance(value, int) and (name.endswith("_id") or (name == "id" and key == "attachments"))
            else _without_known_alarm(value, name)
            for name, value in body.items()
        }
    return body
