"""Rated words as people write them and disguise them, and finding them again."""
