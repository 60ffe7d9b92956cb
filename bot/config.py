"""The owner's configuration: one frozen table per TOML table, environment over file over defaults."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import tomllib
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.core.errors import ConfigError, InvalidRequest
from bot.core.fast import Fast
from bot.core.lora import parse
from bot.core.quota import Limits
from bot.core.request import MAX_STYLE_NAME


class Table(BaseModel):
    """A TOML table; keys that it does not know are refused, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Discord(Table):
    """Where Discord is, and what ``/about`` says of this bot's own source."""

    api_base: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    source_url: str = ""
    stop_seconds: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] = 20.0

    @field_validator("api_base")
    @classmethod
    def _api_base(cls, url: str) -> str:
        return _address(url, "https", "http").rstrip("/")

    @field_validator("gateway_url")
    @classmethod
    def _gateway_url(cls, url: str) -> str:
        return _address(url, "wss", "ws")


class Model(Table):
    """Which model draws: ``chibi``, a profile's name, a diffusers folder or a .safetensors file."""

    name: Annotated[str, Field(min_length=1)] = "chibi"
    folder: str = "models"
    profile: str = ""
    source_url: str = ""


Guilds = tuple[int, ...]
"""The servers that may use something; none are all of them, and then direct messages too."""


class OtherModel(Table):
    """A further model, by a name of the owner's; ``model`` is what ``[model] name`` takes."""

    model: Annotated[str, Field(min_length=1)]
    profile: str = ""
    guilds: Guilds = ()


class LoraFile(Table):
    """A LoRA: its .safetensors file and, unless the file says them, the words that call it up."""

    file: Annotated[str, Field(min_length=1)]
    trigger: str = ""
    guilds: Guilds = ()


class Profile(Table):
    """A fast profile: what it sets in a request, and how it spares steps."""

    steps: int
    cfg: float = 7.0
    sampler: str = "Euler a"
    schedule: Literal["ays", "trailing"] | None = None
    guidance: tuple[float, float] | None = None
    loras: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.fast("")
        return self

    def fast(self, name: str) -> Fast:
        """The noun; raises ValueError for values that cannot be used together."""
        try:
            return Fast(
                name, self.steps, self.cfg, self.sampler, self.schedule, self.guidance, parse(self.loras)
            )
        except InvalidRequest as error:
            raise ValueError(str(error)) from None


PROFILES = {
    "fast": Profile(steps=10, cfg=6.0, sampler="DPM++ 2M SDE Karras", schedule="ays"),
    "half": Profile(steps=28, guidance=(0.0, 0.5)),
}


class Engine(Table):
    """How the workers run and how their time is shared; `config.example.toml` says what each key does."""

    device: Annotated[str, Field(min_length=1)] = "auto"
    dtype: Literal["auto", "float16", "bfloat16", "float32"] = "auto"
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    batch: Annotated[int, Field(ge=1, le=32)] = 2
    max_batch: Annotated[int, Field(ge=1, le=32)] = 4
    long_queue: Annotated[int, Field(ge=1)] = 4
    short_steps: Annotated[int, Field(ge=0)] = 10
    preview_every: Annotated[int, Field(ge=0)] = 5
    watchdog: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 10.0
    compile: Literal["auto", "off"] = "auto"
    library_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    weights: dict[str, Annotated[float, Field(ge=0.01, le=100)]] = {}

    @field_validator("max_batch")
    @classmethod
    def _max_batch(cls, pictures: int, info: ValidationInfo) -> int:
        if pictures < info.data.get("batch", 1):
            raise ValueError(f"at least as many pictures as batch, which is {info.data['batch']}")
        return pictures

    @property
    def devices(self) -> tuple[str, ...]:
        """One name for each worker."""
        return tuple(name for part in self.device.split(",") if (name := part.strip())) or ("auto",)


class Policy(Table):
    """What the owner allows everywhere; `config.example.toml` says what each key does."""

    ceiling: Literal["general", "sensitive", "questionable", "explicit"] = "explicit"
    paused: bool = False
    blocked_people: tuple[int, ...] = ()
    blocked_servers: tuple[int, ...] = ()
    real_people: tuple[str, ...] = ()
    keep_withheld: bool = False
    artists: bool = False
    withhold_general: Annotated[float, Field(gt=0, le=1)] = 0.20
    withhold_sensitive: Annotated[float, Field(gt=0, le=1)] = 0.35
    withhold_questionable: Annotated[float, Field(gt=0, le=1)] = 0.30

    @field_validator("blocked_people", "blocked_servers", "real_people", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A list in the environment has commas between its items."""
        if isinstance(value, str):
            return [item for part in value.split(",") if (item := part.strip())]
        return value


Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Cooldown = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]


class RoleQuota(Table):
    """What people of a role may have in place of everybody's; what is left out stays as it is for all."""

    jobs: Count | None = None
    per_hour: Count | None = None
    per_day: Count | None = None
    gpu_seconds: Seconds | None = None
    cooldown: Cooldown | None = None


class Quota(Table):
    """What a person and a server may have; `config.example.toml` says what each key does."""

    person_jobs: Count = 20
    person_per_hour: Count = 200
    person_per_day: Count = 1000
    person_gpu_seconds: Seconds = 0.0
    person_cooldown: Cooldown = 0.0
    guild_jobs: Count = 500
    guild_per_hour: Count = 0
    guild_per_day: Count = 0
    guild_gpu_seconds: Seconds = 0.0
    roles: dict[str, RoleQuota] = {}

    @property
    def person(self) -> Limits:
        """A person's limits where no role of theirs is named."""
        return Limits(
            self.person_jobs,
            self.person_per_hour,
            self.person_per_day,
            self.person_gpu_seconds,
            self.person_cooldown,
        )

    @property
    def by_role(self) -> dict[str, dict[str, float]]:
        """What each role names, by the names that ``Limits`` gives them."""
        return {role: table.model_dump(exclude_none=True) for role, table in self.roles.items()}

    @property
    def guild(self) -> Limits:
        """A server's limits."""
        return Limits(self.guild_jobs, self.guild_per_hour, self.guild_per_day, self.guild_gpu_seconds)


class Storage(Table):
    """Where the database and the pictures are kept: a folder, made when it is missing."""

    path: Annotated[str, Field(min_length=1)] = "data"
    backups: Annotated[int, Field(ge=0, le=1000)] = 7
    keep_days: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    keep_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    purge_days: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30.0


class Prompts(Table):
    """What people may write beside tags."""

    wildcards: Annotated[str, Field(min_length=1)] = "wildcards"


class OwnStyle(Table):
    """The words of a style; ``{prompt}`` in the positive is where the asker's stand."""

    positive: Annotated[str, Field(max_length=1000)] = ""
    negative: Annotated[str, Field(max_length=1000)] = ""


StyleName = Annotated[str, Field(min_length=1, max_length=MAX_STYLE_NAME)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,31}$")]
"""What people type: no comma or colon, which part LoRAs from each other and from their weights."""


class Config(Table):
    """All tables. The token is not part of the file: it comes from BOT_TOKEN or BOT_TOKEN_FILE."""

    discord: Discord = Discord()
    model: Model = Model()
    engine: Engine = Engine()
    policy: Policy = Policy()
    prompts: Prompts = Prompts()
    styles: dict[StyleName, OwnStyle] = {}
    quota: Quota = Quota()
    storage: Storage = Storage()
    models: dict[Name, OtherModel] = {}
    loras: dict[Name, LoraFile] = {}
    profiles: dict[Name, Profile] = PROFILES


@dataclasses.dataclass(frozen=True)
class Token:
    """The bot's secret; it never shows in a repr, and so in no log."""

    value: str = dataclasses.field(repr=False)


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a config file (None: defaults only) and lay ``BOT_<TABLE>_<KEY>`` over it.

    Raises ConfigError naming the key path, the value and what was expected.
    """
    values = {} if path is None else _read(path)
    variables: dict[tuple[int | str, ...], str] = {}
    for variable, text in environment.items():
        table, _, key = variable.removeprefix("BOT_").lower().partition("_")
        if variable.startswith("BOT_") and table in Config.model_fields:
            keys = values.setdefault(table, {})
            if isinstance(keys, dict):  # anything else is refused below, under its name
                keys[key] = text
                variables[table, key] = variable
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        sentences = [
            f"In {variables.get(item['loc'][:2], str(path))}: {_sentence(item)}." for item in error.errors()
        ]
        raise ConfigError(" ".join(sentences)) from None


def token(environment: Mapping[str, str] = os.environ) -> Token:
    """The bot's token from BOT_TOKEN, else from the file named by BOT_TOKEN_FILE; raises ConfigError."""
    if value := environment.get("BOT_TOKEN", "").strip():
        return Token(value)
    if name := environment.get("BOT_TOKEN_FILE"):
        try:
            value = Path(name).read_text("utf-8").strip()
        except OSError as error:
            raise ConfigError(
                f"BOT_TOKEN_FILE names {name}, which cannot be read: {error.strerror}."
            ) from None
        if value:
            return Token(value)
        raise ConfigError(f"BOT_TOKEN_FILE names {name}, which is empty; it should hold the bot's token.")
    raise ConfigError("There is no token: set BOT_TOKEN, or BOT_TOKEN_FILE to a file that holds it.")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"There is no config file {path}; copy config.example.toml to begin.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The config file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The config file {path} is not valid TOML: {error}.") from None


def _sentence(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        hint = ": set BOT_TOKEN or BOT_TOKEN_FILE in its place" if key == "discord.token" else ""
        return f"{key} is not a known key{hint}"
    expected = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    expected = expected.partition(", unable to parse")[0]
    return f"{key} is {error['input']!r}, but should be {expected}"


def _address(url: str, scheme: str, plain: str) -> str:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in (scheme, plain) or not parts.hostname:
        raise ValueError(f"an address that begins with {scheme}://")
    if parts.scheme == plain and not _is_loopback(parts.hostname):
        raise ValueError(f"{scheme}, since the bot's token goes there ({plain} is for loopback alone)")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
