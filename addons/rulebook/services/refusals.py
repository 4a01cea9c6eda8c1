"""What the rule book does not allow."""

from __future__ import annotations

from core.errors import Refusal


class BookHasProblems(Refusal):
    """A text that is no rule book of these words; all problems are listed."""

    sentence = "The rule book cannot be taken: %(problems)s"
    status = 422
    problems: str


class LimitsNotHeld(Refusal):
    """Limits of rules that nobody would count; each is listed with its rule."""

    sentence = "These limits would not be held: %(limits)s"
    status = 422
    limits: str


class WrongState(Refusal):
    """A step that the version's state does not allow."""

    sentence = "Version %(version)s is %(state)s: this step is for a version that is %(wanted)s."
    version: str
    state: str
    wanted: str


class SamePerson(Refusal):
    """An author who approves their own version."""

    sentence = "%(person)s wrote this version: somebody else must approve it."
    status = 403
    person: str


class NotTheAuthor(Refusal):
    """A change by somebody who did not write the draft."""

    sentence = "This draft belongs to %(author)s."
    status = 403
    author: str


class NotApproved(Refusal):
    """A version that nobody approved."""

    sentence = "Version %(version)s was not approved."
    version: str


class PinnedCasesFail(Refusal):
    """Cases that HQ pinned do not come out as they must."""

    sentence = "Pinned cases fail: %(cases)s"
    cases: str


class NoSuchRule(Refusal):
    """A rule that the live book does not have, or that is off already."""

    sentence = "The live book has no rule %(rule)s that is on."
    status = 404
    rule: str


class TooLate(Refusal):
    """A publication for a moment that is over or taken."""

    sentence = "Another publication begins at %(since)s, or that moment is over."
    since: str


class WordsInUse(Refusal):
    """An addon whose words a live rule book uses."""

    sentence = "The live rule book of %(brand)s uses words of %(addon)s: %(words)s"
    brand: str
    addon: str
    words: str
