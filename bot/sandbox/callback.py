"""Which first answers an interaction takes, and what autocomplete may offer."""

from __future__ import annotations

from bot.sandbox.errors import FormErrors, Json, form_error

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
MESSAGES = {4, 5}
UPDATES = {6, 7}


def check_answer(kind: int, has_message: bool, answer: object) -> int:
    """The answer's type, when it fits the interaction's; raises 50035 otherwise."""
    fits = {
        COMMAND: MESSAGES | {9},
        COMPONENT: MESSAGES | UPDATES | {9},
        AUTOCOMPLETE: {8},
        MODAL: MESSAGES | (UPDATES if has_message else set()),
    }[kind]
    if not isinstance(answer, int) or answer not in fits:
        raise form_error(
            "type",
            "INTERACTION_CALLBACK_TYPE_INVALID",
            f"An interaction of type {kind} takes an answer of type {sorted(fits)}.",
        )
    return answer


def check_choices(data: Json, asked: Json) -> list[Json]:
    """Up to 25 choices of the focused option's type."""
    errors = FormErrors()
    choices: list[Json] = data.get("choices") or []
    if len(choices) > 25:
        errors.add("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    textual = (focused(asked.get("options") or []) or {}).get("type") == 3
    for index, choice in enumerate(choices):
        errors.length(f"data.choices.{index}.name", choice.get("name"), 1, 100)
        value = choice.get("value")
        if textual:
            errors.length(f"data.choices.{index}.value", value, 1, 100)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            errors.add(f"data.choices.{index}.value", "NUMBER_TYPE_COERCE", "The value must be a number.")
    errors.raise_if_any()
    return choices


def focused(options: list[Json]) -> Json | None:
    """The option that the person is typing, however deep."""
    for option in options:
        if option.get("focused"):
            return option
        if (below := focused(option.get("options") or [])) is not None:
            return below
    return None
