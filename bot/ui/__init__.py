"""How Discord shows it: embeds, buttons, options, error sentences."""
