"""HTTP routes for answering interactions, and for registering commands."""

from __future__ import annotations

from bot.sandbox import posting
from bot.sandbox.errors import Json, refusal
from bot.sandbox.rest import Api, Call, Reply, Route
from bot.sandbox.shape import CALLBACK, COMMAND, MESSAGE, check_shape


def callback(api: Api, call: Call) -> Json | None:
    check_shape(call.body, CALLBACK)
    found = api.interactions.answer(
        call.params["interaction_id"], call.params["interaction_token"], call.body, call.files
    )
    wanted = call.query.get("with_response", "").lower() in ("1", "true")
    return api.interactions.response(found) if wanted else None


def _ours(api: Api, call: Call) -> str:
    if call.params["webhook_id"] != api.state.world.application_id:
        raise refusal(10015)
    return call.params["webhook_token"]


def follow_up(api: Api, call: Call) -> Json:
    token = _ours(api, call)
    check_shape(call.body, MESSAGE)
    return api.state.render(api.interactions.follow_up(token, call.body, call.files), api.state.bot_id)


def _named(api: Api, call: Call) -> str:
    return call.params.get("message_id", "@original")


def read(api: Api, call: Call) -> Json:
    message = api.interactions.message_of(_ours(api, call), _named(api, call))
    return api.state.render(message, api.state.bot_id)


def edit(api: Api, call: Call) -> Json:
    check_shape(call.body, MESSAGE)
    message = api.interactions.message_of(_ours(api, call), _named(api, call))
    return api.state.render(posting.edit(api.state, message, call.body, call.files), api.state.bot_id)


def delete(api: Api, call: Call) -> None:
    posting.delete(api.state, api.interactions.message_of(_ours(api, call), _named(api, call)))


# -- commands


def _scope(api: Api, call: Call) -> str | None:
    """The server whose commands are meant, or None for the global ones."""
    if call.params["application_id"] != api.state.world.application_id:
        raise refusal(20012)
    guild_id = call.params.get("guild_id")
    if guild_id is not None and api.state.bot_id not in api.state.world.guild(guild_id).members:
        raise refusal(50001)
    return guild_id


def _changed(api: Api) -> None:
    api.state.viewers.emit("COMMANDS_UPDATE", lambda _user: {})


def list_commands(api: Api, call: Call) -> list[Json]:
    return api.state.commands.all(_scope(api, call))


def replace_commands(api: Api, call: Call) -> list[Json]:
    check_shape(call.body, [COMMAND])
    found = api.state.commands.replace(call.body, _scope(api, call))
    _changed(api)
    return found


def add_command(api: Api, call: Call) -> Reply:
    check_shape(call.body, COMMAND)
    found, fresh = api.state.commands.upsert(call.body, _scope(api, call))
    _changed(api)
    return Reply(201 if fresh else 200, found)


def read_command(api: Api, call: Call) -> Json:
    return api.state.commands.get(call.params["command_id"], _scope(api, call))


def edit_command(api: Api, call: Call) -> Json:
    check_shape(call.body, COMMAND)
    found = api.state.commands.edit(call.params["command_id"], call.body, _scope(api, call))
    _changed(api)
    return found


def delete_command(api: Api, call: Call) -> None:
    api.state.commands.delete(call.params["command_id"], _scope(api, call))
    _changed(api)


def command_permissions(api: Api, call: Call) -> list[Json]:
    _scope(api, call)
    return []  # nobody has overridden any


_TOKEN = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES = [
    Route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback, auth=False),
    Route("POST", _TOKEN, follow_up, auth=False),
    *(
        Route(method, f"{_TOKEN}/messages/{name}", handler, auth=False)
        for name in ("@original", "{message_id}")
        for method, handler in (("GET", read), ("PATCH", edit), ("DELETE", delete))
    ),
    Route(
        "GET", "/applications/{application_id}/guilds/{guild_id}/commands/permissions", command_permissions
    ),
    *(
        route
        for root in (
            "/applications/{application_id}/commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
        )
        for route in (
            Route("GET", root, list_commands),
            Route("PUT", root, replace_commands, takes_list=True),
            Route("POST", root, add_command),
            Route("GET", root + "/{command_id}", read_command),
            Route("PATCH", root + "/{command_id}", edit_command),
            Route("DELETE", root + "/{command_id}", delete_command),
        )
    ),
]
