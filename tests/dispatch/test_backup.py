"""Back-up: who may ask, upgrade and hand back, and what programs published."""

from __future__ import annotations

import pytest

from rightcall.dispatch import backup, status


def test_rosa_asks_and_upgrades_but_never_the_other_way_round() -> None:
    assert backup.asked(kind="routine") == "asked, routine"
    assert backup.upgrade("asked, routine") == "asked, urgent"
    assert backup.upgrade("on the way") == "asked, urgent"
    for late in ("asked, urgent", "there", "released", "refused"):
        with pytest.raises(status.MoveError):
            backup.upgrade(late)


def test_a_kind_of_back_up_that_does_not_exist_is_refused() -> None:
    with pytest.raises(backup.BackupError, match="routine, urgent"):
        backup.asked(kind="soon")


def test_a_call_is_handed_over_from_every_state_before_its_end() -> None:
    for state in ("assigned", "en route", "staged", "on scene"):
        assert backup.hand_over(state) == "handed over"
    with pytest.raises(status.MoveError):
        backup.hand_over("cleared")


def test_it_comes_back_only_when_somebody_said_that_it_is_safe() -> None:
    assert backup.hand_back(response="handed over", scene_secured=True) == "assigned"
    for unsafe in (None, False):
        with pytest.raises(backup.BackupError, match="nobody said"):
            backup.hand_back(response="handed over", scene_secured=unsafe)
    with pytest.raises(backup.BackupError, match="still ours"):
        backup.hand_back(response="on scene", scene_secured=True)


def test_published_shares_are_those_that_are_cited() -> None:
    shares = {each.program: round(each.share, 3) for each in backup.PUBLISHED}
    assert shares == {"Denver STAR": 0.0, "Eugene CAHOOTS": 0.006, "San Francisco SCRT": 0.02, "Olympia CRU": 0.203}
