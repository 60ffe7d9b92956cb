"""The page's HTTP routes: one person's view of the world, and what that person does in it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import BodyPartReader, web

from bot.sandbox.acts import Acts
from bot.sandbox.attachments import Upload, guess_type
from bot.sandbox.errors import ApiError, Json, refusal
from bot.sandbox.interaction import First, Interaction
from bot.sandbox.options import client_error
from bot.sandbox.page_view import channel_view, page_state, user_view
from bot.sandbox.rest import Reply, respond
from bot.sandbox.state import State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageApi:
    """Handlers under /page/; every one names the person played as `user`."""

    def __init__(self, state: State, acts: Acts) -> None:
        self._state = state
        self._acts = acts

    def register(self, router: web.UrlDispatcher) -> None:
        message = "/page/messages/{channel}/{message}"
        for method, path, handler in (
            ("GET", "/page/state", self.state),
            ("GET", "/page/commands", self.commands),
            ("GET", "/page/messages", self.messages),
            ("POST", "/page/messages", self.write),
            ("PATCH", message, self.rewrite),
            ("DELETE", message, self.remove),
            ("POST", "/page/interactions", self.interact),
            ("POST", "/page/upload", self.upload),
            ("POST", "/page/reactions", self.react),
            ("POST", "/page/dms", self.open_dm),
            ("POST", "/page/threads", self.thread),
            ("POST", "/page/typing", self.typing),
            ("GET", "/page/events", self.events),
        ):
            router.add_route(method, path, _guarded(handler))

    # -- looking

    def _viewer(self, request: web.Request) -> str:
        people = [user.id for user in self._state.world.users.values() if not user.bot]
        return self._state.world.user(request.query.get("user") or people[0]).id

    async def state(self, request: web.Request) -> web.StreamResponse:
        return _json(page_state(self._state, self._viewer(request)))

    async def commands(self, request: web.Request) -> web.StreamResponse:
        channel = self._state.world.channel(request.query.get("channel", ""))
        return _json(
            {"commands": self._state.commands.usable(self._state.world, channel, self._viewer(request))}
        )

    async def messages(self, request: web.Request) -> web.StreamResponse:
        state, viewer = self._state, self._viewer(request)
        channel = state.world.channel(request.query.get("channel", ""))
        limit, before = request.query.get("limit", "50"), request.query.get("before", "")
        found = state.messages.page(
            channel.id,
            min(int(limit), 100) if limit.isdigit() else 50,
            before=int(before) if before.isdigit() else None,
            keep=lambda message: state.reads(message, channel, viewer),
        )
        return _json({"messages": [state.for_page(message, viewer) for message in reversed(found)]})

    async def events(self, request: web.Request) -> web.StreamResponse:
        return await self._state.viewers.serve(request, self._viewer(request))

    # -- doing

    async def interact(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        user, channel, kind = str(body.get("user")), str(body.get("channel")), body.get("type")
        if kind in (2, 4):
            target = body.get("target")
            found = self._acts.command(
                user,
                channel,
                str(body.get("command")),
                body.get("options") or [],
                target=str(target) if target else None,
                typing=kind == 4,
            )
        elif kind == 3:
            found = self._acts.component(
                user,
                channel,
                str(body.get("message")),
                str(body.get("custom_id")),
                [str(value) for value in body.get("values") or []],
            )
        elif kind == 5:
            found = self._acts.submit(user, str(body.get("modal")), body.get("values") or {})
        else:
            raise client_error("type must be 2, 3, 4 or 5.")
        return _json(self._told(found, await found.first))

    def _told(self, found: Interaction, first: First) -> Json:
        answer: Json = {"id": found.id, "kind": first.kind}
        if first.message is not None:
            answer["message"] = self._state.for_page(first.message, found.user.id)
        if first.choices is not None:
            answer["choices"] = first.choices
        if first.modal is not None:
            answer["modal"] = {
                "id": first.modal.id,
                "title": first.modal.title,
                "custom_id": first.modal.custom_id,
                "components": first.modal.components,
            }
        if first.error is not None:
            answer["error"] = first.error
        return answer

    async def upload(self, request: web.Request) -> web.StreamResponse:
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or part.filename is None:
            raise client_error("Send one file in the field `file`.")
        data = bytes(await part.read())
        if len(data) > self._state.limits.file_bytes:
            raise refusal(40005)
        kind = part.headers.get("Content-Type") or guess_type(part.filename)
        found = self._state.attachments.add_unused(Upload(part.filename, kind, data))
        url = self._state.attachments.url(found).removeprefix(self._state.attachments.origin)
        return _json(found.payload(url))

    async def write(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        user = str(body.get("user"))
        message = self._acts.write(
            user,
            str(body.get("channel")),
            str(body.get("content") or ""),
            uploads=[str(key) for key in body.get("attachments") or []],
            reply_to=str(body["reply_to"]) if body.get("reply_to") else None,
        )
        return _json(self._state.for_page(message, user))

    async def rewrite(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        user = str(body.get("user"))
        message = self._acts.rewrite(
            user, request.match_info["channel"], request.match_info["message"], str(body.get("content") or "")
        )
        return _json(self._state.for_page(message, user))

    async def remove(self, request: web.Request) -> web.StreamResponse:
        self._acts.remove(self._viewer(request), request.match_info["channel"], request.match_info["message"])
        return _json(None)

    async def react(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        self._acts.react(
            str(body.get("user")),
            str(body.get("channel")),
            str(body.get("message")),
            str(body.get("emoji")),
            on=body.get("on", True) is True,
        )
        return _json(None)

    async def open_dm(self, request: web.Request) -> web.StreamResponse:
        user = str((await _body(request)).get("user"))
        return _json(channel_view(self._state, self._acts.open_dm(user), user))

    async def thread(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        user = str(body.get("user"))
        thread = self._acts.thread(
            user,
            str(body.get("channel")),
            str(body.get("name") or ""),
            message_id=str(body["message"]) if body.get("message") else None,
            content=str(body.get("content") or ""),
            tags=body.get("applied_tags"),
        )
        return _json(channel_view(self._state, thread, user))

    async def typing(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        user = user_view(self._state.world.user(str(body.get("user"))))
        self._state.tell_typing(self._state.world.channel(str(body.get("channel"))), user["id"])
        return _json(None)


def _guarded(handler: Handler) -> Handler:
    """Turns refusals into JSON answers."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return respond(Reply(error.status, error.body()), {})

    return guarded


async def _body(request: web.Request) -> Json:
    try:
        body: Any = json.loads(await request.read())
    except ValueError as error:
        raise refusal(50109) from error
    if not isinstance(body, dict):
        raise refusal(50109)
    return body


def _json(body: Json | None) -> web.Response:
    return respond(Reply(204 if body is None else 200, body), {"Cache-Control": "no-store"})
