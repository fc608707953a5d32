"""A directory server for tests: slapd of Debian on loopback, with people of our own making.

It knows Active Directory's attributes as far as they are read here. Started with a folder of its
own, ended by its process.
"""

import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_port

SLAPD = "/usr/sbin/slapd"
SLAPADD = "/usr/sbin/slapadd"
BASE = "dc=corp,dc=test"
PEOPLE = f"ou=people,{BASE}"
ACCOUNT = f"cn=pbx,{BASE}"
ACCOUNT_PASSWORD = "of-the-account"
ROOT = f"cn=root,{BASE}"
ROOT_PASSWORD = "of-root"

SCHEMA = r"""
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.782 NAME 'objectCategory' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.3 NAME 'ipPhone' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP inetOrgPerson STRUCTURAL
  MAY ( sAMAccountName $ userAccountControl $ objectGUID $ objectCategory $ ipPhone $ memberOf ) )
"""

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/microsoft.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
sizelimit {limit}
idletimeout 0
{tls}
authz-regexp "^uid=([^,]+),.*cn=auth$" "cn=$1,{base}"
authz-regexp "^cn=([^,]+)$" "cn=$1,{base}"
password-hash {{CLEARTEXT}}
sasl-auxprops slapd
database mdb
maxsize 268435456
suffix "{base}"
rootdn "{root}"
rootpw {root_password}
directory {folder}/data
dbnosync
index objectClass eq
index entryUUID eq
index objectGUID eq
index sAMAccountName eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{account}" read by * auth
"""


@dataclass(frozen=True)
class Member:
    """Somebody in the directory."""

    login: str
    given: str = "Alice"
    surname: str = "Adams"
    phone: str = ""
    extension: str = ""
    mail: str = ""
    groups: tuple[str, ...] = ()
    control: int = 512
    unit: str = ""
    password: str = ""
    guid: bytes = b""
    attributes: Mapping[str, Sequence[str | bytes]] = field(default_factory=dict)
    """Further ones, or others instead of those above."""

    @property
    def dn(self) -> str:
        """Where the person is."""
        below = f"ou={self.unit},{PEOPLE}" if self.unit else PEOPLE
        return f"cn={self.login},{below}"

    @property
    def object_guid(self) -> bytes:
        """The same for the same login, if none was given."""
        return self.guid or uuid.uuid5(uuid.NAMESPACE_DNS, self.login).bytes_le

    @property
    def source_id(self) -> str:
        """The id as text."""
        return str(uuid.UUID(bytes_le=self.object_guid))

    def entry(self) -> dict[str, Sequence[str | bytes]]:
        """All attributes."""
        groups = [f"cn={group},ou=groups,{BASE}" for group in self.groups]
        values: dict[str, Sequence[str | bytes]] = {
            "objectClass": ["user"], "cn": [self.login], "sn": [self.surname],
            "givenName": [self.given], "sAMAccountName": [self.login],
            "displayName": [f"{self.given} {self.surname}"], "objectCategory": ["person"],
            "userAccountControl": [str(self.control)], "objectGUID": [self.object_guid],
            "telephoneNumber": [self.phone], "ipPhone": [self.extension], "mail": [self.mail],
            "memberOf": groups, "userPassword": [self.password],
        }  # fmt: skip
        values |= self.attributes
        return {name: [v for v in some if v] for name, some in values.items() if any(some)}


def ldif(dn: str, values: Mapping[str, Sequence[str | bytes]]) -> str:
    """One entry as LDIF (RFC 2849), all values in base64."""
    from base64 import b64encode

    lines = [f"dn:: {b64encode(dn.encode()).decode()}"]
    for name, some in values.items():
        for value in some:
            data = value.encode() if isinstance(value, str) else value
            lines.append(f"{name}:: {b64encode(data).decode()}")
    return "\n".join(lines) + "\n\n"


def skeleton(units: Iterable[str] = ()) -> str:
    """What is there before the people: the base, folders, and the account that reads."""
    organisation = {"objectClass": ["dcObject", "organization"], "dc": ["corp"], "o": ["Corp"]}
    account = {
        "objectClass": ["person"], "cn": ["pbx"], "sn": ["PBX"], "userPassword": [ACCOUNT_PASSWORD]
    }  # fmt: skip
    entries = [ldif(BASE, organisation), ldif(ACCOUNT, account)]
    for dn, name in [
        (PEOPLE, "people"), *((f"ou={unit},{PEOPLE}", unit) for unit in units)
    ]:  # fmt: skip
        entries.append(ldif(dn, {"objectClass": ["organizationalUnit"], "ou": [name]}))
    return "".join(entries)


class Slapd:
    """One server. `url` without TLS, `secure_url` with, where it has a certificate."""

    def __init__(
        self,
        folder: Path,
        people: Iterable[Member] = (),
        units: Iterable[str] = (),
        certificate: tuple[Path, Path] | None = None,
        authority: Path | None = None,
        limit: str = "unlimited",
    ) -> None:
        folder.mkdir(parents=True)
        (folder / "data").mkdir()
        self.folder = folder
        self.port, self.secure_port = free_port(), free_port()
        tls = ""
        if certificate is not None:
            tls = f"TLSCertificateFile {certificate[0]}\nTLSCertificateKeyFile {certificate[1]}\n"
            tls += f"TLSCACertificateFile {authority}\nTLSVerifyClient try\n"
        self._secure = certificate is not None
        (folder / "microsoft.schema").write_text(SCHEMA)
        (folder / "slapd.conf").write_text(
            CONFIGURATION.format(
                folder=folder, limit=limit, tls=tls, base=BASE, root=ROOT,
                root_password=ROOT_PASSWORD, account=ACCOUNT,
            )
        )  # fmt: skip
        self.load(skeleton(units) + "".join(ldif(who.dn, who.entry()) for who in people))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Plain, or for StartTLS."""
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def secure_url(self) -> str:
        """LDAPS."""
        return f"ldaps://127.0.0.1:{self.secure_port}"

    def load(self, text: str) -> None:
        """Add entries while it does not run."""
        subprocess.run(
            [SLAPADD, "-q", "-f", str(self.folder / "slapd.conf")],
            input=text.encode(), check=True, capture_output=True, timeout=120,
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it listens."""
        urls = f"{self.url}/" + (f" {self.secure_url}/" if self._secure else "")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [SLAPD, "-d", "none", "-f", str(self.folder / "slapd.conf"), "-h", urls],
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def change(self, text: str) -> None:
        """Change entries while it runs, by LDIF with changetype (ldapmodify)."""
        subprocess.run(
            ["ldapmodify", "-x", "-c", "-H", self.url, "-D", ROOT, "-w", ROOT_PASSWORD],
            input=text.encode(), check=True, capture_output=True, timeout=120,
        )  # fmt: skip

    def add(self, *people: Member) -> None:
        """Hire people."""
        adding = (
            ldif(who.dn, who.entry()).replace("\n", "\nchangetype: add\n", 1) for who in people
        )
        self.change("".join(adding))

    def delete(self, *people: Member) -> None:
        """Let people go."""
        self.change("".join(f"dn: {who.dn}\nchangetype: delete\n\n" for who in people))

    def replace(self, who: Member, **values: str | None) -> None:
        """Set attributes of somebody; None takes one away."""
        text = f"dn: {who.dn}\nchangetype: modify\n"
        for name, value in values.items():
            text += f"replace: {name}\n" + (f"{name}: {value}\n" if value else "") + "-\n"
        self.change(text + "\n")

    def move(self, who: Member, rdn: str, above: str = PEOPLE) -> None:
        """Give an entry another name, or another place."""
        text = f"dn: {who.dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\n"
        self.change(f"{text}newsuperior: {above}\n\n")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(folder: Path, *arguments: object, **words: object) -> Iterator[Slapd]:
    """A server that ends with the block."""
    server = Slapd(folder, *arguments, **words)  # type: ignore[arg-type]
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Proxy:
    """Stands before a server. What the server says goes through `alter`, until that gives b""."""

    def __init__(self, port: int, alter: Callable[[bytes], bytes]) -> None:
        self._target, self._alter = port, alter
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            threading.Thread(target=_copy, args=(client, server), daemon=True).start()
            try:
                while data := self._alter(server.recv(1024)):
                    client.sendall(data)
                for end in (client, server):
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        """Accept nobody any more."""
        self._listener.close()


class Cutter(Proxy):
    """Breaks connections off after so many bytes of answers."""

    def __init__(self, port: int, after: int) -> None:
        self._left = after
        super().__init__(port, self._cut)

    def _cut(self, data: bytes) -> bytes:
        self._left -= len(data)
        return data if self._left >= 0 else b""


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(4096):
            target.sendall(data)
    except OSError:
        pass
