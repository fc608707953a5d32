import stat
from pathlib import Path

import pytest

from engine.state import StateDirectory, StateError, default_state_directory


def test_the_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "deep" / "state")
    state.create()
    assert stat.S_IMODE(state.path.stat().st_mode) == 0o700


def test_two_nodes_cannot_share_it(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    with state.lock(), pytest.raises(StateError, match="another node already runs"):
        state.lock()
    state.lock().close()


def test_a_place_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"cannot use .*file/state as state directory"):
        StateDirectory(tmp_path / "file" / "state").create()


def test_each_tree_has_its_own_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first = default_state_directory(tmp_path / "a" / "pbx")
    second = default_state_directory(tmp_path / "b" / "pbx")
    assert first != second
    assert first.parent == second.parent == tmp_path / "dialtree"
    assert first == default_state_directory(tmp_path / "a" / "x" / ".." / "pbx")
