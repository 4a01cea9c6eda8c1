"""Nothing that moves value is missing in the catalogue."""

from __future__ import annotations

from tests.crash.catalogue import SCENES
from tests.crash.kinds import ELSEWHERE, places


def test_the_kind_of_every_posting_can_be_read() -> None:
    found = list(places())
    assert len(found) > 50
    assert [str(place) for place in found if not place.named() and str(place) not in ELSEWHERE] == []
    assert ELSEWHERE.keys() <= {str(place) for place in found}


def test_every_kind_of_posting_has_a_scene() -> None:
    named = {kind for place in places() for kind in place.named()}
    shown = {kind for scene in SCENES.values() for kind in scene.kinds}
    assert named - shown == set()
    # Commands that no screen, till or job posts by itself.
    assert shown - named == {"points.hold", "points.spend", "points.spend_held", "vouchers.restore"}


def test_those_crashed_on_both_databases_are_one_transaction() -> None:
    on_both = [scene for scene in SCENES.values() if scene.on_both]
    assert len(on_both) >= 6
    assert not any(scene.in_parts for scene in on_both)
