"""AddonContract: what holds for every addon; an addon's tests inherit it and name the addon.

class TestContract(AddonContract):
    addon = "points"
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from sqlalchemy import inspect

from core.addons import registry
from core.addons.discover import available
from core.addons.graph import in_order
from core.addons.manifest import Manifest
from core.db import migrate, session
from core.db.base import Base, metadata
from core.errors import refusals

LANGUAGES = ("zh_Hant_TW", "zh_Hans_CN")

_GETTEXT = ("gettext", "lazy_gettext", "_")


def _known(folder: Path, language: str) -> set[object]:
    """Return the texts a catalogue translates."""
    path = folder / "i18n" / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return set()
    with path.open("rb") as file:
        return {message.id for message in read_po(file, locale=language) if message.string}


class AddonContract:
    """The promises of an addon."""

    addon: ClassVar[str]

    @pytest.fixture
    def manifest(self, addons: registry.Registry) -> Manifest:
        """Return the addon's manifest."""
        return next(m for m in addons.manifests if m.name == self.addon)

    @pytest.fixture
    def tables(self, addons: registry.Registry) -> list[str]:
        """Return the addon's tables."""
        return [t for t in metadata.tables if migrate.owner_of(t, addons.manifests) == self.addon]

    def test_tables_carry_its_name(self, addons: registry.Registry) -> None:
        """A table of this addon begins with its name, and no two classes share one by accident."""
        own = [m for m in Base.registry.mappers if m.class_.__module__.startswith(f"addons.{self.addon}.")]
        names = [mapper.class_.__table__.name for mapper in own if not mapper.inherits]
        assert all(name.startswith(f"{self.addon}_") for name in names), names
        assert len(names) == len(set(names)), names

    def test_migrations_go_up_down_and_up(self, manifest: Manifest, tables: list[str], tmp_path: Path) -> None:
        """The addon's branch makes its tables, takes them away and makes them again."""
        found = available()
        manifests = in_order([self.addon], found)
        engine = session.connect(f"sqlite:///{tmp_path / 'contract.db'}")
        for _ in range(2):
            migrate.upgrade(engine, manifests)
            assert set(tables) <= set(inspect(engine).get_table_names())
            migrate.downgrade(engine, manifests, self.addon)
            assert not set(tables) & set(inspect(engine).get_table_names())
        session.disconnect()

    def test_words_are_documented(self, manifest: Manifest, addons: registry.Registry) -> None:
        """Each word has its label in three languages and belongs to the addon that declares it."""
        words = addons.vocabulary()
        own = [name for name, owner in words.owners.items() if owner == self.addon]
        for name in own:
            word = words.facts.get(name) or words.effects[name]
            assert word.label.zh_hant, name
            assert word.label.zh_hans, name
            assert word.label.en, name

    def test_refusals_use_exactly_their_facts(self) -> None:
        """A refusal's sentence names all of its facts and no others."""
        for code, refusal in refusals().items():
            if refusal.__module__.startswith(f"addons.{self.addon}."):
                facts = dict.fromkeys(refusal.fact_names(), 1)
                assert refusal.sentence % facts, code
                for name in facts:
                    assert f"%({name})" in refusal.sentence, (code, name)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_messages_are_translated(self, manifest: Manifest, language: str) -> None:
        """The catalogue has no gap, nothing fuzzy, and every translation takes the same parameters."""
        path = manifest.folder / "i18n" / language / "LC_MESSAGES" / "messages.po"
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        missing = [message.id for message in catalogue if message.id and (not message.string or message.fuzzy)]
        assert not missing, missing
        wrong = [(m.id, problems) for m in catalogue if (problems := [str(e) for e in m.check(catalogue)])]
        assert not wrong, wrong

    def test_every_refusal_is_in_the_catalogues(self, manifest: Manifest) -> None:
        """What a refusal says can be read in every language."""
        own = {r.sentence for r in refusals().values() if r.__module__.startswith(f"addons.{self.addon}.")}
        for language in LANGUAGES:
            with (manifest.folder / "i18n" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
                known = {message.id for message in read_po(file, locale=language)}
            assert own <= known, own - known

    def test_every_text_of_its_screens_is_in_the_catalogues(
        self, manifest: Manifest, addons: registry.Registry
    ) -> None:
        """What a screen says can be read in every language: by the addon, by those it builds on, or by the kernel."""
        methods = [("tests/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
        texts = extract_from_dir(str(manifest.folder), methods, {}, keywords=dict.fromkeys(_GETTEXT))
        said = {text for _, _, text, _, _ in texts if isinstance(text, str) and text}
        builds_on = {other.name: other.folder for other in addons.manifests if other.name in manifest.depends}
        folders = [manifest.folder, *builds_on.values(), Path(registry.__file__).parents[1]]
        for language in LANGUAGES:
            known = set[object]().union(*(_known(folder, language) for folder in folders))
            assert said <= known, (language, said - known)

    def test_a_person_can_be_erased_and_merged(self, addons: registry.Registry, tables: list[str]) -> None:
        """An addon that keeps rows of members says what merging and erasing mean for them."""
        keeps = [t for t in tables if "member_id" in metadata.tables[t].c]
        if keeps and find_spec(f"addons.{self.addon}.services") is not None:
            declared = [m.name for m, _ in addons.constants("services", "PERSON")]
            assert self.addon in declared, keeps
