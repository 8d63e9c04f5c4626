"""Folders are written whole or not at all; keys are made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rightcall import folders
from rightcall.folders import FolderError


def test_a_failure_leaves_nothing_behind_and_the_old_folder_whole(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    with folders.written_whole(target) as draft:
        (draft / "a").write_text("one")
    with pytest.raises(ZeroDivisionError), folders.written_whole(target) as draft:
        (draft / "a").write_text("two")
        raise ZeroDivisionError
    assert (target / "a").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_a_folder_of_ours_is_replaced_and_a_strangers_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    for text in ("one", "two"):
        with folders.written_whole(target) as draft:
            (draft / text).write_text(text)
    assert not (target / "one").exists()

    stranger = tmp_path / "thesis"
    stranger.mkdir()
    (stranger / "chapter").write_text("years of work")
    with pytest.raises(FolderError, match="--force"), folders.written_whole(stranger):
        pass
    assert (stranger / "chapter").read_text() == "years of work"
    with folders.written_whole(stranger, force=True) as draft:
        (draft / "new").write_text("")
    assert not (stranger / "chapter").exists()


def test_what_somebody_changed_or_added_is_not_lost(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    with folders.written_whole(target) as draft:
        (draft / "tables").mkdir()
        (draft / "tables" / "a.csv").write_text("1")
        (draft / "plan.xlsx").write_text("empty")
    (target / ".~lock.plan.xlsx#").write_text("")
    folders.usable(target)
    (target / "plan.xlsx").write_text("filled in")
    with pytest.raises(FolderError, match=r"changed or added plan\.xlsx since") as raised:
        folders.usable(target)
    assert "--workbook" in str(raised.value)
    (target / "plan.xlsx").write_text("empty")
    (target / "notes.txt").write_text("mine")
    with pytest.raises(FolderError, match=r"notes\.txt"), folders.written_whole(target):
        pass
    assert (target / "notes.txt").read_text() == "mine"
    with folders.written_whole(target, force=True):
        pass
    assert not (target / "notes.txt").exists()


@pytest.mark.parametrize("name", folders.WORK)
def test_a_folder_with_a_program_is_never_replaced(tmp_path: Path, name: str) -> None:
    target = tmp_path / "city"
    with folders.written_whole(target):
        pass
    (target / name).write_text("decided")
    with pytest.raises(FolderError, match=f"holds {name}"), folders.written_whole(target, force=True):
        pass
    assert (target / name).read_text() == "decided"


def test_a_folder_that_is_read_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "city"
    with folders.written_whole(target) as draft:
        (draft / "calls.csv").write_text("calls")
    for given in (target / "calls.csv", target):
        with pytest.raises(FolderError, match="which is read here"):
            folders.usable(target, force=True, inputs=[given])
    folders.usable(target, inputs=[tmp_path / "other.csv"])


def test_a_folder_whose_mark_is_torn_is_a_strangers(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    with folders.written_whole(target) as draft:
        (draft / "a").write_text("x")
    for torn in ("", "{}", "[]", '{"files": 3}'):
        (target / folders.MARK).write_text(torn)
        with pytest.raises(FolderError, match="did not write"):
            folders.usable(target)


def test_an_empty_folder_is_used_and_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with folders.written_whole(tmp_path / "empty") as draft:
        (draft / "a").write_text("")
    assert (tmp_path / "empty" / "a").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="file of that name"), folders.written_whole(tmp_path / "file"):
        pass


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTCALL_HOME", str(tmp_path / "home"))
    key = folders.pseudonym_key()
    assert len(key) == 32
    assert folders.pseudonym_key() == key
    assert (tmp_path / "home" / "pseudonym.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
