"""`system.login`: how people show who they are."""

from pydantic import Field

from schema.models.base import Duration, Entry


class Login(Entry):
    """Limits on passwords of people, and what holds while a directory is away."""

    local_while_unreachable: bool = Field(
        False,
        description="While their directory does not answer, people log in with their local "
        "password (`pbx secrets show USER --login`); others always do",
    )
    wrong_passwords: int = Field(
        5, ge=1, le=100, description="Until a user is locked; an address, after four times as many"
    )
    lock: Duration = Field(900.0, ge=1, le=86400, description="How long it lasts")
