"""Interactions: from a person's act to the bot's answers, with their deadline and their token's life."""

from __future__ import annotations

import base64
import secrets

from bot.sandbox import posting
from bot.sandbox.attachments import Upload
from bot.sandbox.callback import check_answer, check_choices
from bot.sandbox.commands import SLASH
from bot.sandbox.components import check_modal, normalised
from bot.sandbox.errors import FormErrors, Json, refusal
from bot.sandbox.interaction import Answer, First, Interaction, Kind, Modal, payload
from bot.sandbox.messages import CHAT_COMMAND, CONTEXT_COMMAND, DEFAULT, EPHEMERAL, LOADING, REPLY, Message
from bot.sandbox.posting import Answering
from bot.sandbox.state import State
from bot.sandbox.world import Channel, User

REMEMBERED = 20_000
OPEN_MODALS = 1000


class Interactions:
    """Opens interactions and takes the bot's answers to them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self.modals: dict[str, Modal] = {}

    def open(
        self,
        kind: Kind,
        user: User,
        channel: Channel,
        data: Json,
        *,
        command_name: str | None = None,
        message: Message | None = None,
        origin: Interaction | None = None,
    ) -> Interaction:
        """Sends a person's act to the bot and starts its clock; fails at once when no bot is there."""
        state = self._state
        number = state.ids.next()
        secret = secrets.token_urlsafe(48)
        token = base64.urlsafe_b64encode(f"interaction:{number}:{secret}".encode()).decode().rstrip("=")
        found = Interaction(
            number, token, kind, user, channel, data, state.clock.now(), command_name, message, origin
        )
        self._by_id[number] = self._by_token[token] = found
        self._forget_old()
        if not state.gateway.listens(channel.guild_id):
            name = state.world.bot.global_name or state.world.bot.username
            self._fail(found, f"{name} is not online")
            return found
        state.gateway.emit("INTERACTION_CREATE", payload(self._state, found), guild_id=channel.guild_id)
        state.spawn(self._age(found))
        return found

    # -- what the bot sends

    def answer(self, interaction_id: str, token: str, body: Json, files: dict[int, Upload]) -> Interaction:
        """The bot's first answer. Raises 10062 (unknown or too late), 40060 (twice), 50035 (bad)."""
        found = self._by_id.get(interaction_id)
        if found is None or found.token != token or found.failed or found.expired:
            raise refusal(10062)
        if found.answered is not None:
            raise refusal(40060)
        answer = check_answer(int(found.kind), found.message is not None, body.get("type"))
        data = body.get("data") or {}
        first = self._take(found, Answer(answer), data, files)
        found.answered = Answer(answer)
        if first.message is not None and found.answered is not Answer.UPDATE:
            found.original_id = first.message.id
        elif found.message is not None and found.answered in (Answer.UPDATE, Answer.DEFERRED_UPDATE):
            found.original_id = found.message.id
        if not found.first.done():
            found.first.set_result(first)
        return found

    def _take(self, found: Interaction, answer: Answer, data: Json, files: dict[int, Upload]) -> First:
        if answer is Answer.MESSAGE:
            return First("message", self.post(found, data, files))
        if answer is Answer.DEFERRED:
            flags = int(data.get("flags") or 0) & EPHEMERAL
            return First("deferred", self.post(found, {"flags": flags}, {}, loading=True))
        if answer is Answer.UPDATE and found.message is not None:
            return First("update", posting.edit(self._state, self._still_there(found.message), data, files))
        if answer is Answer.AUTOCOMPLETE:
            return First("autocomplete", choices=check_choices(data, found.data))
        if answer is Answer.MODAL:
            return First("modal", modal=self._modal(found, data))
        return First("deferred_update")

    def _still_there(self, message: Message) -> Message:
        return self._state.messages.find(message.channel_id, message.id)

    def _modal(self, found: Interaction, data: Json) -> Modal:
        errors = FormErrors()
        check_modal(data, errors)
        errors.raise_if_any()
        modal = Modal(
            self._state.ids.next(),
            data["title"],
            data["custom_id"],
            normalised(data.get("components") or []),
            found,
        )
        self.modals[modal.id] = modal
        while len(self.modals) > OPEN_MODALS:
            del self.modals[next(iter(self.modals))]
        return modal

    def post(
        self, found: Interaction, body: Json, files: dict[int, Upload], *, loading: bool = False
    ) -> Message:
        """A message of an interaction: its first answer, or one that follows."""
        viewer = found.user.id if int(body.get("flags") or 0) & EPHEMERAL else None
        about = self._answered_message(found)
        kind = _message_type(found) if about is None else REPLY
        answering = Answering(found.metadata(), found.command_name, kind, viewer, loading)
        bot = self._state.world.bot
        message = posting.create(
            self._state, found.channel, bot, body, files, answering=answering, about=about
        )
        found.sent.append(message.id)
        return message

    def _answered_message(self, found: Interaction) -> Json | None:
        """What a message of an interaction replies to: the component's message, or the first answer."""
        before = found.message.id if found.message is not None else None
        key = before if found.answered is None else found.original_id
        if key is None or self._state.messages.lookup(key) is None:
            return None
        about: Json = {"type": 0, "channel_id": found.channel.id, "message_id": key}
        return about | ({"guild_id": found.channel.guild_id} if found.channel.guild_id else {})

    def by_token(self, token: str) -> Interaction:
        """The interaction of a webhook token. Raises 10015 before it is acknowledged or when it is
        unknown, 50027 after its 15 minutes."""
        found = self._by_token.get(token)
        if found is None:
            raise refusal(10015)
        if found.expired or self._state.clock.now() - found.created >= self._state.limits.token_seconds:
            raise refusal(50027)
        if found.answered is None or found.answered in (Answer.AUTOCOMPLETE, Answer.PONG):
            raise refusal(10015)
        return found

    def follow_up(self, token: str, body: Json, files: dict[int, Upload]) -> Message:
        """A further message; right after a deferred answer it fills that one in, as in Discord."""
        found = self.by_token(token)
        original = self._state.messages.lookup(found.original_id) if found.original_id else None
        if found.answered is Answer.DEFERRED and original is not None and original.flags & LOADING:
            return posting.edit(self._state, original, body, files)
        return self.post(found, body, files)

    def message_of(self, token: str, message_id: str) -> Message:
        """One of an interaction's messages, "@original" among them. Raises 10008."""
        found = self.by_token(token)
        key = found.original_id if message_id == "@original" else message_id
        if key is None or (key != found.original_id and key not in found.sent):
            raise refusal(10008)
        message = self._state.messages.lookup(key)
        if message is None:
            raise refusal(10008)
        return message

    def response(self, found: Interaction) -> Json:
        """What `with_response` gives back."""
        about: Json = {"id": found.id, "type": int(found.kind), "channel_id": found.channel.id}
        if found.channel.guild_id:
            about["guild_id"] = found.channel.guild_id
        message = self._state.messages.lookup(found.original_id) if found.original_id else None
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": message.id,
            "response_message_loading": bool(message.flags & LOADING),
            "response_message_ephemeral": message.ephemeral,
        }
        if found.answered in (Answer.MESSAGE, Answer.UPDATE):
            resource = {
                "type": int(found.answered),
                "message": self._state.render(message, self._state.bot_id),
            }
            return {"interaction": about, "resource": resource}
        return {"interaction": about}

    # -- time

    async def _age(self, found: Interaction) -> None:
        limits = self._state.limits
        await self._state.clock.sleep(limits.ack_seconds)
        if found.answered is None:
            self._fail(found, "The application did not respond")
            return
        await self._state.clock.sleep(limits.token_seconds - limits.ack_seconds)
        self.expire(found)

    def expire(self, found: Interaction) -> None:
        """Ends an interaction's token; a message that still thinks tells its asker so."""
        found.expired = True
        message = self._state.messages.lookup(found.original_id) if found.original_id else None
        if message is not None and message.flags & LOADING:
            about = {"message_id": message.id, "channel_id": message.channel_id}
            self._state.tell_user(found.user.id, "TOKEN_EXPIRED", about)

    def expire_all(self) -> None:
        for found in self._by_id.values():
            if found.answered is not None and not found.expired:
                self.expire(found)

    def _fail(self, found: Interaction, why: str) -> None:
        found.failed = True
        if not found.first.done():
            found.first.set_result(First("failed", error=why))
        about: Json = {"id": found.id, "channel_id": found.channel.id, "error": why}
        if found.message is not None:
            about["message_id"] = found.message.id
        self._state.tell_user(found.user.id, "INTERACTION_FAILED", about)

    def _forget_old(self) -> None:
        while len(self._by_id) > REMEMBERED:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_token[oldest.token]


def _message_type(found: Interaction) -> int:
    if found.kind is not Kind.COMMAND:
        return DEFAULT
    return CHAT_COMMAND if found.data.get("type") == SLASH else CONTEXT_COMMAND
