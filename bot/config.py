"""The owner's configuration: one frozen table per TOML table, environment over file over defaults."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import tomllib
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from bot.core.errors import ConfigError


class Table(BaseModel):
    """A TOML table; keys that it does not know are refused, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Discord(Table):
    """Where Discord is, and what ``/about`` says of this bot's own source."""

    api_base: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    source_url: str = ""

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


class Engine(Table):
    """How the workers run and how their time is shared; `config.example.toml` says what each key does."""

    device: Annotated[str, Field(min_length=1)] = "auto"
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    batch: Annotated[int, Field(ge=1, le=32)] = 2
    max_batch: Annotated[int, Field(ge=1, le=32)] = 4
    long_queue: Annotated[int, Field(ge=1)] = 4
    short_steps: Annotated[int, Field(ge=0)] = 10
    person_jobs: Annotated[int, Field(ge=0)] = 20
    guild_jobs: Annotated[int, Field(ge=0)] = 200
    preview_every: Annotated[int, Field(ge=0)] = 5
    watchdog: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 10.0
    compile: Literal["auto", "off"] = "auto"
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


class Storage(Table):
    """Where the database and the pictures are kept: a folder, made when it is missing."""

    path: Annotated[str, Field(min_length=1)] = "data"


class Config(Table):
    """All tables. The token is not part of the file: it comes from BOT_TOKEN or BOT_TOKEN_FILE."""

    discord: Discord = Discord()
    model: Model = Model()
    engine: Engine = Engine()
    storage: Storage = Storage()


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
