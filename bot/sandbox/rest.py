"""The HTTP API's frame: who is asking, rate limits, planned faults, bodies in and out, the log."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import BodyPartReader, web

from bot.sandbox.attachments import Upload, guess_type
from bot.sandbox.errors import ApiError, Json, refusal
from bot.sandbox.faults import LOST, Fault, Faults
from bot.sandbox.interactions import Interactions
from bot.sandbox.ratelimit import Passage, RateLimiter, forced
from bot.sandbox.state import Exchange, State

PREFIX = "/api/v10"
UNAUTHORIZED = ApiError(401, 0, "401: Unauthorized")


@dataclass
class Call:
    """One request, read: parameters of its path, query, JSON body, files by their number."""

    params: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    files: dict[int, Upload] = field(default_factory=dict)

    def limit(self, default: int, most: int) -> int:
        """The `limit` of the query, within what Discord allows."""
        text = self.query.get("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise ApiError(
                400,
                50035,
                "Invalid Form Body",
                {
                    "limit": {
                        "_errors": [
                            {
                                "code": "NUMBER_TYPE_MAX",
                                "message": f"int value should be between 1 and {most}.",
                            }
                        ]
                    }
                },
            )
        return int(text)


class Reply(NamedTuple):
    """An answer whose status is not the usual 200, or 204 without a body."""

    status: int
    body: Any


@dataclass
class Api:
    """What every handler works on."""

    state: State
    interactions: Interactions


Handler = Callable[[Api, Call], Any]


class Route(NamedTuple):
    method: str
    path: str  # Discord's own template, as in its OpenAPI file
    handler: Handler
    auth: bool = True
    takes_list: bool = False


class RestServer:
    """Turns routes into aiohttp handlers."""

    def __init__(self, api: Api, faults: Faults, observer: Callable[[Exchange], None] | None) -> None:
        self._api = api
        self._faults = faults
        self._observer = observer
        self._limiter = RateLimiter(enabled=api.state.limits.rate_limits)

    def register(self, router: web.UrlDispatcher, routes: Iterable[Route]) -> None:
        for route in routes:
            router.add_route(route.method, PREFIX + route.path, self._handler(route))

    def _handler(self, route: Route) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(route, request)

        return handle

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        params = dict(request.match_info)
        call = Call(params, dict(request.query))
        passage = self._limiter.enter(route.method, route.path, params)
        try:
            await self._read(request, call)  # even when refused, so that the connection stays usable
            reply = self._answer(route, request, call, passage)
        except ApiError as error:
            reply = Reply(error.status, error.body())
        if reply.status == LOST:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # which nobody is there to read
        self._note(route, request, call, reply)
        return respond(
            reply,
            passage.headers
            if reply.status != 429 or passage.refused
            else forced(reply.body["retry_after"]).headers,
        )

    def _answer(self, route: Route, request: web.Request, call: Call, passage: Passage) -> Reply:
        if route.auth and request.headers.get("Authorization") != f"Bot {self._api.state.token}":
            raise UNAUTHORIZED
        if isinstance(call.body, list) and not route.takes_list:
            raise refusal(50109)
        if passage.refused is not None:
            return Reply(429, passage.refused)
        fault = self._faults.take(route.method, request.path, files=bool(call.files))
        if fault is not None and not fault.carried_out:
            return self._spoilt(fault)
        if fault is not None:
            with contextlib.suppress(ApiError):  # a spoilt answer hides a refusal too
                route.handler(self._api, call)
            return self._spoilt(fault)
        result = route.handler(self._api, call)
        if isinstance(result, Reply):
            return result
        return Reply(204, None) if result is None else Reply(200, result)

    @staticmethod
    def _spoilt(fault: Fault) -> Reply:
        if fault.struck is not None:
            fault.struck()
        if fault.status == 429:
            return Reply(429, forced(fault.retry_after).refused)
        return Reply(fault.status, {"message": f"{fault.status}: made on purpose", "code": 0})

    def _note(self, route: Route, request: web.Request, call: Call, reply: Reply) -> None:
        files = tuple((upload.filename, len(upload.data)) for upload in call.files.values())
        state = self._api.state
        exchange = Exchange(
            route.method,
            route.path,
            request.path.removeprefix(PREFIX),
            call.body,
            reply.status,
            reply.body,
            files,
            state.clock.now(),
        )
        state.log.append(exchange)
        if self._observer is not None:
            self._observer(exchange)

    async def _read(self, request: web.Request, call: Call) -> None:
        limit = self._api.state.limits.request_bytes
        if (request.content_length or 0) > limit:
            raise refusal(40005)
        if request.content_type == "multipart/form-data":
            await _read_form(request, call, limit)
        elif request.can_read_body:
            try:
                call.body = json.loads(await request.read())
            except web.HTTPRequestEntityTooLarge as error:
                raise refusal(40005) from error
            except ValueError as error:
                raise refusal(50109) from error
        if not isinstance(call.body, dict | list):
            raise refusal(50109)


async def _read_form(request: web.Request, call: Call, limit: int) -> None:
    total = 0
    form: Json = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise refusal(50109)
        data = bytes(await part.read(decode=True))
        total += len(data)
        if total > limit:
            raise refusal(40005)
        if part.name == "payload_json":
            try:
                form |= json.loads(data)
            except (ValueError, TypeError) as error:
                raise refusal(50109) from error
        elif part.filename is not None:
            number = part.name.removeprefix("files[").removesuffix("]")
            kind = part.headers.get("Content-Type", "application/octet-stream")
            if kind == "application/octet-stream":
                kind = guess_type(part.filename)
            call.files[int(number) if number.isdigit() else len(call.files)] = Upload(
                part.filename, kind, data
            )
        else:
            form[part.name] = data.decode()
    call.body = form


def respond(reply: Reply, headers: dict[str, str]) -> web.Response:
    """An HTTP answer; the content type carries no charset, since clients compare it exactly."""
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    text = json.dumps(reply.body, separators=(",", ":"))
    return web.Response(
        status=reply.status, body=text.encode(), headers={**headers, "Content-Type": "application/json"}
    )
