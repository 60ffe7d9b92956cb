"""Buttons, selects, layout and modals: what Discord accepts, and the form in which it gives them back."""

from __future__ import annotations

from collections.abc import Iterator

from bot.sandbox.errors import FormErrors, Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL, FILE_UPLOAD = (
    9,
    10,
    11,
    12,
    13,
    14,
    17,
    18,
    19,
)
RADIO, CHECKBOXES, CHECKBOX = 21, 22, 23
SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
TOP_LEVEL_V2 = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
IN_CONTAINER = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
LINK, PREMIUM = 5, 6
DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    THUMBNAIL: {"description": None, "spoiler": False},
    GALLERY: {},
    FILE: {"spoiler": False, "name": None, "size": None},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"accent_color": None, "spoiler": False},
}


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, parents first."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield from walk([component[key]])


def by_custom_id(components: list[Json], custom_id: str) -> Json | None:
    return next((part for part in walk(components) if part.get("custom_id") == custom_id), None)


def check_message(components: list[Json], *, v2: bool, errors: FormErrors) -> None:
    """Adds to `errors` all that Discord refuses in a message's components."""
    every = list(walk(components))
    if v2 and len(every) > 40:
        errors.add("components", "BASE_TYPE_MAX_LENGTH", "Must be 40 or fewer in total.")
    if not v2 and len(components) > 5:
        errors.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if v2 and sum(len(part.get("content") or "") for part in every if part.get("type") == TEXT) > 4000:
        errors.add(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "The total displayable text exceeds the maximum of 4000 characters.",
        )
    for index, component in enumerate(components):
        path = f"components.{index}"
        if component.get("type") not in (TOP_LEVEL_V2 if v2 else (ROW,)):
            errors.add(f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" is not allowed here.')
            continue
        _check_part(path, component, errors)
    _check_unique_ids(components, errors)


def check_modal(data: Json, errors: FormErrors) -> None:
    """Adds to `errors` all that Discord refuses in a modal."""
    errors.length("data.title", data.get("title"), 1, 45)
    errors.length("data.custom_id", data.get("custom_id"), 1, 100)
    parts = data.get("components") or []
    if not 1 <= len(parts) <= 5:
        errors.add("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for index, part in enumerate(parts):
        path = f"data.components.{index}"
        if part.get("type") == ROW:
            for below, child in enumerate(part.get("components") or []):
                _check_text_input(f"{path}.components.{below}", child, errors, labelled=True)
        elif part.get("type") == LABEL:
            errors.length(f"{path}.label", part.get("label"), 1, 45)
            errors.too_long(f"{path}.description", part.get("description"), 100)
            _check_in_label(f"{path}.component", part.get("component") or {}, errors)
        elif part.get("type") != TEXT:
            errors.add(
                f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).'
            )
    _check_unique_ids(parts, errors)


def _check_in_label(path: str, component: Json, errors: FormErrors) -> None:
    if component.get("type") == TEXT_INPUT:
        _check_text_input(path, component, errors, labelled=False)
    elif component.get("type") in SELECTS:
        _check_select(path, component, errors)
    elif component.get("type") not in (FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX):
        errors.add(f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" is not allowed in a label.')


def _check_text_input(path: str, component: Json, errors: FormErrors, *, labelled: bool) -> None:
    if component.get("type") != TEXT_INPUT:
        errors.add(f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (4,).')
        return
    errors.length(f"{path}.custom_id", component.get("custom_id"), 1, 100)
    if labelled:
        errors.length(f"{path}.label", component.get("label"), 1, 45)
    errors.too_long(f"{path}.placeholder", component.get("placeholder"), 100)
    errors.too_long(f"{path}.value", component.get("value"), component.get("max_length") or 4000)
    if component.get("style") not in (1, 2):
        errors.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")


def _check_part(path: str, part: Json, errors: FormErrors) -> None:
    kind = part.get("type")
    children = part.get("components") or []
    if kind == ROW:
        _check_row(path, children, errors)
    elif kind == CONTAINER:
        for index, child in enumerate(children):
            if child.get("type") not in IN_CONTAINER:
                errors.add(
                    f"{path}.components.{index}.type",
                    "UNION_TYPE_CHOICES",
                    'Value of field "type" is not allowed in a container.',
                )
            else:
                _check_part(f"{path}.components.{index}", child, errors)
    elif kind == SECTION:
        if not 1 <= len(children) <= 3:
            errors.add(f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
        if not part.get("accessory"):
            errors.required(f"{path}.accessory")
        elif part["accessory"].get("type") == BUTTON:
            _check_button(f"{path}.accessory", part["accessory"], errors)
    elif kind == TEXT:
        errors.length(f"{path}.content", part.get("content"), 1, 4000)
    elif kind == GALLERY and not 1 <= len(part.get("items") or []) <= 10:
        errors.add(f"{path}.items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")


def _check_row(path: str, children: list[Json], errors: FormErrors) -> None:
    limit = 1 if any(child.get("type") in SELECTS for child in children) else 5
    if not 1 <= len(children) <= limit:
        errors.add(f"{path}.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limit} in length.")
    for index, child in enumerate(children):
        below = f"{path}.components.{index}"
        if child.get("type") == BUTTON:
            _check_button(below, child, errors)
        elif child.get("type") in SELECTS:
            _check_select(below, child, errors)
        else:
            errors.add(
                f"{below}.type",
                "UNION_TYPE_CHOICES",
                'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).',
            )


def _check_button(path: str, button: Json, errors: FormErrors) -> None:
    style = button.get("style")
    if style not in (1, 2, 3, 4, LINK, PREMIUM):
        errors.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    errors.too_long(f"{path}.label", button.get("label"), 80)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji.")
    if style == LINK:
        if not str(button.get("url") or "").startswith(("http://", "https://", "discord://")):
            errors.add(f"{path}.url", "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        if button.get("custom_id"):
            errors.add(
                path,
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                "A custom id and url cannot both be specified",
            )
    elif style != PREMIUM:
        _check_custom_id(path, button, errors)


def _check_select(path: str, select: Json, errors: FormErrors) -> None:
    _check_custom_id(path, select, errors)
    errors.too_long(f"{path}.placeholder", select.get("placeholder"), 150)
    low, high = select.get("min_values"), select.get("max_values")
    low, high = 1 if low is None else low, 1 if high is None else high
    if not 0 <= low <= 25 or not 1 <= high <= 25 or low > high:
        errors.add(f"{path}.max_values", "BASE_TYPE_BAD_RANGE", "min_values and max_values must fit 0 to 25.")
    if select.get("type") != STRING_SELECT:
        return
    options = select.get("options") or []
    if not 1 <= len(options) <= 25:
        errors.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    values = [option.get("value") for option in options]
    for index, option in enumerate(options):
        errors.length(f"{path}.options.{index}.label", option.get("label"), 1, 100)
        errors.length(f"{path}.options.{index}.value", option.get("value"), 1, 100)
        errors.too_long(f"{path}.options.{index}.description", option.get("description"), 100)
        if values.index(option.get("value")) != index:
            errors.add(
                f"{path}.options.{index}.value",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )


def _check_custom_id(path: str, component: Json, errors: FormErrors) -> None:
    if component.get("custom_id") in (None, ""):
        errors.required(f"{path}.custom_id")
    else:
        errors.too_long(f"{path}.custom_id", component["custom_id"], 100)


def _check_unique_ids(components: list[Json], errors: FormErrors) -> None:
    seen: set[str] = set()
    for part in walk(components):
        custom_id = part.get("custom_id")
        if custom_id is None:
            continue
        if custom_id in seen:
            errors.add(
                "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        seen.add(custom_id)


def normalised(components: list[Json]) -> list[Json]:
    """As Discord gives them back: numbered, with defaults filled in and nulls dropped."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    fresh = (number for number in range(1, 1000) if number not in taken)
    return [_normal(part, fresh) for part in components]


def _normal(part: Json, fresh: Iterator[int]) -> Json:
    kind = part.get("type", 0)
    found: Json = {**DEFAULTS.get(kind, {}), **_present(part)}
    found["id"] = part.get("id") or next(fresh)
    if "components" in found:
        found["components"] = [_normal(child, fresh) for child in found["components"]]
    for key in ("accessory", "component"):
        if isinstance(found.get(key), dict):
            found[key] = _normal(found[key], fresh)
    if "emoji" in found:
        found["emoji"] = _present(found["emoji"])
    if kind == STRING_SELECT:
        found["options"] = [
            _present(option) | ({"emoji": _present(option["emoji"])} if option.get("emoji") else {})
            for option in found.get("options", [])
        ]
    if kind == GALLERY:
        found["items"] = [
            {
                "description": item.get("description"),
                "spoiler": bool(item.get("spoiler")),
                "media": _media(item.get("media") or {}),
            }
            for item in found.get("items", [])
        ]
    for key in ("media", "file"):
        if isinstance(found.get(key), dict):
            found[key] = _media(found[key])
    return found


def _present(part: Json) -> Json:
    return {key: value for key, value in part.items() if value is not None}


def _media(media: Json) -> Json:
    return {
        "id": "0",
        "url": media.get("url", ""),
        "proxy_url": media.get("url", ""),
        "width": None,
        "height": None,
        "content_type": None,
    }
