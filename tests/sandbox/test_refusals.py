"""What Discord refuses, the sandbox refuses with the same code: bodies, files, places."""

from __future__ import annotations

import json
import random
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Limits, Permission
from tests.sandbox.bots import Caller, calling


def button(custom_id: str = "a", **extra: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Press", "custom_id": custom_id, **extra}


def row(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": 1, "components": list(parts)}]


def select(**extra: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "One", "value": "1"}], **extra}


V2 = 1 << 15
BODIES: list[tuple[str, dict[str, Any], int, str]] = [
    ("empty", {}, 50006, ""),
    ("blank", {"content": "  \n "}, 50006, ""),
    ("long content", {"content": "x" * 2001}, 50035, "content"),
    ("content of a wrong type", {"content": 5}, 50035, "content"),
    ("long nonce", {"content": "x", "nonce": "n" * 26}, 50035, "nonce"),
    ("enforced without a nonce", {"content": "x", "enforce_nonce": True}, 50035, "nonce"),
    ("eleven embeds", {"embeds": [{"title": "t"}] * 11}, 50035, "embeds"),
    ("embed that is a string", {"embeds": ["t"]}, 50035, "embeds"),
    ("nothing in the embed", {"embeds": [{"color": 1}]}, 50006, ""),
    ("long title", {"embeds": [{"title": "t" * 257}]}, 50035, "title"),
    ("long description", {"embeds": [{"description": "d" * 4097}]}, 50035, "description"),
    ("field without a name", {"embeds": [{"fields": [{"name": "", "value": "v"}]}]}, 50035, "name"),
    ("26 fields", {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, 50035, "fields"),
    (
        "6,001 in all",
        {"embeds": [{"description": "d" * 3000}, {"description": "d" * 3001}]},
        50035,
        "MAX_EMBED",
    ),
    ("javascript address", {"embeds": [{"title": "t", "url": "javascript:alert(1)"}]}, 50035, "SCHEME"),
    ("bad timestamp", {"embeds": [{"title": "t", "timestamp": "yesterday"}]}, 50035, "timestamp"),
    (
        "no such file",
        {"embeds": [{"title": "t", "image": {"url": "attachment://no.png"}}]},
        50035,
        "NOT_FOUND",
    ),
    (
        "six rows",
        {"content": "x", "components": [row(button(str(n)))[0] for n in range(6)]},
        50035,
        "components",
    ),
    (
        "six buttons",
        {"content": "x", "components": row(*(button(str(n)) for n in range(6)))},
        50035,
        "components",
    ),
    ("same id twice", {"content": "x", "components": row(button(), button())}, 50035, "DUPLICATED"),
    ("long custom_id", {"content": "x", "components": row(button("i" * 101))}, 50035, "custom_id"),
    ("no custom_id", {"content": "x", "components": row(button(""))}, 50035, "custom_id"),
    ("long label", {"content": "x", "components": row(button(label="l" * 81))}, 50035, "label"),
    ("no label", {"content": "x", "components": row(button(label=None))}, 50035, "LABEL"),
    (
        "link without address",
        {"content": "x", "components": row({"type": 2, "style": 5, "label": "l"})},
        50035,
        "URL",
    ),
    ("no options", {"content": "x", "components": row(select(options=[]))}, 50035, "options"),
    (
        "an option twice",
        {"content": "x", "components": row(select(options=[{"label": "One", "value": "1"}] * 2))},
        50035,
        "DUPLICATED",
    ),
    ("min above max", {"content": "x", "components": row(select(min_values=2))}, 50035, "max_values"),
    ("button beside a select", {"content": "x", "components": row(select(), button())}, 50035, "components"),
    ("text outside V2", {"content": "x", "components": [{"type": 10, "content": "t"}]}, 50035, "type"),
    (
        "V2 with content",
        {"flags": V2, "content": "x", "components": [{"type": 10, "content": "t"}]},
        50035,
        "LEGACY",
    ),
    (
        "V2 with embeds",
        {"flags": V2, "embeds": [{"title": "t"}], "components": row(button())},
        50035,
        "LEGACY",
    ),
    ("V2 text", {"flags": V2, "components": [{"type": 10, "content": "t" * 2001}] * 2}, 50035, "DISPLAYABLE"),
    (
        "reply to nothing",
        {"content": "x", "message_reference": {"message_id": "1"}},
        50035,
        "UNKNOWN_MESSAGE",
    ),
]


@pytest.mark.parametrize(
    ("body", "code", "hint"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES]
)
async def test_bodies(body: dict[str, Any], code: int, hint: str) -> None:
    async with calling() as (sandbox, call):
        place = sandbox.user("mika").channel("general").id
        status, answer = await call("POST", f"/channels/{place}/messages", body)
        assert (status, answer["code"]) == (400, code)
        assert hint in json.dumps(answer.get("errors", {}))
        assert sandbox.user("mika").reads("general") == []


async def test_the_same_is_refused_in_edits_and_nothing_changes() -> None:
    async with calling() as (sandbox, call):
        place = sandbox.user("mika").channel("general").id
        _, sent = await call(
            "POST", f"/channels/{place}/messages", {"content": "kept", "embeds": [{"title": "t"}]}
        )
        path = f"/channels/{place}/messages/{sent['id']}"
        for body in (
            {"content": "", "embeds": []},
            {"content": "x" * 2001},
            {"components": row(button(), button())},
        ):
            status, _ = await call("PATCH", path, body)
            assert status == 400
        _, now = await call("GET", path)
        assert (now["content"], now["embeds"][0]["title"], now["edited_timestamp"]) == ("kept", "t", None)
        status, answer = await call(
            "PATCH", path, {"content": None, "embeds": [], "flags": V2, "components": row(button())}
        )
        assert (status, answer["flags"] & V2) == (200, V2)
        status, answer = await call("PATCH", path, {"flags": 0, "content": "back"})
        assert (status, answer["code"]) == (400, 50035)


def form(body: Any, files: list[bytes]) -> aiohttp.FormData:
    found = aiohttp.FormData(quote_fields=False)
    found.add_field("payload_json", json.dumps(body), content_type="application/json")
    for number, data in enumerate(files):
        found.add_field(
            f"files[{number}]", data, filename=f"f{number}.bin", content_type="application/octet-stream"
        )
    return found


async def test_files() -> None:
    limits = Limits(rate_limits=False, file_bytes=1000, request_bytes=6000)
    async with calling(limits) as (sandbox, call):
        path = f"/channels/{sandbox.user('mika').channel('general').id}/messages"
        status, answer = await call("POST", path, data=form({}, [b"x"] * 11))
        assert (status, answer["code"]) == (400, 30015)
        status, answer = await call("POST", path, data=form({}, [b"x" * 1001]))
        assert (status, answer["code"]) == (413, 40005)
        status, answer = await call("POST", path, data=form({}, [b"x" * 900] * 6))
        assert (status, answer["code"]) == (413, 40005)
        status, answer = await call("POST", path, data=form({}, [b"x" * 900] * 5))
        assert (status, len(answer["attachments"])) == (200, 5)
        edited = f"{path}/{answer['id']}"
        kept = [{"id": answer["attachments"][1]["id"]}, {"id": 0}]
        status, answer = await call("PATCH", edited, data=form({"attachments": kept}, [b"new"]))
        assert [found["size"] for found in answer["attachments"]] == [900, 3]
        status, answer = await call(
            "POST", path, data=b"not json", headers={"Content-Type": "application/json"}
        )
        assert (status, answer["code"]) == (400, 50109)


async def test_places_people_and_permissions() -> None:
    async with calling() as (sandbox, call):
        mika = sandbox.user("mika")
        general, notices, gallery = (mika.channel(name).id for name in ("general", "notices", "gallery"))
        staff = sandbox.user("haruka").channel("staff-room").id
        theirs = mika.write("general", "mine")
        words = {"content": "x"}
        cases: list[tuple[str, str, Any, int, int]] = [
            ("POST", "/channels/1/messages", words, 404, 10003),
            ("POST", f"/channels/{staff}/messages", words, 403, 50001),
            ("POST", f"/channels/{notices}/messages", words, 403, 50013),
            ("POST", f"/channels/{gallery}/messages", words, 400, 50008),
            ("GET", f"/channels/{general}/messages/1", None, 404, 10008),
            ("PATCH", f"/channels/{general}/messages/{theirs.id}", words, 403, 50005),
            ("PUT", f"/channels/{general}/messages/{theirs.id}/reactions/nothing/@me", None, 400, 10014),
            ("GET", "/users/1", None, 404, 10013),
            ("POST", "/users/@me/channels", {"recipient_id": sandbox.state.bot_id}, 400, 50033),
            ("GET", "/guilds/1", None, 404, 10004),
            ("GET", f"/guilds/{mika.channel('general').guild_id}/members", None, 403, 50001),
            ("POST", f"/channels/{gallery}/threads", {"name": "n"}, 400, 50035),
            ("PATCH", f"/channels/{general}", {"name": "mine-now"}, 403, 50013),
            ("POST", f"/webhooks/{sandbox.state.bot_id}/no-such-token", words, 404, 10015),
            ("POST", "/interactions/1/no-such-token/callback", {"type": 6}, 404, 10062),
        ]
        for method, path, body, status, code in cases:
            found, answer = await call(method, path, body)
            assert (found, answer["code"]) == (status, code), (method, path)


@pytest.mark.parametrize(
    ("denied", "body", "files"),
    [
        (Permission.SEND_MESSAGES, {"content": "x"}, False),
        (Permission.EMBED_LINKS, {"embeds": [{"title": "t"}]}, False),
        (Permission.ATTACH_FILES, {"content": "x"}, True),
    ],
)
async def test_each_permission_counts(denied: Permission, body: Any, files: bool) -> None:
    async with calling() as (sandbox, call):
        place = sandbox.user("mika").channel("general").id
        path = f"/channels/{place}/messages"

        async def send() -> int:
            sent = {"data": form(body, [b"x"])} if files else {"body": body}
            return (await call("POST", path, **sent))[0]

        assert await send() == 200
        sandbox.faults.deny(place, denied)
        assert await send() == 403
        sandbox.faults.deny(place, Permission.VIEW_CHANNEL)
        status, answer = await call("POST", path, body)
        assert (status, answer["code"]) == (403, 50001)


async def test_replies_and_history_need_their_permission() -> None:
    async with calling() as (sandbox, call):
        message = sandbox.user("mika").write("general", "hello")
        path = f"/channels/{message.channel_id}/messages"
        sandbox.faults.deny(message.channel_id, Permission.READ_MESSAGE_HISTORY)
        status, answer = await call(
            "POST", path, {"content": "x", "message_reference": {"message_id": message.id}}
        )
        assert (status, answer["code"]) == (400, 160002)
        assert await call("GET", path) == (200, [])


async def test_the_token_and_the_route_must_be_right() -> None:
    async with calling(judged=False) as (_, call):
        status, answer = await call("GET", "/users/@me", headers={"Authorization": "Bot wrong"})
        assert (status, answer["message"]) == (401, "401: Unauthorized")
        assert (await call("GET", "/no/such/route"))[0] == 404
        assert (await call("PUT", "/users/@me"))[0] == 405


async def test_foreign_hosts_and_origins_are_turned_away() -> None:
    async with calling(judged=False) as (sandbox, call), aiohttp.ClientSession() as session:
        evil = {"Origin": "http://evil.example"}
        assert (await call("GET", "/users/@me", headers=evil))[0] == 403
        assert (await call("GET", "/users/@me", headers={"Host": "evil.example"}))[0] == 403
        for address in (sandbox.page, f"{sandbox.page}page/state"):
            async with session.get(address, headers=evil) as response:
                assert response.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(sandbox.gateway_url, headers=evil)


async def test_threads_and_forum_posts_are_kept_in_order() -> None:
    async with calling() as (sandbox, call):
        mika = sandbox.user("mika")
        general, gallery = mika.channel("general"), mika.channel("gallery")
        on = mika.write("general", "talk here")
        start = f"/channels/{general.id}/messages/{on.id}/threads"
        assert (await call("POST", start, {"name": "a"}))[0] == 201
        assert (await call("POST", start, {"name": "b"}))[1]["code"] == 160004
        assert (await call("POST", f"/channels/{general.id}/threads", {"name": "n" * 101}))[1][
            "code"
        ] == 50035
        gallery.flags = 1 << 4
        post = {"name": "p", "message": {"content": "look"}}
        assert (await call("POST", f"/channels/{gallery.id}/threads", post))[1]["code"] == 40067
        tagged = {**post, "applied_tags": [gallery.tags[0]["id"]]}
        status, thread = await call("POST", f"/channels/{gallery.id}/threads", tagged)
        assert (status, thread["message"]["id"]) == (201, thread["id"])
        empty = {**tagged, "message": {"content": ""}}
        assert (await call("POST", f"/channels/{gallery.id}/threads", empty))[1]["code"] == 50006
        guild = sandbox.state.world.guild(gallery.guild_id or "")
        assert [t.name for t in guild.threads.values() if t.parent_id == gallery.id] == ["p"]


async def _say(call: Caller, place: str, text: str) -> str:
    return str((await call("POST", f"/channels/{place}/messages", {"content": text}))[1]["id"])


async def test_history_pages_both_ways_and_bulk_deletes() -> None:
    async with calling() as (sandbox, call):
        place = sandbox.user("mika").channel("general").id
        ids = [await _say(call, place, str(number)) for number in range(6)]
        path = f"/channels/{place}/messages"

        async def page(query: str) -> list[int]:
            return [int(message["content"]) for message in (await call("GET", f"{path}?{query}"))[1]]

        assert await page("limit=2") == [5, 4]
        assert await page(f"limit=2&before={ids[4]}") == [3, 2]
        assert await page(f"limit=2&after={ids[1]}") == [3, 2]
        assert await page(f"limit=3&around={ids[3]}") == [4, 3, 2]
        assert (await call("GET", f"{path}?limit=101"))[1]["code"] == 50035
        assert (await call("POST", f"{path}/bulk-delete", {"messages": ids[:5]}))[0] == 204
        assert await page("limit=9") == [5]


RICH: dict[str, Any] = {
    "content": "words",
    "nonce": "n",
    "flags": 0,
    "embeds": [{"title": "t", "color": 1, "fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}}],
    "components": [
        *row(button(emoji={"id": None, "name": "🌙"})),
        *row(select(placeholder="p", min_values=1, max_values=1)),
    ],
    "allowed_mentions": {"parse": ["users"], "roles": ["1"]},
    "attachments": [{"id": "0", "description": "d"}],
}
WRONG: list[Any] = [None, True, -1, 2**70, "", "x" * 5000, [], {}, [None], [[]], {"type": {}}, ["a"], 0.5]


def spoilt(body: Any, chance: random.Random) -> Any:
    """The body with one value, however deep, replaced by something unfit."""
    if isinstance(body, dict) and body and chance.random() < 0.85:
        key = chance.choice(list(body))
        return {**body, key: spoilt(body[key], chance)}
    if isinstance(body, list) and body and chance.random() < 0.85:
        at = chance.randrange(len(body))
        return [*body[:at], spoilt(body[at], chance), *body[at + 1 :]]
    return chance.choice(WRONG)


async def test_no_body_makes_the_sandbox_stumble() -> None:
    chance = random.Random(7)
    draw = {"name": "draw", "description": "d", "options": [{"type": 3, "name": "o", "description": "d"}]}
    async with calling(judged=False) as (sandbox, call):
        place = sandbox.user("mika").channel("general").id
        forum = sandbox.user("mika").channel("gallery").id
        kept = (await call("POST", f"/channels/{place}/messages", RICH))[1]["id"]
        for method, path, body in [
            ("POST", f"/channels/{place}/messages", RICH),
            ("PATCH", f"/channels/{place}/messages/{kept}", RICH),
            ("POST", f"/channels/{forum}/threads", {"name": "n", "applied_tags": [], "message": RICH}),
            ("PUT", f"/applications/{sandbox.state.bot_id}/commands", [draw]),
            ("POST", f"/applications/{sandbox.state.bot_id}/commands", draw),
        ]:
            for _ in range(80):
                sent = spoilt(body, chance)
                status, _ = await call(method, path, sent)
                assert status in (200, 201, 400), (method, path, sent)
