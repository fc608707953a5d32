"""Schedules: whether their hours can be read, ever hold, and are used."""

from collections.abc import Callable, Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.dialplan.holiday import is_part, subdivisions
from schema.dialplan.schedule import ScheduleError, parse_date, parse_date_hours, parse_weekly
from schema.models import Holidays, Schedule
from schema.suggest import did_you_mean


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report schedules that say nothing that can be followed."""
    used = {rule.when for rule in tree.dialplan} | tree.mentions.schedules
    used |= {group.when for group in tree.hunt_groups.values()}
    certain = _all_users_known(tree) and used <= {None, *tree.ids["schedules"]}
    for id_, schedule in tree.schedules.items():
        yield from _texts(tree, id_, schedule)
        if schedule.holidays is not None:
            yield from _holidays(tree, id_, schedule.holidays)
        if not schedule.weekly and not schedule.dates:
            message = f'the schedule "{id_}" never holds'
            hint = 'add hours, such as weekly: ["mon-fri 09:00-17:30"]'
            yield tree.report("PBX1309", message, "schedules", id_, hint=hint)
        if id_ not in used and certain:
            message = f'the schedule "{id_}" is not used'
            hint = "remove it, or name it in the when of a rule, a forwarding or a hunt group"
            yield tree.report("PBX1216", message, "schedules", id_, hint=hint)


def _all_users_known(tree: Tree) -> bool:
    """Whether nothing that could not be read may use a schedule."""
    whole = not tree.incomplete & {"users", "hunt_groups", "dialplan"}
    return whole and all(
        len(getattr(tree, section)) == len(tree.ids[section])
        for section in ("users", "hunt_groups")
    )


def _holidays(tree: Tree, id_: str, wanted: Holidays) -> Iterator[Diagnostic]:
    known = subdivisions()
    if wanted.region not in known:
        message = f'the holidays of "{wanted.region}" are not known'
        hint = did_you_mean(wanted.region, known) or "countries as in ISO 3166, such as US, DE, GB"
        place = ("schedules", id_, "holidays", "region")
        yield tree.report("PBX1350", message, *place, hint=hint)
    elif not is_part(wanted.subdivision, wanted.region):
        parts = known[wanted.region]
        message = f'"{wanted.subdivision}" is no part of {wanted.region} with holidays of its own'
        listed = f"there are {', '.join(parts)}" if parts else "remove subdivision"
        hint = did_you_mean(wanted.subdivision or "", parts) or listed
        place = ("schedules", id_, "holidays", "subdivision")
        yield tree.report("PBX1351", message, *place, hint=hint)


def _texts(tree: Tree, id_: str, schedule: Schedule) -> Iterator[Diagnostic]:
    lists: tuple[tuple[str, tuple[str, ...], Callable[[str], object]], ...] = (
        ("weekly", schedule.weekly, parse_weekly),
        ("dates", schedule.dates, parse_date_hours),
        ("except", schedule.except_, parse_date),
    )
    for key, texts, parse in lists:
        for at, text in enumerate(texts):
            try:
                parse(text)
            except ScheduleError as error:
                yield tree.report(
                    "PBX1308", error.reason, "schedules", id_, key, at, hint=error.hint
                )
