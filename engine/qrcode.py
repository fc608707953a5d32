"""A URL as a QR code: for a terminal, or as a picture in a file. Knows nothing of phones."""

import io
from pathlib import Path

import segno

_PICTURES = (".svg", ".png")


class UnknownPicture(ValueError):  # noqa: N818 - it says what it is
    """The name of a file that is neither SVG nor PNG."""


def as_text(url: str) -> str:
    """The code in block characters, two modules high each, for a terminal of any colours."""
    drawn = io.StringIO()
    segno.make_qr(url).terminal(out=drawn, compact=True)
    return drawn.getvalue()


def write_picture(url: str, path: Path) -> None:
    """Write SVG or PNG by the file's name. Raises UnknownPicture, OSError."""
    kind = path.suffix.lower()
    if kind not in _PICTURES:
        raise UnknownPicture(f"{path.name} is no picture: call it .svg or .png")
    drawn = io.BytesIO()
    segno.make_qr(url).save(drawn, kind=kind[1:], scale=8)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(drawn.getvalue())
