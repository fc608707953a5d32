"""Phones: their lines, keys, models and addresses."""

from collections.abc import Iterable, Iterator

from schema.assembly import Tree
from schema.checks.references import unknown
from schema.diagnostics import Diagnostic
from schema.entries import normalised_mac
from schema.models import Phone
from schema.suggest import did_you_mean


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report what a phone asks for and the tree does not have."""
    yield from _same_address(tree)
    for mac in sorted(_macs_to_look_at(tree)):
        yield from _lines(tree, mac, tree.phones[mac])
        yield from _keys(tree, mac, tree.phones[mac])
    if tree.phone_models is not None and not tree.mentions.phone_models <= tree.phone_models:
        for mac, phone in tree.phones.items():
            if phone.model not in tree.phone_models:
                yield _model(tree, mac, phone.model)


def _macs_to_look_at(tree: Tree) -> Iterable[str]:
    """Phones with something odd of their own; all of them when one shows a user it cannot have."""
    mentioned, users = tree.mentions.phone_users, tree.users.keys()
    if mentioned <= users and mentioned.isdisjoint(tree.mentions.disabled_users):
        return tree.mentions.unusual & tree.phones.keys()
    return tree.phones


def _same_address(tree: Tree) -> Iterator[Diagnostic]:
    if tree.ids["phones"].keys() == tree.phones.keys():
        return  # all are spelled as they should be, so none can be another's second spelling
    seen: dict[str, str] = {}
    for mac in tree.ids["phones"]:
        first = seen.setdefault(normalised_mac(mac), mac)
        if first != mac:
            also = tree.also("first", "phones", first)
            hint = "keep one entry, with the address as 12 lower-case digits"
            message = f"the MAC address {mac} is used twice"
            yield tree.report("PBX1212", message, "phones", mac, hint=hint, related=also)


def _lines(tree: Tree, mac: str, phone: Phone) -> Iterator[Diagnostic]:
    for at, user in enumerate(phone.lines):
        if user not in tree.users:
            yield from _user(tree, user, mac, "lines", at)
        elif not tree.users[user].enabled:
            yield _disabled(tree, user, mac, "lines", at)
        if user in phone.lines[:at]:
            also = tree.also("first", "phones", mac, "lines", phone.lines.index(user))
            message = f'"{user}" is on two lines of one phone'
            hint = "a phone registers a user once; remove one of the lines"
            path = ("lines", at)
            yield tree.report("PBX1220", message, "phones", mac, *path, hint=hint, related=also)


def _keys(tree: Tree, mac: str, phone: Phone) -> Iterator[Diagnostic]:
    for at, key in enumerate(phone.keys):
        if key.blf is not None and key.blf not in tree.users:
            yield from _user(tree, key.blf, mac, "keys", at, "blf")
        elif key.blf is not None and not tree.users[key.blf].enabled:
            yield _disabled(tree, key.blf, mac, "keys", at, "blf")
        if key.line is not None and key.line > len(phone.lines):
            message = f"the phone has no line {key.line}"
            hint = f"it has {len(phone.lines)}: {', '.join(phone.lines)}"
            yield tree.report("PBX1217", message, "phones", mac, "keys", at, "line", hint=hint)


def _user(tree: Tree, user: str, mac: str, *path: str | int) -> Iterator[Diagnostic]:
    """An id that is no user: unless it is a broken user's, which is reported elsewhere."""
    if user in tree.ids["users"]:
        return
    owner = tree.numbers.get(user)
    if owner is None:
        yield from unknown(tree, "users", user, "phones", mac, *path)
    else:
        message = f'there is no user "{user}"'
        hint = f'write the id of the user with that number: "{owner}"'
        yield tree.report("PBX1202", message, "phones", mac, *path, hint=hint)


def _disabled(tree: Tree, user: str, mac: str, *path: str | int) -> Diagnostic:
    message = f'the user "{user}" is disabled'
    also = tree.also("here", "users", user, "enabled")
    hint = "remove this, or enable the user"
    return tree.report("PBX1214", message, "phones", mac, *path, hint=hint, related=also)


def _model(tree: Tree, mac: str, model: str) -> Diagnostic:
    hint = did_you_mean(model, tree.phone_models or (), "models")
    message = f'no device family knows the model "{model}"'
    hint = hint or "add a family to the folder devices/"
    return tree.report("PBX1211", message, "phones", mac, "model", hint=hint)
