"""What the SIP engine is told of users: digest algorithms of their own."""

from collections.abc import Callable

from engine.desired import Desired
from engine.services.accounts import own_algorithms

Compiled = Callable[[], Desired]
Edit = Callable[[str, str], None]


def test_nobody_has_algorithms_of_their_own_unless_a_setting_says_so(compile_: Compiled) -> None:
    assert own_algorithms(compile_().system) == {}


def test_a_users_setting_is_theirs_alone(compile_: Compiled, edit: Edit) -> None:
    edit("name: Bob Brown,", "name: Bob Brown, settings: {digest: [sha-256, md5]},")
    assert own_algorithms(compile_().system) == {"bob": ("sha-256", "md5")}


def test_a_groups_setting_holds_for_its_users_and_a_users_own_wins(
    compile_: Compiled, edit: Edit
) -> None:
    edit("permissions: [local]}", "permissions: [local], settings: {digest: [sha-256]}}")
    edit("name: Bob Brown,", "name: Bob Brown, settings: {digest: [md5, sha-256]},")
    assert own_algorithms(compile_().system) == {"alice": ("sha-256",)}
