"""What pydantic finds wrong with a value, in words for who gave it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NEEDED = {
    "bool_parsing": "true or false is needed",
    "bool_type": "true or false is needed",
    "float_parsing": "a number is needed",
    "int_parsing": "a whole number is needed",
    "string_pattern_mismatch": "two letters are needed, such as fr",  # the one pattern there is: of a language
    "string_type": "text is needed",
    "tuple_type": "a list is needed",
}


def in_words(error: "ErrorDetails") -> str:
    """What is needed instead."""
    return _NEEDED.get(error["type"], error["msg"].removeprefix("Input "))
