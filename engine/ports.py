"""Who holds a port: so that "address in use" names a program and not a number."""

import psutil


def holder(transport: str, host: str, port: int) -> str:
    """The program that uses the port, as "kamailio (pid 4711)"; "another program" if unknown.

    Processes of other users are visible to root only.
    """
    try:
        sockets = psutil.net_connections(kind=transport)
    except (psutil.AccessDenied, OSError):
        return "another program"
    for used in sockets:
        listening = transport == "udp" or used.status == psutil.CONN_LISTEN
        if listening and used.laddr and used.laddr.port == port and _same(used.laddr.ip, host):
            return _program(used.pid)
    return "another program"


def _same(bound: str, wanted: str) -> bool:
    """An address clashes with itself and with the wildcard."""
    return bound == wanted or "0.0.0.0" in (bound, wanted) or "::" in (bound, wanted)  # noqa: S104


def _program(pid: int | None) -> str:
    if pid is None:
        return "another user's program"
    try:
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        return f"pid {pid}"
