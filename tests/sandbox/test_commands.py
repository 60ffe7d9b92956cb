"""Commands: what registration refuses, ids that stay, and who is offered which command where."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bots import calling

GUILD_ONLY, DM_ONLY = {"contexts": [0]}, {"contexts": [1]}


def command(name: str = "draw", **extra: Any) -> dict[str, Any]:
    return {"name": name, "description": "Draws", **extra}


def option(name: str = "what", **extra: Any) -> dict[str, Any]:
    return {"type": 3, "name": name, "description": "What", **extra}


CHOICES = [{"name": str(n), "value": str(n)} for n in range(26)]
BAD = {
    "upper case": command("Draw"),
    "a space": command("draw it"),
    "33 letters": command("d" * 33),
    "no description": {"name": "draw", "description": ""},
    "long description": command(description="d" * 101),
    "26 options": command(options=[option(f"o{n}") for n in range(26)]),
    "the same option twice": command(options=[option(), option()]),
    "required after optional": command(options=[option("a"), option("b", required=True)]),
    "26 choices": command(options=[option(choices=CHOICES)]),
    "choices and completion": command(options=[option(choices=CHOICES[:1], autocomplete=True)]),
    "a long choice": command(options=[option(choices=[{"name": "n" * 101, "value": "v"}])]),
    "beyond 2^53": command(options=[{**option(), "type": 4, "max_value": 2**53}]),
    "values beside sub-commands": command(options=[option("a"), {**option("b"), "type": 1}]),
    "more than 8,000 characters": command(
        options=[
            option(f"o{n}", choices=[{"name": f"{k}" * 50, "value": f"{k}" * 50} for k in range(1, 10)])
            for n in range(9)
        ]
    ),
    "a long translation": command(name_localizations={"ja": "あ" * 33}),
    "a menu with a description": {"name": "Read", "type": 3, "description": "no"},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
async def test_registration_refuses(body: dict[str, Any]) -> None:
    async with calling(judged=False) as (sandbox, call):
        root = f"/applications/{sandbox.state.bot_id}/commands"
        status, answer = await call("PUT", root, [body])
        assert (status, answer["code"]) == (400, 50035)
        assert (await call("GET", root))[1] == []


async def test_there_is_room_for_a_hundred_and_ids_outlive_an_overwrite() -> None:
    async with calling() as (sandbox, call):
        root = f"/applications/{sandbox.state.bot_id}/commands"
        many = [command(f"c{n}") for n in range(100)]
        _, first = await call("PUT", root, many)
        assert (await call("PUT", root, [*many, command("c100")]))[1]["code"] == 30032
        _, second = await call("PUT", root, [command("c0"), command("c1", description="Other")])
        assert second[0] == first[0]
        assert second[1]["id"] == first[1]["id"] and second[1]["version"] != first[1]["version"]
        status, extra = await call("POST", root, command("c2"))
        assert status == 201
        assert (await call("POST", root, command("c2", description="Again")))[0] == 200
        assert (await call("PATCH", f"{root}/{extra['id']}", {"description": "New"}))[1][
            "description"
        ] == "New"
        assert (await call("DELETE", f"{root}/{extra['id']}"))[0] == 204
        assert (await call("GET", f"{root}/{extra['id']}"))[1]["code"] == 10063
        assert (await call("GET", "/applications/1/commands"))[1]["code"] == 20012


async def test_the_picker_offers_what_discord_would() -> None:
    async with calling() as (sandbox, call):
        root = f"/applications/{sandbox.state.bot_id}"
        everyone = [command("everywhere"), command("servers", **GUILD_ONLY), command("alone", **DM_ONLY)]
        few = [
            command("mods", default_member_permissions=1 << 13),
            command("nobody", default_member_permissions=0),
            command("grown", nsfw=True),
        ]
        await call("PUT", f"{root}/commands", [*everyone, *few])
        tea = sandbox.user("noor").channel("tea-room")
        await call("PUT", f"{root}/guilds/{tea.guild_id}/commands", [command("tea")])

        def offered(name: str, place: str) -> set[str]:
            person = sandbox.user(name)
            usable = sandbox.state.commands.usable(sandbox.state.world, person.channel(place), person.id)
            return {found["name"] for found in usable}

        assert offered("mika", "general") == {"everywhere", "servers"}
        assert offered("aoi", "general") == {"everywhere", "servers", "mods"}
        assert offered("haruka", "general") == {"everywhere", "servers", "mods", "nobody"}
        assert offered("mika", "after-dark-lounge") == {"everywhere", "servers", "grown"}
        assert offered("mika", "tea-room") == {"everywhere", "servers", "tea"}
        assert offered("mika", sandbox.user("mika").dm().id) == {"everywhere", "alone", "mods", "nobody"}
