"""The numbers of a sandbox that a test may change, in one place."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes as Discord has them.

    `privileged_intents` are the intents that the developer's page has switched on (a bit set):
    identifying with others closes with 4014, and without message content (1 << 15) other
    people's messages come back blank.
    """

    ack_seconds: float = 3.0
    token_seconds: float = 900.0
    nonce_seconds: float = 180.0
    url_seconds: float = 86_400.0
    heartbeat_seconds: float = 41.25
    file_bytes: int = 10 * MIB
    request_bytes: int = 25 * MIB
    rate_limits: bool = True
    privileged_intents: int = 0
    log_entries: int = 50_000
