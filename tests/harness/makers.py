"""A maker of phones, by openssl: an authority, and the certificates that its phones carry."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Maker:
    """Signs certificates of phones. `authority` is its own."""

    def __init__(self, folder: Path, name: str = "Phone Maker") -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self.authority = folder / "authority.pem"
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "authority.key", "-out", "authority.pem", "-days", "30",
            "-subj", f"/CN={name}",
        )  # fmt: skip

    def phone(self, file: str, subject: str, days: float = 30, alternative: str = "") -> list[str]:
        """Make a certificate; the words that make curl show it. Negative `days`: expired."""
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", f"{file}.key", "-out", f"{file}.csr", "-subj", subject,
        )  # fmt: skip
        until = datetime.now(UTC) + timedelta(days=days)
        extension = ["-addext", f"subjectAltName={alternative}"] if alternative else []
        self._authorise(file, until, extension)
        return [
            "--cert",
            str(self._folder / f"{file}.pem"),
            "--key",
            str(self._folder / f"{file}.key"),
        ]

    def _authorise(self, file: str, until: datetime, extension: list[str]) -> None:
        (self._folder / "index").write_text("")
        settings = (
            "[ca]\ndefault_ca=it\n[it]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\nemail_in_dn=no\n"
            "[any]\ncommonName=optional\nserialNumber=optional\norganizationalUnitName=optional\n"
            "localityName=optional\nstateOrProvinceName=optional\n[names]\n"
        )
        more = []
        if extension:
            settings += f"{extension[1]}\n"
            more = ["-extensions", "names"]
        (self._folder / "ca.conf").write_text(settings)
        begin = datetime.now(UTC) - timedelta(days=60)
        self._openssl(
            "ca", "-batch", "-config", "ca.conf", "-cert", "authority.pem", "-keyfile",
            "authority.key", "-in", f"{file}.csr", "-out", f"{file}.pem", "-notext",
            "-startdate", f"{begin:%Y%m%d%H%M%SZ}", "-enddate", f"{until:%Y%m%d%H%M%SZ}", *more,
        )  # fmt: skip

    def _openssl(self, *words: str) -> None:
        subprocess.run(
            ["openssl", *words], cwd=self._folder, check=True, capture_output=True, timeout=20
        )
