"""PBX135x: what depends on the region: ready-made rules and public holidays."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1350", "unknown-holidays", "error", "The holidays of a country are not known",
        "Public holidays come from the library `holidays`, which does not have this country.",
        "Write another ISO 3166 code, or list the days in `except`.",
    ),
    Code(
        "PBX1351", "unknown-subdivision", "error", "A part of a country is not known",
        "The library `holidays` knows the country, but not this state, province or region of it.",
        "Write the ISO 3166-2 code without the country, such as `NY` or `BY`.",
    ),
    Code(
        "PBX1352", "rules-of-another-region", "warning", "Ready-made rules do not fit a site",
        "Rules from `system.factory` match what is dialled in the system's region, and read it as "
        "it is dialled at the caller's site. This site is in a country that dials otherwise, so "
        "calls from there would go to wrong numbers.",
        "Remove the site's `region` where people dial as in the system's, or write rules in "
        "`dialplan` instead of `system.factory`.",
    ),
    Code(
        "PBX1353", "no-international-prefix", "warning", "Ready-made rules do not reach abroad",
        "In this country the prefix of calls abroad depends on the carrier, so none is known. "
        "Numbers that are dialled as E.164, with a plus, work.",
        "Add a rule of type `international` for your carrier's prefix.",
    ),
    Code(
        "PBX1354", "class-not-in-e164", "error", "A number class has a pattern of no E.164 number",
        "Classes are of numbers as they leave, in E.164 with a plus, not of what is dialled before "
        "a rule rewrites it. Only `emergency` is as dialled.",
        "Begin the pattern with `+` and the country code.",
    ),
    Code(
        "PBX1355", "area-code-without-effect", "warning", "An area code has no effect",
        "In a country without a national prefix (Spain, Italy, Denmark, …) numbers are dialled "
        "with all digits everywhere, so none is completed by the area code of the caller's site.",
        "Remove `area_code`, or correct the `region`.",
    ),
)  # fmt: skip
