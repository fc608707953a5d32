"""Whether whoever is to be told can be, and whether nobody else hears it."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from schema.address import host_and_port, ip_address, is_domain
from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models.told import Mail, Told
from schema.source import Path

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9.-]{1,255})")
"""An address as it stands in mail without quoting (RFC 5322 section 3.4.1)."""

SECRETS: Final = {
    "emergency": "who calls for help, and from where,",
    "notify": "who changes the PBX, and how,",
}


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report notices that could not be sent, or not safely."""
    if tree.system is None:
        return
    for section in SECRETS:
        wanted: Told = getattr(tree.system, section)
        yield from _webhooks(tree, section, wanted)
        yield from _given_twice(tree, section, wanted)
        if wanted.mail is not None:
            yield from _mail(tree, section, wanted.mail)


def _webhooks(tree: Tree, section: str, wanted: Told) -> Iterator[Diagnostic]:
    for at, url in enumerate(wanted.webhooks):
        path: Path = ("webhooks", at)
        host = host_of(url)
        if host is None:
            message = "the address of a webhook cannot be read"
            hint = "such as https://hooks.example.net/pbx"
            yield tree.report("PBX1416", message, "system", section, *path, hint=hint)
        elif url.startswith("http:") and not is_loopback(host):
            message = f"the webhook at {host} is told {SECRETS[section]} in clear"
            yield tree.report("PBX1417", message, "system", section, *path, hint="use https://")


def host_of(url: str) -> str | None:
    """The host of a URL that can be asked; None for any other text."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if port == 0 or not (url.isascii() and url.isprintable()):
        return None
    return host if ip_address(host) is not None or is_domain(host) else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    address = ip_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _mail(tree: Tree, section: str, mail: Mail) -> Iterator[Diagnostic]:
    try:
        host, _ = host_and_port(mail.server)
    except ValueError as error:
        message = f'the mail server "{mail.server}" cannot be read: {error}'
        hint = "such as mail.example.net or 192.0.2.25:587"
        yield tree.report("PBX1418", message, "system", section, "mail", "server", hint=hint)
    else:
        if mail.login_secret is not None and mail.tls == "off" and not is_loopback(host):
            message = f"the password for the mail server {host} goes over the network in clear"
            path = ("mail", "password" if mail.password is not None else "password_file")
            yield tree.report(
                "PBX1420", message, "system", section, *path, hint="add tls: starttls"
            )
    yield from _mail_addresses(tree, section, mail)


def _given_twice(tree: Tree, section: str, wanted: Told) -> Iterator[Diagnostic]:
    """Secrets that stand there by their new and their older key."""
    if wanted.webhook_secret is not None and wanted.webhook_secret_file is not None:
        yield _twice(tree, section, "webhook_secret")
    mail = wanted.mail
    if mail is not None and mail.password is not None and mail.password_file is not None:
        yield _twice(tree, section, "mail", "password")


def _twice(tree: Tree, section: str, *path: str) -> Diagnostic:
    new, old = path[-1], f"{path[-1]}_file"
    older = (*path[:-1], old)
    return tree.report(
        "PBX1855", f'"{new}" and "{old}" are the same secret', "system", section, *older,
        hint=f"remove {old}",
        related=tree.also("also", "system", section, *path),
    )  # fmt: skip


def _mail_addresses(tree: Tree, section: str, mail: Mail) -> Iterator[Diagnostic]:
    places: list[tuple[str, Path]] = [(text, ("to", at)) for at, text in enumerate(mail.to)]
    for text, path in [*places, (mail.sender, ("sender",))]:
        match = _ADDRESS.fullmatch(text)
        if match is None or not is_domain(match[1]):
            message = f'"{text}" is not a mail address'
            hint = "one address, such as reception@example.net"
            yield tree.report("PBX1419", message, "system", section, "mail", *path, hint=hint)
