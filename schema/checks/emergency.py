"""Emergency calls: whether they can be called back, and whether whoever is to be told can be."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from schema.address import host_and_port, ip_address, is_domain
from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import Gateway, User
from schema.models.system import EmergencyNotice, Mail
from schema.source import Path

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9.-]{1,255})")
"""An address as it stands in mail without quoting (RFC 5322 section 3.4.1)."""


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report callers without a number, and notices that could not be sent, or not safely."""
    yield from _callbacks(tree)
    if tree.system is not None:
        yield from _webhooks(tree, tree.system.emergency)
        yield from _given_twice(tree, tree.system.emergency)
        if tree.system.emergency.mail is not None:
            yield from _mail(tree, tree.system.emergency.mail)


# Calling back


def _callbacks(tree: Tree) -> Iterator[Diagnostic]:
    """Sites whose people have no number, where a gateway has none to show either."""
    rules = [rule for rule in tree.dialplan if rule.type == "emergency" and rule.enabled]
    mute = next(
        (id_ for rule in rules for id_ in _gateways(tree, rule.via) if _mute(tree, id_)), ""
    )
    if not mute:
        return
    first: dict[str, str] = {}
    for id_, user in tree.users.items():
        if user.enabled and not _has_number(user):
            first.setdefault(user.site or "", id_)
    for site, caller in first.items():
        if site in tree.sites and tree.sites[site].emergency_callback is None:
            yield _no_callback(tree, caller, mute, "sites", site)
        elif not site and tree.sites:
            yield _no_callback(tree, caller, mute, "dialplan", rules[0].rule)


def _gateways(tree: Tree, via: tuple[str, ...]) -> Iterator[str]:
    """What carries a rule's emergency calls: its own gateways, and all that stand in for them."""
    yield from via
    yield from (id_ for id_, gateway in tree.gateways.items() if gateway.emergency)


def _mute(tree: Tree, id_: str) -> bool:
    gateway: Gateway | None = tree.gateways.get(id_)
    return gateway is not None and gateway.enabled and gateway.caller_id is None


def _has_number(user: User) -> bool:
    return user.caller_id is not None or bool(user.dids)


def _no_callback(tree: Tree, user: str, gateway: str, section: str, id_: str) -> Diagnostic:
    place = f'at site "{id_}"' if section == "sites" else "without a site"
    message = f'nobody can call back who calls for help {place}, such as "{user}"'
    hint = 'add emergency_callback: "+12125550200"'
    if section != "sites":
        hint = f'give "{user}" a site with emergency_callback'
    hint += ", or caller_id to the gateway"
    also = tree.also("shows no caller_id of its own", "gateways", gateway)
    return tree.report("PBX1415", message, section, id_, hint=hint, related=also)


# Telling


def _webhooks(tree: Tree, wanted: EmergencyNotice) -> Iterator[Diagnostic]:
    for at, url in enumerate(wanted.webhooks):
        path: Path = ("webhooks", at)
        host = _host_of(url)
        if host is None:
            message = "the address of a webhook cannot be read"
            hint = "such as https://hooks.example.net/pbx"
            yield tree.report("PBX1416", message, "system", "emergency", *path, hint=hint)
        elif url.startswith("http:") and not _is_loopback(host):
            message = f"the webhook at {host} is told who calls for help, and from where, in clear"
            yield tree.report("PBX1417", message, "system", "emergency", *path, hint="use https://")


def _host_of(url: str) -> str | None:
    """The host of a URL that can be asked; None for any other text."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if port == 0 or not (url.isascii() and url.isprintable()):
        return None
    return host if ip_address(host) is not None or is_domain(host) else None


def _is_loopback(host: str) -> bool:
    address = ip_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _mail(tree: Tree, mail: Mail) -> Iterator[Diagnostic]:
    try:
        host, _ = host_and_port(mail.server)
    except ValueError as error:
        message = f'the mail server "{mail.server}" cannot be read: {error}'
        hint = "such as mail.example.net or 192.0.2.25:587"
        yield tree.report("PBX1418", message, "system", "emergency", "mail", "server", hint=hint)
    else:
        if mail.login_secret is not None and mail.tls == "off" and not _is_loopback(host):
            message = f"the password for the mail server {host} goes over the network in clear"
            path = ("mail", "password" if mail.password is not None else "password_file")
            yield tree.report(
                "PBX1420", message, "system", "emergency", *path, hint="add tls: starttls"
            )
    yield from _mail_addresses(tree, mail)


def _given_twice(tree: Tree, wanted: EmergencyNotice) -> Iterator[Diagnostic]:
    """Secrets that stand there by their new and their older key."""
    if wanted.webhook_secret is not None and wanted.webhook_secret_file is not None:
        yield _twice(tree, "webhook_secret")
    mail = wanted.mail
    if mail is not None and mail.password is not None and mail.password_file is not None:
        yield _twice(tree, "mail", "password")


def _twice(tree: Tree, *path: str) -> Diagnostic:
    new, old = path[-1], f"{path[-1]}_file"
    older = (*path[:-1], old)
    return tree.report(
        "PBX1855", f'"{new}" and "{old}" are the same secret', "system", "emergency", *older,
        hint=f"remove {old}",
        related=tree.also("also", "system", "emergency", *path),
    )  # fmt: skip


def _mail_addresses(tree: Tree, mail: Mail) -> Iterator[Diagnostic]:
    places: list[tuple[str, Path]] = [(text, ("to", at)) for at, text in enumerate(mail.to)]
    for text, path in [*places, (mail.sender, ("sender",))]:
        match = _ADDRESS.fullmatch(text)
        if match is None or not is_domain(match[1]):
            message = f'"{text}" is not a mail address'
            hint = "one address, such as reception@example.net"
            yield tree.report("PBX1419", message, "system", "emergency", "mail", *path, hint=hint)
