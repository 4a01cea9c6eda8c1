"""A rule book that is written in several files: its parts put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.errors import BookRefused, Problem


def put_together(parts: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return one book from the named parts: lists one after the other, everything else from one part only.

    Refuses with BookRefused if two parts say the same thing or one is no part of a book.
    """
    whole: dict[str, object] = {}
    for name, part in parts:
        if not isinstance(part, Mapping):
            raise BookRefused([Problem(name, "must be a part of a rule book: a group of words")])
        for key, value in part.items():
            held = whole.get(key)
            if isinstance(held, list) and isinstance(value, list):
                whole[key] = [*held, *value]
            elif key in whole:
                raise BookRefused([Problem(f"{name}.{key}", "is said in another file of this folder too")])
            else:
                whole[key] = value
    return whole
