"""The engine: names to models, a worker process that draws, and the dispatcher that feeds it.

The bot's side (`models`, `fetch`, `check`, `messages`, `client`, `dispatcher`, `local`) never imports torch.
"""
