"""Finished pictures: enlarging, rating and PNG files; no torch here."""
