"""What SQLite says when it fails, as one sentence for whoever asked; the owner finds the rest in the log."""

from __future__ import annotations

import sqlite3

from bot.core.errors import StorageError
from bot.core.language import later, say

_SENTENCES = {
    sqlite3.SQLITE_FULL: later(
        "The disk of this bot is full, so nothing new is taken on; whoever runs it has to make room."
    ),
    sqlite3.SQLITE_READONLY: later(
        "The database of this bot is read-only, so nothing new is taken on; whoever runs it has to let it "
        "be written."
    ),
    sqlite3.SQLITE_BUSY: later(
        "The database of this bot is locked by another program, so nothing new is taken on; please try again "
        "in a minute."
    ),
    sqlite3.SQLITE_CORRUPT: later(
        "The database of this bot is damaged, so nothing new is taken on; whoever runs it has to put back a "
        "backup."
    ),
    sqlite3.SQLITE_IOERR: later(
        "The disk of this bot does not answer, so nothing new is taken on; whoever runs it has to look at it."
    ),
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]
_SENTENCES[sqlite3.SQLITE_NOTADB] = _SENTENCES[sqlite3.SQLITE_CORRUPT]

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when Python itself raised the error."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def fault(error: sqlite3.Error) -> StorageError:
    """The error for a statement that failed at run time; names no path, since people in a chat read it."""
    sentence = _SENTENCES.get(code_of(error))
    if sentence is None:
        return StorageError(say("The database of this bot cannot be used: {error}.", error=error))
    return StorageError(say(sentence))
