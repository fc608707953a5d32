"""Calls in a system of examples/ that are held in one's hands, step by step."""

import contextlib
from collections.abc import Mapping
from typing import Any

from abroad import Country
from softphone import Call, SoftPhone


class Hands:
    """Phones of a country's users and far sides of its gateways, made when they are asked for."""

    def __init__(self, country: Country, stack: contextlib.ExitStack) -> None:
        self.country, self._stack = country, stack

    def __call__(self, *users: str) -> list[SoftPhone]:
        return [self._phone(user) for user in users]

    def _phone(self, user: str) -> SoftPhone:
        password = self.country.site.derived(user)
        made = self._stack.enter_context(SoftPhone(user, password, self.country.server))
        assert made.register().status == 200
        self._stack.callback(made.register, expires=0)
        return made

    def gateway(self, name: str) -> SoftPhone:
        port = self.country.gateways[name]
        return self._stack.enter_context(SoftPhone(name, "", self.country.server, port=port))


def targets(said: Mapping[str, Any]) -> list[str]:
    """The users and gateways of a decision, in order."""
    return [step.get("user") or step["gateway"] for step in said["steps"]]


def hang_up(call: Call, other: SoftPhone) -> None:
    call.acknowledge()
    call.send_bye()
    other.answer(other.expect("BYE"), 200)
    call.expect_bye_answered()
