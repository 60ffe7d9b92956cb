"""Carries out the deeds of a plan on the sandbox and on the bot."""

from __future__ import annotations

from collections.abc import Callable

from bot.bench.storm_bot import BotProcess
from bot.bench.storm_people import Crowd
from bot.bench.storm_plan import ROUTES, Deed
from bot.bench.storm_records import Closed
from bot.sandbox import Sandbox
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import LOST


class Weather:
    """Does what is planned; ``missed`` counts what found nothing to be done to."""

    def __init__(self, sandbox: Sandbox, bot: BotProcess, crowd: Crowd) -> None:
        self.done = 0
        self.missed = 0
        self.told: list[tuple[float, str, Deed]] = []
        """When each deed was ``done``, ``missed`` (there was nothing to do it to), or ``struck`` later."""
        self.closed: list[Closed] = []
        self._sandbox = sandbox
        self._bot = bot
        self._crowd = crowd

    async def do(self, deed: Deed) -> None:
        """Let one thing go wrong."""
        try:
            happened = await self._do(deed)
        except ApiError:  # the channel or the message that it was for has gone
            happened = False
        self._tell("done" if happened else "missed", deed)
        self.done += happened
        self.missed += not happened

    def _tell(self, what: str, deed: Deed) -> None:
        self.told.append((self._sandbox.state.clock.now(), what, deed))

    async def clear(self) -> None:
        """Fair weather: nothing fails any more, and the bot may write wherever it still can."""
        self.missed += self._sandbox.faults.clear()
        for closed in self.closed:
            if closed.until == float("inf"):
                self._open(closed.place)

    async def _do(self, deed: Deed) -> bool:
        faults = self._sandbox.faults
        match deed.kind:
            case "kill bot" | "stop bot" | "kill worker" | "kill bot at request":
                return self._end(deed)
            case "spoil answers":
                self._spoil(deed, deed.status, lambda: None)
            case "cut gateway":
                faults.cut_gateway()
            case "ask to reconnect":
                faults.ask_reconnect()
            case "close gateway":
                await faults.close_gateway(4000)
            case "invalidate sessions":
                faults.invalidate_sessions(resumable=deed.carried_out)
            case "expire tokens":
                faults.expire_tokens()
            case "forget nonces":
                faults.forget_nonces()
            case "cancel":
                return await self._crowd.cancel(deed.target)
            case _:
                return self._close(deed)
        return True

    def _end(self, deed: Deed) -> bool:
        match deed.kind:
            case "kill worker":
                return self._bot.kill_worker()
            case "stop bot":
                return self._bot.ask_to_stop()
            case "kill bot":
                self._bot.kill(again_after=deed.seconds)
            case _:
                self._spoil(deed, LOST, self._bot.kill)
        return True

    def _spoil(self, deed: Deed, status: int, then: Callable[[], None]) -> None:
        def struck() -> None:
            self._tell("struck", deed)
            then()

        method, match, files = ROUTES[deed.route]
        self._sandbox.faults.next(
            status,
            method=method,
            match=match,
            times=deed.times,
            retry_after=deed.seconds,
            carried_out=deed.carried_out,
            files=files,
            struck=struck,
        )

    def _close(self, deed: Deed) -> bool:
        """Messages, channels and permissions that go, and those that come back."""
        faults, now = self._sandbox.faults, self._sandbox.state.clock.now()
        if deed.kind == "delete message":
            message = self._crowd.answer(deed.target)
            if message is None:
                return False
            faults.delete_message(message)
        elif deed.kind in ("close direct messages", "open direct messages"):
            person = self._crowd.users[deed.target]
            if deed.kind == "open direct messages":
                return self._open(person)
            faults.close_dms(person)
            self.closed.append(Closed(person, now))
        elif deed.kind == "give back":
            return self._open(self._crowd.places[deed.target])
        elif deed.kind == "remove bot":
            guild_id, places = self._crowd.second_guild()
            faults.remove_bot(guild_id)
            self.closed += [Closed(place, now) for place in places]
        else:
            place = self._crowd.places[deed.target]
            if deed.kind == "deny":
                faults.deny(place, deed.status)
            else:
                faults.delete_channel(place)
            self.closed.append(Closed(place, now, deleted=deed.kind == "delete channel"))
        return True

    def _open(self, place: str) -> bool:
        """Give back a channel's permissions or a person's direct messages; a channel that went stays away."""
        world, now = self._sandbox.state.world, self._sandbox.state.clock.now()
        if place in world.users:
            self._sandbox.faults.open_dms(place)
        elif self._crowd.stands(place):
            self._sandbox.faults.give_back(place)
        else:
            return False
        for closed in self.closed:
            if closed.place == place:
                closed.until = min(closed.until, now)
        return True
