"""The world that every sandbox starts with: two art clubs, seven people and the bot."""

from __future__ import annotations

from bot.sandbox.errors import Json
from bot.sandbox.ids import fixed_id
from bot.sandbox.permissions import EVERYONE, Permission
from bot.sandbox.world import Channel, ChannelType, Guild, Member, Overwrite, Role, User, World

P = Permission
# what an invitation with the moderation features asks for
BOT_PERMISSIONS = 1_425_929_268_288
MODERATOR = P.MANAGE_MESSAGES | P.MANAGE_THREADS | P.MODERATE_MEMBERS

PEOPLE = [
    (11, "mika", "Mika", "en-US"),
    (12, "ren", "Ren", "en-US"),
    (13, "aoi", "Aoi", "en-US"),
    (14, "haruka", "Haruka", "ja"),
    (15, "sora", "Sora", "de"),
    (16, "yuki", "Yuki", "ja"),
    (17, "noor", "Noor", "fr"),
]


def build_world(bot_name: str) -> World:
    """A fresh world; its ids are the same on every start."""
    bot = User(fixed_id(10), bot_name.lower().replace(" ", "-"), bot_name, bot=True)
    world = World(bot, application_id=bot.id)
    for number, username, name, locale in PEOPLE:
        user = User(fixed_id(number), username, name, locale=locale)
        world.users[user.id] = user
    people = {user.username: user for user in world.users.values()}
    world.guilds = {guild.id: guild for guild in (_atelier(people, bot), _cafe(people, bot))}
    return world


def _guild(number: int, name: str, owner: User, bot: User) -> Guild:
    guild = Guild(fixed_id(number), name, owner.id)
    guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
    own = Role(fixed_id(number * 100 + 1), bot.global_name or bot.username, BOT_PERMISSIONS, 1, bot_id=bot.id)
    guild.roles[own.id] = own
    guild.members[bot.id] = Member(bot, [own.id])
    return guild


def _atelier(people: dict[str, User], bot: User) -> Guild:
    guild = _guild(1, "Moonlit Atelier", people["haruka"], bot)
    admin = Role(fixed_id(110), "Admin", P.ADMINISTRATOR, 4, 0xC9A227)
    moderator = Role(fixed_id(111), "Moderator", MODERATOR, 3, 0x5B8DB8)
    artist = Role(fixed_id(112), "Artist", 0, 2, 0xB86B8D)
    guild.roles |= {role.id: role for role in (admin, moderator, artist)}
    _join(guild, people, mika=[artist.id], ren=[], aoi=[moderator.id], haruka=[admin.id], sora=[], yuki=[])
    hide = Overwrite(guild.id, 0, deny=P.VIEW_CHANNEL)
    show = Overwrite(moderator.id, 0, allow=P.VIEW_CHANNEL)
    quiet = Overwrite(guild.id, 0, deny=P.SEND_MESSAGES)
    silent_bot = Overwrite(bot.id, 1, deny=P.SEND_MESSAGES)
    _channel(guild, 120, "Studio", ChannelType.CATEGORY)
    studio = fixed_id(120)
    _channel(guild, 121, "general", topic="Tea, talk and sketchbooks", parent=studio)
    _channel(guild, 122, "art-requests", topic="Ask the bot for a picture", parent=studio)
    _channel(
        guild,
        123,
        "after-dark-lounge",
        topic="Age-restricted: for adults of the club",
        nsfw=True,
        parent=studio,
    )
    forum = _channel(
        guild, 124, "gallery", ChannelType.FORUM, topic="Finished pieces, one post each", parent=studio
    )
    forum.tags = [_tag(1241, "portrait"), _tag(1242, "landscape"), _tag(1243, "experiment")]
    _channel(
        guild,
        125,
        "notices",
        ChannelType.ANNOUNCEMENT,
        topic="News of the club",
        parent=studio,
        overwrites=[quiet, silent_bot],
    )
    _channel(
        guild,
        126,
        "staff-room",
        topic="For those who look after the club",
        parent=studio,
        overwrites=[hide, show],
    )
    thread = Channel(
        fixed_id(130),
        ChannelType.PUBLIC_THREAD,
        guild.id,
        "Sketch night",
        parent_id=fixed_id(122),
        owner_id=people["mika"].id,
        members=[people["mika"].id, bot.id],
    )
    guild.threads[thread.id] = thread
    return guild


def _cafe(people: dict[str, User], bot: User) -> Guild:
    guild = _guild(2, "Paper Lantern Café", people["noor"], bot)
    keeper = Role(fixed_id(210), "Keeper", P.MANAGE_GUILD | MODERATOR, 2, 0x7A9E7E)
    guild.roles[keeper.id] = keeper
    _join(guild, people, noor=[keeper.id], mika=[], sora=[keeper.id], yuki=[])
    _channel(guild, 221, "tea-room", topic="Come in, sit down")
    _channel(guild, 222, "doodles", topic="Small pictures over a warm cup")
    _channel(guild, 223, "moonlight-corner", topic="Age-restricted", nsfw=True)
    _channel(guild, 224, "picture-wall", ChannelType.FORUM, topic="Pin what you like")
    return guild


def _join(guild: Guild, people: dict[str, User], **roles: list[str]) -> None:
    for name, held in roles.items():
        guild.members[people[name].id] = Member(people[name], held)


def _tag(number: int, name: str) -> Json:
    return {"id": fixed_id(number), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}


def _channel(
    guild: Guild,
    number: int,
    name: str,
    kind: ChannelType = ChannelType.TEXT,
    *,
    topic: str | None = None,
    nsfw: bool = False,
    parent: str | None = None,
    overwrites: list[Overwrite] | None = None,
) -> Channel:
    channel = Channel(
        fixed_id(number),
        kind,
        guild.id,
        name,
        topic,
        nsfw,
        len(guild.channels),
        parent,
        overwrites={overwrite.id: overwrite for overwrite in overwrites or []},
    )
    guild.channels[channel.id] = channel
    return channel
