"""The fixed words of documents in three languages, read from texts/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words: `words("decision.lines")`, with {named} facts filled in."""

    language: str
    texts: dict[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """The text of a key with its facts; a key that is not there is a KeyError."""
        return self.texts[key].format(**facts)

    @property
    def tag(self) -> str:
        """The BCP 47 tag for HTML: it selects glyph shapes and the screen reader's voice."""
        return {"zh_Hant_TW": "zh-Hant-TW", "zh_Hans_CN": "zh-Hans", "en": "en"}[self.language]


@cache
def words(language: str) -> Words:
    """The words of a language (one of document.LANGUAGES)."""
    text = (files("reports") / "texts" / f"{language}.toml").read_text("utf-8")
    sections: dict[str, dict[str, str]] = tomllib.loads(text)
    flat = {f"{section}.{key}": value for section, keys in sections.items() for key, value in keys.items()}
    return Words(language, flat)
