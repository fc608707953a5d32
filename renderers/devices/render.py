"""Contexts to bytes. The only place where secrets and templates meet.

Pure: the same file and secrets give the same bytes, on any machine and in any year.
"""

import traceback
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from hashlib import sha256

import jinja2

from renderers.devices.compile import DeviceCompiler
from renderers.devices.context import (
    BookContext,
    DeviceContext,
    DeviceFile,
    HoldingContext,
    Line,
    Placeholders,
    Secrets,
)
from renderers.devices.environment import environment_for
from renderers.devices.escape import Format, encoded
from renderers.devices.family import Families
from renderers.devices.holding import holding_examples
from renderers.devices.phonebooks import BookCompiler, with_books
from renderers.devices.place import device_url
from schema.managed import managed_gateways
from schema.models import System

_FAILURES = (
    jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
"""What a template can do wrong."""

_LARGEST = 4 * 1024 * 1024
"""Characters that a user's template may write."""


class RenderError(Exception):
    """A template failed. Built-in templates do not; one from a user's tree may."""

    def __init__(self, file: DeviceFile, reason: str, line: int | None = None) -> None:
        self.family = file.family.name
        self.template = file.file.template
        self.line = line
        self.reason = f"{reason} (rendering {file.path})"
        super().__init__(f"devices/{self.family}/templates/{self.template}: {self.reason}")


class _PhoneSecrets:
    """What templates know as `secrets`: those of one phone, derived when they are printed."""

    def __init__(self, phone: str, context: DeviceContext, secrets: Secrets) -> None:
        self._phone = phone
        self._context = context
        self._secrets = secrets

    def sip_password(self, line: Line) -> str:
        return self._secrets.sip_password(line.user, self._phone, line.epoch)

    @cached_property
    def admin_password(self) -> str:
        return self._secrets.admin_password(self._phone, self._context.epoch)

    @property
    def user_password(self) -> str:
        """Of the phone's user level: derived like the other, for a name that is no MAC address."""
        return self._secrets.admin_password(f"{self._phone}/user", self._context.epoch)

    @property
    def pin(self) -> str:
        """Four digits, for what takes no more than those: derived, the same as long as it is."""
        secret = self._secrets.admin_password(f"{self._phone}/pin", self._context.epoch)
        return f"{int.from_bytes(sha256(secret.encode()).digest()[:8], 'big') % 10_000:04}"

    @property
    def number(self) -> str:
        """Nine digits in place of the admin password, for phones that take a number there."""
        return (
            f"{int.from_bytes(sha256(self.admin_password.encode()).digest()[:8], 'big') % 10**9:09}"
        )

    @cached_property
    def provisioning_url(self) -> str:
        token = self._secrets.provisioning_token(self._phone, self._context.epoch)
        return device_url(self._context.provisioning, token)


def render(file: DeviceFile, secrets: Secrets) -> bytes:
    """The bytes that the phone gets. Raises RenderError."""
    template = _template(file.family.templates[file.file.template], file.file.format)
    try:
        text = _text(template, file, secrets)
    except _FAILURES as error:
        raise RenderError(file, str(error) or type(error).__name__, _line(error)) from error
    if file.file.line_end == "crlf":
        text = text.replace("\n", "\r\n")
    return encoded(text, file.file.charset, file.file.format)


def _text(template: jinja2.Template, file: DeviceFile, secrets: Secrets) -> str:
    """What the template writes. One from a user's tree cannot fill the memory."""
    known = _known(file, secrets)
    if file.family.built_in:
        return template.render(known)
    pieces, size = [], 0
    for piece in template.generate(known):
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            raise ValueError(f"it writes more than {_LARGEST >> 20} MiB")
    return "".join(pieces)


def _line(error: BaseException) -> int | None:
    """The line of the template that was at work, which Jinja puts in the traceback."""
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == "<template>"
    ]
    return lines[-1] if lines else None


def try_out_families(system: System, families: Families) -> None:
    """Render the files of a user's own families: the first phone of each model.

    Raises RenderError.
    """
    if all(family.built_in for family in families.families):
        return
    phones: dict[str, str] = {}
    for mac, phone in system.phones.items():
        if not families.models[phone.model][0].built_in:
            phones.setdefault(phone.model, mac)
    gateways = {
        each.name: each.gateway
        for each in managed_gateways(system.gateways)
        if not families.models[each.model][0].built_in
    }
    chosen = {mac: system.phones[mac] for mac in phones.values()}
    few = replace(system, phones=chosen, gateways=gateways)
    devices = DeviceCompiler(families).devices(few)
    held = (file for family in families.families for file in holding_examples(family))
    for file in (*with_books(devices, BookCompiler().books(few)), *held):
        render(file, Placeholders())


def _known(file: DeviceFile, secrets: Secrets) -> Mapping[str, object]:
    """What a template can name. A file that phones share has no secrets to print."""
    if isinstance(file.context, BookContext):
        return {"phonebook": file.context}
    if isinstance(file.context, HoldingContext):
        return {"phone": file.context}
    if isinstance(file.context, DeviceContext):
        known = {
            "device": file.context,
            "secrets": _PhoneSecrets(file.phone, file.context, secrets),
        }
        return {**known, "phonebook": file.book} if file.file.phonebook else known
    return {"shared": file.context}


def render_all(
    system: System, families: Families, secrets: Secrets | None = None
) -> Mapping[str, bytes]:
    """Every device file by path, in the order of the tree.

    Without a master key the secrets are visible placeholders. Raises RenderError.
    """
    using = Placeholders() if secrets is None else secrets
    devices = DeviceCompiler(families).devices(system)
    files = with_books(devices, BookCompiler().books(system))
    return {file.path: render(file, using) for file in files}


@lru_cache(maxsize=256)
def _template(source: str, format_: Format) -> jinja2.Template:
    return environment_for(format_).from_string(source)
