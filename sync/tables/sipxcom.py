"""sipXcom's tables: their columns by place, and its names of phone models. Data only.

The order of the columns is that of sipXcom's import and export; files of older versions end after
column 13 or 44.
"""

from collections.abc import Mapping
from types import MappingProxyType

LABELS = (
    "User name", "PIN", "Voicemail PIN", "SIP password", "First name", "Last name", "User alias",
    "EMail address", "User group", "Phone serial number", "Phone model", "Phone group",
    "Phone description", "Im Id", "Salutation", "Manager", "EmployeeId", "Job Title",
    "Job department", "Company name", "Assistant name", "Cell phone number", "Home phone number",
    "Assistant phone number", "Fax number", "Did number", "Alternate email", "Alternate im",
    "Location", "Home street", "Home city", "Home state", "Home country", "Home zip",
    "Office street", "Office city", "Office state", "Office country", "Office zip",
    "Office mail stop", "Twitter", "Linkedin", "Facebook", "Xing", "Active greeting",
    "Email voicemail notification", "Email format", "Email attach audio",
    "Alternate email voicemail notification", "Alternate email format",
    "Alternate email attach audio", "Internal Voicemail Server", "Caller ID", "Block Caller ID",
    "Additional phone settings", "Additional line settings", "Auth Account Name",
    "EMail address aliases", "Custom 1", "Custom 2", "Custom 3",
)  # fmt: skip
"""The header that sipXcom writes."""

MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        0: "user", 4: "first_name", 5: "last_name", 6: "aliases", 7: "email", 8: "groups",
        9: "mac", 10: "model", 12: "description", 25: "did", 52: "caller_id",
    }
)  # fmt: skip
"""The columns that Dialtree has a place for."""

_POLYCOM = (
    *((f"polycom{n}", f"poly-spip{n}") for n in (321, 331, 335, 450, 550, 560, 650, 670)),
    *((f"polycom{n}", f"poly-ssip{n}") for n in (5000, 6000, 7000)),
    *(
        (f"polycomVVX{n}", f"poly-vvx{n}")
        for n in (
            101, 150, 201, 250, 300, 301, 310, 311, 350, 400, 401, 410, 411, 450, 500, 501, 600,
            601, 1500,
        )
    ),
)  # fmt: skip
_YEALINK = (
    *(
        (f"yealinkPhoneSIP{name}", f"yealink-{name.lower()}")
        for name in (
            "CP860", "T19P", "T20P", "T21P", "T22P", "T23G", "T26P", "T27P", "T28P", "T29G",
            "T40P", "T41P", "T42G", "T42S", "T46G", "T46S", "T48G", "T48S",
        )
    ),
    ("yealinkPhoneW52", "yealink-w52p"),
)  # fmt: skip
_GRANDSTREAM = (
    *((f"gsPhoneGxp{n}", f"grandstream-gxp{n}") for n in (1450, 2130, 2135, 2140, 2160, 2170)),
    ("gsPhoneGxp1400", "grandstream-gxp1405"),  # "GXP1400/1405" in sipXcom
    *((f"gsHt{n}", f"grandstream-ht{n}") for n in (701, 702)),
)

MODELS: Mapping[str, str] = MappingProxyType(
    dict(
        (
            *_POLYCOM,
            *_YEALINK,
            *_GRANDSTREAM,
            *((f"snom{n}", f"snom-{n}") for n in (300, 320, 360, 370)),
            *((f"aastra{n}i", f"mitel-67{n}i") for n in (53, 55, 57)),
            *((f"audiocodes-{n}", f"audiocodes-{n}hd") for n in (420, 430, 440)),
        )
    )
)
"""sipXcom's models that there are families for, and what they are called here."""
