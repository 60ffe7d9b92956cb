"""The parts that a drawing is put together from; `bot.chibi.draw` puts them together."""
