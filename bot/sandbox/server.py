"""The sandbox itself: one loopback server with the API, the gateway, the files and the page."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sandbox import rest_channels, rest_interactions, rest_messages, rest_users
from bot.sandbox.acts import Acts
from bot.sandbox.clock import Clock, SystemClock
from bot.sandbox.driver import Person
from bot.sandbox.faults import Faults
from bot.sandbox.interactions import Interactions
from bot.sandbox.limits import Limits
from bot.sandbox.page_api import PageApi
from bot.sandbox.rest import Api, Reply, RestServer, respond
from bot.sandbox.state import Exchange, State

PAGE = Path(__file__).parent / "page"
LOOPBACK = ("127.0.0.1", "localhost")
CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Sandbox:
    """`async with Sandbox() as sandbox:` a loopback Discord for one bot.

    `api_base`, `gateway_url` and `token` are what the bot needs; `page` is for people. It binds
    127.0.0.1 only, and asks nothing of the network. `observer` hears of every API request.
    Raises ValueError for a host that is not loopback, OSError for a port that is taken.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        limits: Limits | None = None,
        bot_name: str = "Atelier",
        token: str | None = None,
        observer: Callable[[Exchange], None] | None = None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"The sandbox serves this machine only: host must be 127.0.0.1, not {host}.")
        self._port = port
        self._runner: web.AppRunner | None = None
        # a bot token begins with the bot's id in base64; only the shape matters here
        self.token = token or f"sandbox.{secrets.token_urlsafe(24)}"
        self.state = State(clock or SystemClock(), limits or Limits(), bot_name, self.token)
        self.interactions = Interactions(self.state)
        self.acts = Acts(self.state, self.interactions)
        self.faults = Faults(self.state, self.interactions)
        self._rest = RestServer(Api(self.state, self.interactions), self.faults, observer)
        self._origin = ""

    # -- life

    async def start(self) -> None:
        """Binds the port and serves until `close`."""
        app = web.Application(client_max_size=self.state.limits.request_bytes + 1, middlewares=[self._guard])
        for routes in (rest_users, rest_messages, rest_channels, rest_interactions):
            self._rest.register(app.router, routes.ROUTES)
        app.router.add_get("/gateway", self.state.gateway.serve)
        app.router.add_get("/attachments/{channel}/{attachment}/{name}", self._file)
        PageApi(self.state, self.acts).register(app.router)
        app.router.add_get("/", self._index)
        app.router.add_static("/static", PAGE)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, "127.0.0.1", self._port)
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        self._origin = self.state.attachments.origin = f"http://127.0.0.1:{self._port}"
        self.state.gateway.url = self.gateway_url

    async def close(self) -> None:
        """Ends every socket and stops serving."""
        self.state.viewers.close()
        await self.state.gateway.close_all(1001)
        await self.state.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # -- addresses

    @property
    def api_base(self) -> str:
        return f"{self._origin}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def page(self) -> str:
        return f"{self._origin}/"

    # -- for tests

    @property
    def log(self) -> list[Exchange]:
        """Every API request so far, oldest first (the newest 50,000)."""
        return list(self.state.log)

    def user(self, name: str) -> Person:
        """One of the people, by user name ("mika") or id, to act as."""
        return Person(self.state, self.acts, name)

    # -- the web server

    @web.middleware
    async def _guard(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Refuses foreign hosts and origins, so that no web page elsewhere can reach in."""
        hosts = {f"{name}:{self._port}" for name in LOOPBACK}
        origin = request.headers.get("Origin")
        if request.host not in hosts or (
            origin is not None and origin not in {f"http://{host}" for host in hosts}
        ):
            return respond(
                Reply(403, {"message": "Wrong Host or Origin for a loopback server.", "code": 0}), {}
            )
        try:
            return await handler(request)
        except web.HTTPException as error:
            if not request.path.startswith("/api/"):
                raise
            return respond(Reply(error.status, {"message": f"{error.status}: {error.reason}", "code": 0}), {})

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(
            PAGE / "index.html", headers={"Content-Security-Policy": CSP, "Cache-Control": "no-cache"}
        )

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = self.state.attachments.open(request.path, dict(request.query))
        if found is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(
            body=found.data,
            headers={
                "Content-Type": found.content_type,
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Content-Disposition": f'inline; filename="{found.filename}"',
            },
        )
