"""The nouns that every room shares, and the exception tree; standard library only."""
