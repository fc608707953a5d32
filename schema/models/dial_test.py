"""`tests/*.yaml`: one test of the dial plan, as it is written."""

from typing import Literal

from pydantic import Field

from schema.models.base import Dialable, Entry, Listed
from schema.models.rule import RuleType

DIALLED_PATTERN = r"^\+?[A-Za-z0-9*#][A-Za-z0-9*#._-]{0,62}$"


class Expectation(Entry):
    """What has to come of a call. All of its keys have to hold."""

    user: str | None = Field(None, description="The user who rings first")
    users: Listed[str] | None = Field(None, description="All users who ring, in order")
    hunt_group: str | None = Field(None, description="The hunt group that rings first")
    pickup: Listed[str] | None = Field(
        None, description="The users whose ringing call may be taken, in any order"
    )
    via: str | Listed[str] | None = Field(
        None, description="The first gateway, or a list of all gateways in order"
    )
    number: str | None = Field(None, description="What the first gateway is asked to call")
    caller_id: str | None = Field(
        None, description="The number that the first gateway shows; anonymous for none"
    )
    rule: str | None = Field(None, description="The rule that decides")
    type: RuleType | None = Field(None, description="The type of the rule that decides")
    site: str | None = Field(None, description="Where help is sent to, of an emergency call")
    status: int | None = Field(None, ge=200, le=699, description="SIP status; 200 when routed")
    refused: int | None = Field(None, ge=300, le=699, description="Refused with this SIP status")


class DialTest(Entry):
    """One item of a file in `tests/`."""

    from_: str = Field(alias="from", description="Who calls: a user's or a gateway's id")
    dial: str = Field(pattern=DIALLED_PATTERN, description="The number, or name, that is dialled")
    caller: Dialable | Literal[""] | None = Field(
        None, description="The number of a caller from outside; empty for an anonymous one"
    )
    at: str | None = Field(
        None, description='When, such as "sat 10:00" or "2026-12-25 10:00"; default: monday 10:00'
    )
    name: str | None = Field(None, min_length=1, description="Shown in place of the call")
    expect: Literal["routed", "refused"] | Expectation = Field(description="What has to come of it")

    @property
    def title(self) -> str:
        """The name, or the call in words; without what could confuse a terminal."""
        text = self.name or self._call
        return "".join(c if c.isprintable() else "\ufffd" for c in text)

    @property
    def _call(self) -> str:
        who = f"{self.from_} ({self.caller or 'anonymous'})" if self.from_outside else self.from_
        return f"{who} dials {self.dial}" + (f" at {self.at}" if self.at else "")

    @property
    def from_outside(self) -> bool:
        """Whether the test says who is behind a gateway."""
        return self.caller is not None

    @property
    def wanted(self) -> Expectation:
        """What is expected of the call's details; nothing when only the outcome counts."""
        return self.expect if isinstance(self.expect, Expectation) else Expectation()
