"""What the control API says of a node. Shapes are part of the contract (docs/cli.md)."""

from collections.abc import Iterable
from typing import Any

from engine.desired import Desired
from engine.reconcile import Reconciler
from engine.services.router import RouterService, listen_addresses
from engine.sip import Call, PeerState, SipServer
from engine.sip.wire.uri import bracketed
from engine.store import Attempt
from schema.emergency import serves_http
from sync.follow import Follower


def node_status(
    node: str | None,
    reconciler: Reconciler,
    follower: Follower,
    router: RouterService,
    history: Iterable[Attempt],
) -> dict[str, Any]:
    """What `pbx status --format json` prints. Times are epoch seconds."""
    server = router.server
    desired = reconciler.running.desired
    return {
        "node": node,
        "healthy": reconciler.conditions.healthy and follower.trouble is None,
        "wanted_revision": follower.current.name if follower.current else None,
        "attempted_revision": reconciler.attempted,
        "applied_revision": reconciler.running.revision,
        "conditions": [condition.as_json() for condition in reconciler.conditions],
        "watched": _watched(reconciler),
        "source": {
            "shown": follower.origin.shown,
            "branch": follower.current.branch if follower.current else None,
            "forced": bool(follower.current and follower.current.forced),
            "trouble": str(follower.trouble) if follower.trouble else None,
        },
        "services": _services(desired, node),
        "registrations": [
            {
                "user": binding.user,
                "device": binding.device,
                "contact": binding.contact,
                "expires": binding.expires,
                "user_agent": binding.user_agent,
            }
            for binding in (server.registrations() if server else ())
        ],
        "gateways": _gateways(server),
        "nodes": [{"node": peer.id, **_peer(peer)} for peer in _nodes(server)],
        "media_relays": [
            {**relay._asdict(), "address": str(relay.address)}
            for relay in (server.media_relays() if server else ())
        ],
        "calls": [call_status(call) for call in (server.calls() if server else ())],
        "bans": bans_status(router),
        "certificate": _certificate(server),
        "counts": dict(server.counts()) if server else {},
        "history": [
            {"revision": a.revision, "outcome": a.outcome, "finished": a.finished} for a in history
        ],
    }


def call_status(call: Call) -> dict[str, Any]:
    """A call, how the dial plan decided it, and what became of that so far."""
    return {
        "caller": call.caller,
        "callee": call.number,
        "state": call.state,
        "started": call.started,
        "rule": call.rule,
        "type": call.type,
        "targets": list(dict.fromkeys(leg.target.name for leg in call.legs)),
        "failed": [attempt._asdict() for attempt in call.failed],
    }


def _watched(reconciler: Reconciler) -> dict[str, Any] | None:
    """The revision that does not count as good yet, and where the node would go back to."""
    watched = reconciler.watched
    if watched is None:
        return None
    return {
        "revision": watched.candidate.revision,
        "until": watched.until,
        "back_to": watched.good.revision,
    }


def _gateways(server: SipServer | None) -> list[dict[str, Any]]:
    if server is None:
        return []
    return [
        {"gateway": peer.id, **_peer(peer), "calls": server.carried_by(peer.id)}
        for peer in server.gateways()
    ]


def _nodes(server: SipServer | None) -> list[PeerState]:
    return server.nodes() if server is not None else []


def _peer(peer: PeerState) -> dict[str, Any]:
    return {
        "state": peer.state,
        "problem": peer.problem,
        "stale": peer.stale,
        "addresses": [address._asdict() for address in peer.addresses],
    }


def _certificate(server: SipServer | None) -> dict[str, Any] | None:
    """The certificate in use; `trouble` is why the files on disk are not. Epoch seconds."""
    loaded = server.certificates.loaded if server is not None else None
    if server is None or loaded is None:
        return None
    return {
        "file": loaded.files.chain,
        "names": list(loaded.names),
        "expires": loaded.expires,
        "trouble": server.certificates.trouble or None,
    }


def _services(desired: Desired | None, name: str | None) -> list[dict[str, Any]]:
    """Service and address of everything that listens."""
    if desired is None or name is None:
        return []
    node = desired.system.nodes[name]
    found = []
    if "router" in node.roles:
        for at in listen_addresses(node):
            address = f"{bracketed(at.host)}:{at.port}"
            found.append({"name": f"sip/{at.transport}", "address": address})
    if serves_http(node, desired.system.sites.values()):
        found.append({"name": "http", "address": f"{bracketed(node.address)}:{node.http.port}"})
    if "provision" in node.roles:
        more = {"https": node.http.tls, "tftp": node.tftp, "ftp": node.ftp}
        found += [
            {"name": name, "address": f"{bracketed(node.address)}:{listener.port}"}
            for name, listener in more.items()
            if listener is not None
        ]
        if node.http.tls is not None and node.http.tls.clients_port is not None:
            address = f"{bracketed(node.address)}:{node.http.tls.clients_port}"
            found.append({"name": "https/clients", "address": address})
    return found


def bans_status(router: RouterService) -> list[dict[str, Any]]:
    """Sources that are ignored: what `pbx bans list --format json` prints. Epoch seconds."""
    return [ban._asdict() for ban in (router.server.bans() if router.server else ())]
