"""The rules with no switch: their lists, and the search for what they name."""
