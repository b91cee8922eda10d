"""How docs/settings.md must show a key of the schema: its value and its default."""

from firmware.settings.schema import Key, Must, Table


def value_text(key: Key) -> str:
    """What is allowed, as the key's kind says it."""
    return "a table" if isinstance(key.kind, Table) else key.kind.allowed


def default_text(key: Key) -> str:
    """The default as one would write it, or when the key must be written."""
    match key.default:
        case Must():
            return key.default.value
        case None:
            return "none"
        case bool():
            return f"`{str(key.default).lower()}`"
        case str():
            return f'`"{key.default}"`'
        case tuple():
            return f"`[{', '.join(str(each) for each in key.default)}]`"
        case _:
            return f"`{key.default}`"
