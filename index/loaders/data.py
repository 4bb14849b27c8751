"""JSON as lines that say where each value is."""

import json
import re
from collections.abc import Iterator
from typing import Any

from index.errors import UnreadableDocument
from index.loaders.parsed import Parsed, Part, assemble
from index.loaders.text import decode, load_code

_LINK = re.compile(r"^data:[\w/+.;=-]+,")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+=*")
_LONGEST_WORD = 1000


def load_json(data: bytes) -> Parsed:
    """One value, as lines `path: value`; what is no JSON after all is read as the text that it is."""
    text = decode(data)
    try:
        value = json.loads(text)
    except ValueError:  # not only of what is no JSON: a number of more than 4,300 digits is none for Python
        return load_code(data)
    except RecursionError as error:
        raise UnreadableDocument("nested too deep") from error
    parts = value if isinstance(value, list) else [value]
    title = value.get("title") if isinstance(value, dict) else ""
    return assemble(title if isinstance(title, str) else "", (Part("\n".join(_lines(part))) for part in parts))


def load_jsonl(data: bytes) -> Parsed:
    """One value a line, each a paragraph of lines `path: value`."""
    parts = list[Part]()
    for line in filter(str.strip, decode(data).split("\n")):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = line.strip()
        if isinstance(value, dict) and _is_graded(value):
            raise UnreadableDocument("questions of footnote eval, which would answer themselves")
        parts.append(Part("\n".join(_lines(value))))
    return assemble("", parts)


def _is_graded(value: dict[str, Any]) -> bool:
    """Whether a line is a question of `footnote eval` with what would be right."""
    is_graded = isinstance(value.get("answerable"), bool) and "answers" in value
    return "question" in value and (is_graded or any(isinstance(value.get(key), list) for key in ("gold", "all_of")))


def _lines(value: Any) -> Iterator[str]:
    """Every plain value below `value` that says something, with the way to it."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{path}.{key}" if path else key, item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            if value and all(isinstance(item, str | int | float) for item in value):
                value = ", ".join(map(str, value))
                waiting.append((path, value))
            else:
                waiting += [(f"{path}[{number}]", item) for number, item in reversed(list(enumerate(value, 1)))]
        elif value not in (None, "") and not _is_packed(value):
            shown = json.dumps(value) if isinstance(value, bool) else value
            yield f"{path}: {shown}" if path else str(shown)


def _is_packed(value: Any) -> bool:
    """Whether this is no text but a picture or a file, written in the letters of base64, as in notebooks."""
    if not isinstance(value, str) or len(value) <= _LONGEST_WORD:
        return False
    lines = _LINK.sub("", value, count=1).split("\n")
    is_even = all(len(line) == len(lines[0]) for line in lines[:-2])
    return is_even and all(_BASE64.fullmatch(line) for line in lines if line)
