"""The engine: names to models, a worker process that draws, and the dispatcher that feeds it.

The bot's side (`models`, `fetch`, `check`, `messages`, `client`, `local`, and `dispatcher` with `state`,
`held`, `feeder`, `fair`, `outlook`, `plan`, `costs` and `supervisor`) never imports torch.
"""
