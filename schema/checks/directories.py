"""Directories: addresses, names, filters and expressions, judged before a server is asked."""

from collections.abc import Iterator
from typing import Final

from schema.address import host_and_port, ip_address
from schema.assembly import Tree
from schema.checks.references import unknown
from schema.diagnostics import Diagnostic
from schema.directories import Removal, Template
from schema.directories.kinds import KEYS, listed
from schema.models import Directory
from schema.models.directory import DirectoryBind, ExtensionRange
from schema.suggest import did_you_mean

MOST_EXTENSIONS: Final = 100_000

Place = tuple[str | int, ...]


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report what would keep an import or a login from working."""
    for id_, directory in tree.directories.items():
        yield from _servers(tree, id_, directory)
        yield from _filter(tree, id_, directory)
        yield from _names(tree, id_, directory)
        yield from _texts(tree, id_, directory)
        yield from _bind(tree, id_, directory)
        yield from _extensions(tree, id_, directory.extensions)
        yield from _references(tree, id_, directory)


def server_address(url: str) -> tuple[str, int]:
    """Host and port of a server's URL. ValueError, with a text for people, when it has none."""
    scheme, _, rest = url.partition("://")
    return host_and_port(rest.rstrip("/"), 636 if scheme == "ldaps" else 389)


def _servers(tree: Tree, id_: str, directory: Directory) -> Iterator[Diagnostic]:
    for at, url in enumerate(directory.servers):
        try:
            host, _ = server_address(url)
        except ValueError as error:
            hint = "such as ldaps://dc1.example.net or ldap://192.0.2.5:3268"
            message = f'"{url}" cannot be asked: {error}'
            place: Place = ("servers", at)
            yield tree.report("PBX1800", message, "directories", id_, *place, hint=hint)
            continue
        if url.startswith("ldap://") and not directory.tls.starttls and not _own_machine(host):
            message = f"passwords travel to {host} in the clear"
            hint = f"remove starttls: false, or write ldaps://{host}"
            yield tree.report("PBX1806", message, "directories", id_, "servers", at, hint=hint)


def _own_machine(host: str) -> bool:
    address = ip_address(host)
    return host == "localhost" if address is None else address.is_loopback


def _filter(tree: Tree, id_: str, directory: Directory) -> Iterator[Diagnostic]:
    if directory.filter is None:
        return
    reason = _no_filter(directory.filter)
    if reason:
        message = f"the filter is malformed: {reason}"
        hint = "such as (&(objectClass=person)(!(ou=guests)))"
        yield tree.report("PBX1801", message, "directories", id_, "filter", hint=hint)


def _no_filter(text: str) -> str:
    """Why a text is no filter, by the parser that will send it; "" for one that is."""
    opened, closed = text.count("("), text.count(")")
    if opened != closed:
        return f"{opened} parentheses open, and {closed} close"
    # Loaded here: most trees have no directory.
    from ldap3.core.exceptions import LDAPExceptionError
    from ldap3.operation.search import compile_filter, parse_filter

    try:
        parsed = parse_filter(text, None, True, True, None, False)  # type: ignore[no-untyped-call]
        compile_filter(parsed.elements[0])  # type: ignore[no-untyped-call]
    except RecursionError:
        return "it is nested too deeply"
    except (LDAPExceptionError, ValueError, IndexError, AttributeError) as error:
        return str(error)
    return ""


def _names(tree: Tree, id_: str, directory: Directory) -> Iterator[Diagnostic]:
    named: list[tuple[Place, str]] = [
        (("bases", at), base) for at, base in enumerate(directory.bases)
    ]
    account = directory.bind.dn if directory.bind is not None else None
    if account is not None and ("=" in account or directory.kind == "ldap"):
        named.append((("bind", "dn"), account))
    for place, name in named:
        reason = _no_name(name)
        if reason:
            message = f'"{name}" is not a distinguished name: {reason}'
            hint = "such as ou=people,dc=example,dc=net"
            yield tree.report("PBX1802", message, "directories", id_, *place, hint=hint)


def _no_name(text: str) -> str:
    from ldap3.core.exceptions import LDAPInvalidDnError
    from ldap3.utils.dn import parse_dn

    try:
        parse_dn(text, strip=True)  # as servers take it, with spaces behind commas
    except (LDAPInvalidDnError, IndexError) as error:
        return str(error) or "a part is empty"
    return ""


def _texts(tree: Tree, id_: str, directory: Directory) -> Iterator[Diagnostic]:
    for key in KEYS:
        own = getattr(directory.attributes, key)
        for at, text in enumerate(listed(own)):
            try:
                Template.parse(text)
            except ValueError as error:
                place: Place = ("attributes", key) if own == text else ("attributes", key, at)
                message = f'"{text}" cannot be read of anybody: {error}'
                hint = 'an attribute, such as displayName, or a text: "{givenName} {sn}"'
                yield tree.report("PBX1803", message, "directories", id_, *place, hint=hint)
    try:
        Removal.parse(directory.user_names.remove or "x")
    except ValueError as error:
        message = f'"{directory.user_names.remove}" cannot be used: {error}'
        hint = "such as @.* or [^a-z0-9]"
        place = ("user_names", "remove")
        yield tree.report("PBX1804", message, "directories", id_, *place, hint=hint)


def _bind(tree: Tree, id_: str, directory: Directory) -> Iterator[Diagnostic]:
    bind = directory.bind
    if bind is None:
        return
    needed: dict[str | None, tuple[str, ...]] = {
        None: ("dn", "password"),
        "digest-md5": ("user", "password"),
    }
    wanted = needed.get(bind.sasl, ())
    how = f"sasl: {bind.sasl}" if bind.sasl else "a bind"
    for key in ("dn", "password", "user"):
        if (key in wanted) != (getattr(bind, key) is not None):
            yield _by_half(tree, id_, bind, how, key, key in wanted)
    if bind.sasl == "external" and directory.tls.certificate is None:
        hint = "add tls: {certificate: {chain: /…, key: /…}}"
        message = "sasl: external needs a certificate to show"
        yield tree.report("PBX1805", message, "directories", id_, "bind", "sasl", hint=hint)


def _by_half(
    tree: Tree, id_: str, bind: DirectoryBind, how: str, key: str, missing: bool
) -> Diagnostic:
    if missing:
        value = "!env NAME or !file /path" if key == "password" else "…"
        message, hint = f"{how} needs a {key}", f"add {key}: {value}"
        return tree.report("PBX1805", message, "directories", id_, "bind", hint=hint)
    message = f"{how} takes no {key}"
    return tree.report(
        "PBX1805", message, "directories", id_, "bind", key, hint=f"remove {key}, or sasl"
    )


def _extensions(tree: Tree, id_: str, numbers: ExtensionRange | None) -> Iterator[Diagnostic]:
    if numbers is None:
        return
    first, last = numbers.first, numbers.last
    digits = (first + last).isdigit() and len(first) == len(last)
    if not digits or not 0 <= int(last) - int(first) < MOST_EXTENSIONS:
        message = f'"{first}" to "{last}" is not a range of extensions'
        hint = 'digits of one length, the lower one first: {from: "200", to: "299"}'
        yield tree.report("PBX1807", message, "directories", id_, "extensions", hint=hint)


def _references(tree: Tree, id_: str, directory: Directory) -> Iterator[Diagnostic]:
    node, sites = directory.node, directory.sites
    if node is not None and node not in tree.ids["nodes"] and "nodes" not in tree.incomplete:
        hint = did_you_mean(node, tree.ids["nodes"]) or f"nodes: {', '.join(tree.ids['nodes'])}"
        message = f'there is no node "{node}"'
        yield tree.report("PBX1808", message, "directories", id_, "node", hint=hint)
    named: list[tuple[Place, str]] = [
        (("sites", "map", text), site) for text, site in (sites.map if sites else {}).items()
    ]
    if directory.defaults.site is not None:
        named.append((("defaults", "site"), directory.defaults.site))
    for place, site in named:
        if site not in tree.ids["sites"]:
            yield from unknown(tree, "sites", site, "directories", id_, *place)
