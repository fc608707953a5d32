"""`system:` what holds for the whole PBX."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from schema.models.base import Duration, DurationOrOff, Entry, Listed, Network
from schema.models.git_host import GitHost
from schema.models.login import Login
from schema.models.proof import NumberClass
from schema.models.secret import Recipient
from schema.models.settings import Algorithm, Settings
from schema.models.told import EmergencyNotice, OperationsNotice
from schema.models.verify import Verify


class Auth(Entry):
    """Digest policy (RFC 7616, RFC 8760)."""

    algorithms: Listed[Algorithm] = Field(
        ("md5", "sha-256"),
        min_length=1,
        description="Offered in this order; many phones answer only the first, some old "
        "ones none at all beside sha-256: [md5] alone serves those",
    )
    nonce_lifetime: Duration = Field(300.0, description="How long a challenge may be answered")


class Registration(Entry):
    """Limits on REGISTER (RFC 3261 section 10.3)."""

    min_expires: Duration = Field(60.0, description="Shorter registrations are refused with 423")
    default_expires: Duration = Field(3600.0, description="When the phone names no expiry")
    max_expires: Duration = Field(7200.0, description="Longer ones are shortened")
    max_contacts: int = Field(10, ge=1, le=100, description="Contacts of one user")


class Protection(Entry):
    """Limits on whom the router listens to. Gateways and nodes are never limited."""

    stranger_requests: int = Field(
        16, ge=4, le=100_000,
        description="Messages in 2 s from an address where nobody is registered",
    )  # fmt: skip
    known_requests: int = Field(
        2000, ge=16, le=1_000_000, description="Messages in 2 s from one where somebody is"
    )
    wrong_passwords: int = Field(
        10, ge=1, le=1000, description="Wrong passwords until a stranger's address is banned"
    )
    ban: Duration = Field(300.0, description="How long a banned address is ignored")
    trusted: Listed[Network] = Field(
        ("127.0.0.0/8", "::1/128"), description="Networks that are neither limited nor banned"
    )
    scanners: Listed[str] = Field(
        (),
        description="Beginnings of further User-Agents that get no answer, and a ban over streams",
    )


class Nat(Entry):
    """Phones behind somebody's router."""

    keep_alive: DurationOrOff = Field(
        25.0, ge=5, le=600,
        description="How often a phone behind NAT that registered over UDP is sent something, so "
        "that its router goes on letting calls in; `off`: never",
    )  # fmt: skip
    relay: Literal["needed", "always"] = Field(
        "needed",
        description="Which calls rtpengine relays: those whose ends cannot reach each other, "
        "or all",
    )


class Safety(Entry):
    """A plan that deletes or disables more than this stops until forced."""

    max_delete_percent: int = Field(
        30, ge=0, le=100, description="Share of users, phones, rules, gateways or hunt groups"
    )
    min_objects: int = Field(10, ge=0, description="The share counts from this many on")
    max_delete: int | None = Field(
        None, ge=0, description="Absolute limit of deletions of one kind"
    )
    critical: Listed[Annotated[str, Field(pattern="^[a-z_]+/.+$")]] = Field(
        (),
        description="Entries that no plan deletes or disables until forced, such as "
        "gateways/pstn, users/reception, rules/emergency; a rule may not lose its gateways either",
    )


class Health(Entry):
    """What a commit has to show after it was applied; else the node goes back to what ran before.
    The policy of the tree that runs judges the next one."""

    watch: DurationOrOff = Field(
        60.0, le=3600,
        description="How long registrations and gateways are watched before the commit counts as "
        "good; `off`: not at all",
    )  # fmt: skip
    registrations: int = Field(
        80, ge=0, le=100,
        description="Percent of the registrations from before (of at least 5) that must be left",
    )  # fmt: skip
    gateways: bool = Field(
        True, description="Whether gateways that answered before must still do so"
    )


class Factory(Entry):
    """Rules that come ready-made for the region. Those of `dialplan` come before them, and one
    with the same name takes a ready-made one's place."""

    via: Listed[str] = Field(min_length=1, description="Gateways, tried in order")
    outside: str = Field(
        "", pattern="^[0-9*#]{0,4}$", description="Dialled for an outside line, such as 9 or 0"
    )
    refuse: Listed[NumberClass | Literal["local"]] = Field(
        (), description="Rules that are not wanted"
    )


class NumberClasses(Entry):
    """What counts as costly or special, as patterns of E.164 numbers (emergency: as dialled);
    instead of what is known of the region."""

    emergency: Listed[str] | None = None
    international: Listed[str] | None = None
    premium: Listed[str] | None = None
    toll_free: Listed[str] | None = None
    shared_cost: Listed[str] | None = None
    mobile: Listed[str] | None = None
    national: Listed[str] | None = None


class Inward(Entry):
    """Calls from outside, by whatever gateway."""

    block: Listed[str] = Field((), description="Patterns of callers who are declined")
    anonymous: bool = Field(True, description="Whether callers without a number are let in")


class Sealing(Entry):
    """For whom secrets in the tree are sealed."""

    recipients: Listed[Recipient] = Field(
        (),
        description="Public keys of nodes and people who may open secrets: age1…, ssh-ed25519 …, "
        "ssh-rsa …",
    )


class SystemSettings(Entry):
    """The section `system`."""

    domain: str = Field(description="The SIP domain: the right side of sip:alice@domain")
    name: str | None = Field(None, description="What phones show as the company")
    region: str = Field(
        "US", pattern="^[A-Z]{2}$", description="ISO 3166 country; numbers are read in its format"
    )
    timezone: str = Field("UTC", description="IANA time zone")
    auth: Auth = Auth()
    registration: Registration = Registration()
    protection: Protection = Protection()
    nat: Nat = Nat()
    safety: Safety = Safety()
    health: Health = Health()
    verify: Verify | None = Field(None, description="Run signed commits only")
    canary: str | None = Field(
        None,
        description="The node that runs a commit first; the others wait until it has been watched "
        "there and is good",
    )
    factory: Factory | None = Field(None, description="Take ready-made rules of the region")
    number_classes: NumberClasses = NumberClasses()
    emergency: EmergencyNotice = EmergencyNotice()
    notify: OperationsNotice = OperationsNotice()
    git_host: GitHost | None = None
    inbound: Inward = Inward()
    secrets: Sealing = Sealing()
    login: Login = Login()
    accept: Mapping[str, Annotated[str, Field(min_length=1)]] = Field(
        {},
        description="Warnings of proofs that are known and meant, each with the reason, such as "
        "{PBX1602: we have one trunk}; they are said no more",
    )
    settings: Settings = Settings()
