"""What a device folder says of DHCP: how a server knows its phones, and what it tells them.

Part of the folder format (`family`); what DHCP servers read is made of it in `renderers.dhcp`.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Oui = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{6}$")]
"""The first half of a MAC address, which names the vendor: 001565."""

VendorClass = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}$")]

ENCAPSULATED = (43, 125)
"""Options that hold options: RFC 2132 section 8.4, RFC 3925 section 4."""

ADDRESSES = (42, 120, 150)
"""Options whose value is a list of addresses: NTP servers, SIP servers (RFC 3361), TFTP servers."""


class DhcpOption(BaseModel):
    """One option that phones of the family read. What it holds follows from its code."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    code: Literal[42, 43, 66, 114, 120, 125, 150, 159, 160]
    value: Literal["url", "host"] = Field(
        "url", description="Where profiles are: as a URL, or the address alone, for TFTP"
    )
    sub: int | None = Field(None, ge=1, le=254, description="The option within 43 or 125")
    enterprise: int | None = Field(
        None, ge=1, le=2**32 - 1, description="Of 125: the vendor's IANA enterprise number"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.sub is not None) != (self.code in ENCAPSULATED):
            raise ValueError("sub belongs to the options 43 and 125, and they need it")
        if (self.enterprise is not None) != (self.code == 125):
            raise ValueError("enterprise belongs to option 125, and it needs it")
        if self.code in ADDRESSES and "value" in self.model_fields_set:
            raise ValueError(f"option {self.code} holds addresses: it takes no value")
        return self


class Dhcp(BaseModel):
    """What a DHCP server tells phones of the family, and how it knows them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    vendor_class: Annotated[tuple[VendorClass, ...], Field(strict=False)] = Field(
        (), description="How option 60 begins; where a phone says none, its OUI is all there is"
    )
    path: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._{}$/-]{0,96}$",
        description="What follows in URLs that DHCP and SIP PnP tell, where the vendor's phones "
        "add no file name by themselves; with variables of their own, such as {mac}",
    )
    options: Annotated[tuple[DhcpOption, ...], Field(strict=False)] = ()
