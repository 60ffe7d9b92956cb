"""The owner's configuration: defaults, overrides, and one sentence for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import config
from bot.core.errors import ConfigError
from bot.core.quota import Limits

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_example_equals_the_defaults_and_names_every_key() -> None:
    assert config.load(EXAMPLE, {}) == config.Config()
    text = EXAMPLE.read_text("utf-8")
    for table, value in config.Config():
        assert f"[{table}]" in text
        for key in type(value).model_fields if isinstance(value, config.Table) else ():
            assert f"\n{key} = " in text


def test_several_devices_are_a_worker_each() -> None:
    assert config.Engine().devices == ("auto",)
    assert config.Engine(device="cuda:0, cuda:1,").devices == ("cuda:0", "cuda:1")
    assert config.Engine(device=" ,").devices == ("auto",)


def test_a_roles_quota_names_only_what_differs(tmp_path: Path) -> None:
    roles = "[quota.roles.Patron]\njobs = 0\n[quota.roles.55]\ncooldown = 2"
    text = f"[quota]\nperson_jobs = 5\nguild_per_day = 90\n{roles}"
    quota = config.load(written(tmp_path, text), {}).quota
    assert quota.person == Limits(5, 200, 1000) and quota.guild == Limits(500, 0, 90)
    assert quota.by_role == {"Patron": {"jobs": 0}, "55": {"cooldown": 2.0}}


def test_an_owners_styles_are_read_by_name(tmp_path: Path) -> None:
    text = '[styles.Noir]\npositive = "{prompt}, ink"\n[styles."Soft light"]\nnegative = "dark"'
    styles = config.load(written(tmp_path, text), {}).styles
    assert styles["Noir"] == config.OwnStyle(positive="{prompt}, ink")
    assert styles["Soft light"].negative == "dark"
    with pytest.raises(ConfigError, match=r"styles\.Noir\.prefix is not a known key"):
        config.load(written(tmp_path, '[styles.Noir]\nprefix = "x"'), {})


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[storage]\npath = "here"\n[engine]\nthreads = 2')
    loaded = config.load(path, {"BOT_STORAGE_PATH": "there", "BOT_ENGINE_DEVICE": "cpu", "HOME": "/"})
    assert loaded.storage.path == "there"
    assert (loaded.engine.threads, loaded.engine.device) == (2, "cpu")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", "colour is not a known key"),
        ("[model]\nsize = 1", "model.size is not a known key"),
        ("[discord]\ntoken = 'x'", "discord.token is not a known key"),
        ("[engine]\nthreads = 'many'", "engine.threads is 'many', but should be a valid integer"),
        ("[engine]\nthreads = -1", "engine.threads is -1"),
        ("engine = 3", "engine is 3"),
        ("[storage]\npath = ''", "storage.path is ''"),
        ("[discord]\napi_base = 'http://example.org/api/v10'", "should be https, since the bot's token"),
        ("[discord]\ngateway_url = 'ws://192.168.1.2/'", "should be wss, since the bot's token"),
        ("[discord]\ngateway_url = 'https://127.0.0.1/'", "an address that begins with wss://"),
        ("[discord]\napi_base = 'nonsense'", "an address that begins with https://"),
        ("[model", "is not valid TOML"),
        ("[engine]\nbatch = 3\nmax_batch = 2", "should be at least as many pictures as batch, which is 3"),
        ("[quota]\nperson_jobs = -1", "quota.person_jobs is -1, but should be greater than or equal to 0"),
        ("[quota]\nperson_per_hour = 2.5", "quota.person_per_hour is 2.5, but should be a valid integer"),
        ("[quota]\nperson_cooldown = 90000", "quota.person_cooldown is 90000, but should be less than or"),
        ("[quota]\nguild_gpu_seconds = nan", "quota.guild_gpu_seconds is nan, but should be a finite number"),
        ("[quota.roles.Patron]\nper_week = 1", "quota.roles.Patron.per_week is not a known key"),
        ("[quota]\nroles = { Patron = 3 }", "quota.roles.Patron is 3"),
        ("[engine]\nwatchdog = inf", "engine.watchdog is inf, but should be a finite number"),
        ("[engine]\nweights = { Patron = 0 }", "engine.weights.Patron is 0, but should be greater than"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, text), {"BOT_ENGINE_DEVICE": "cpu"} if text != "engine = 3" else {})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_override_of_a_table_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="engine is 3"):
        config.load(written(tmp_path, "engine = 3"), {"BOT_ENGINE_DEVICE": "cpu"})


def test_lists_in_the_environment_have_commas() -> None:
    loaded = config.load(
        None,
        {
            "BOT_POLICY_BLOCKED_PEOPLE": "1, 1234567890123456789,",
            "BOT_POLICY_BLOCKED_SERVERS": "",
            "BOT_POLICY_REAL_PEOPLE": "Testa Standin, 見本花子",
            "BOT_POLICY_PAUSED": "true",
        },
    )
    assert loaded.policy.blocked_people == (1, 1234567890123456789)
    assert loaded.policy.blocked_servers == ()
    assert loaded.policy.real_people == ("Testa Standin", "見本花子")
    assert loaded.policy.paused
    with pytest.raises(ConfigError, match=r"PEOPLE: policy\.blocked_people\.1 is .me., but"):
        config.load(None, {"BOT_POLICY_BLOCKED_PEOPLE": "1,me"})


def test_lists_in_the_file_are_lists(tmp_path: Path) -> None:
    loaded = config.load(written(tmp_path, '[policy]\nblocked_people = [1, 2]\nreal_people = ["A B"]'), {})
    assert loaded.policy.blocked_people == (1, 2) and loaded.policy.real_people == ("A B",)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no config file .*absent\.toml"):
        config.load(tmp_path / "absent.toml", {})


def test_an_unknown_key_in_the_environment() -> None:
    with pytest.raises(ConfigError, match="model.nmae is not a known key"):
        config.load(None, {"BOT_MODEL_NMAE": "x"})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:80/api/v10", "http://localhost/api/v10", "http://[::1]/api/v10"]
)
def test_plain_http_is_fine_on_loopback(url: str) -> None:
    assert config.load(None, {"BOT_DISCORD_API_BASE": url}).discord.api_base == url


def test_each_mistake_is_named_with_the_place_it_was_made_in(tmp_path: Path) -> None:
    file = tmp_path / "bot.toml"
    file.write_text('[discord]\ntoken = "abc"\n[engine]\nthreads = "two"\n')
    with pytest.raises(ConfigError) as caught:
        config.load(file, {"BOT_ENGINE_DEVISE": "cpu"})
    sentence = str(caught.value)
    assert "In BOT_ENGINE_DEVISE: engine.devise is not a known key." in sentence
    assert f"In {file}: engine.threads is 'two', but should be a valid integer." in sentence
    assert "set BOT_TOKEN" in sentence


def test_the_token_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("abc\n")
    assert config.token({"BOT_TOKEN": " xyz "}).value == "xyz"
    assert config.token({"BOT_TOKEN_FILE": str(secret)}).value == "abc"
    assert "xyz" not in repr(config.token({"BOT_TOKEN": "xyz"}))
    for environment in ({}, {"BOT_TOKEN_FILE": str(tmp_path / "none")}, {"BOT_TOKEN": " "}):
        with pytest.raises(ConfigError):
            config.token(environment)
    secret.write_text("")
    with pytest.raises(ConfigError, match="is empty"):
        config.token({"BOT_TOKEN_FILE": str(secret)})
