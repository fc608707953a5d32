"""PBX14xx: the machines and what they reach."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1401", "no-node", "error", "There is no node",
        "`nodes` lists the machines that run the PBX. Without one nothing can run.",
        "Add one: `nodes: {pbx1: {address: 192.0.2.5}}`.",
    ),
    Code(
        "PBX1402", "port-clash", "error", "Two services want the same address and port",
        "A TCP port of an address can be listened on once.",
        "Choose another port for one of them.",
    ),
    Code(
        "PBX1403", "unreachable-gateway", "error", "No node reaches a gateway",
        "A gateway is reached by a router that speaks its transport (`sip: {udp: …, tcp: …}`) "
        "over the same IP version.",
        "Give a router that transport, or change the gateway's.",
    ),
    Code(
        "PBX1404", "bad-address", "error", "A node's address is not an IP address",
        "Services bind this address, and phones are told to connect to it. So it is one IP "
        "address of the machine, not a name, a network or `0.0.0.0`.",
        "Write the address that phones can reach: `ip -brief address` shows them.",
    ),
    Code(
        "PBX1405", "router-without-transport", "error", "A router has no transport",
        "`udp` and `tcp` are null and no other transport is on, so nobody can reach it.",
        "Give it a port, or remove `router` from its roles.",
    ),
    Code(
        "PBX1406", "role-missing", "error", "No node has a role that is needed",
        "Calls need a node with the role `router`, and phones one with `provision`.",
        "Add the role to a node; a node without `roles` has all of them.",
    ),
    Code(
        "PBX1407", "transport-not-offered", "error", "A transport is set that no router has",
        "The setting `transport` decides how phones reach the PBX, and no router listens on it.",
        "Turn the transport on under `nodes: … sip:`, or change the setting.",
    ),
    Code(
        "PBX1408", "gateway-address-twice", "error", "Two gateways have the same address",
        "A gateway is recognised by the address that its calls come from, so two gateways need "
        "two addresses.",
        "Remove one of them, or correct its address.",
    ),
    Code(
        "PBX1409", "bad-gateway-address", "error", "A gateway's address cannot be read",
        "It is a host name or IP address, with a port if that is not 5060: `sip.example.net`, "
        "`192.0.2.10:5080`, `[2001:db8::1]:5060`.",
        "Write it like one of these, without `sip:`.",
    ),
    Code(
        "PBX1410", "gateway-is-node", "error", "A gateway is the PBX itself",
        "The gateway's address and port are those of a node, or its name is the system's own "
        "domain, so calls would run in a circle.",
        "Correct the address.",
    ),
    Code(
        "PBX1411", "tls-without-certificate", "error", "A port for TLS has no certificate",
        "TLS and secure WebSocket begin with the node's certificate. It is read from files on "
        "the node's disk, so that the key is not in the tree.",
        "Name the files: `certificate: {chain: …, key: …}` beside the port; or remove the port.",
    ),
    Code(
        "PBX1412", "authorities-without-tls", "error", "Authorities are named without TLS",
        "`ca` says which authorities a gateway's certificate has to come from. Without TLS it "
        "shows none, and its calls are not protected as the setting suggests.",
        "Set `transport: tls`, or remove `ca`.",
    ),
    Code(
        "PBX1413", "bad-media-relay", "error", "A media relay's address cannot be used",
        "It is the IP address and port of an rtpengine's `listen-ng`: `127.0.0.1:2223`. Each "
        "stands in the list once.",
        "Write what `listen-ng` in rtpengine.conf says.",
    ),
    Code(
        "PBX1414", "no-media-relay", "error", "All calls are to be relayed, and a router cannot",
        "`nat: {relay: always}` wants an rtpengine for every call, and a router has none.",
        "Name one under `nodes: … rtpengine:`, or remove `relay`.",
    ),
    Code(
        "PBX1415", "no-callback", "warning", "Nobody can call back an emergency caller",
        "Emergency services are shown the user's own number (`caller_id` or the first DID), else "
        "the `emergency_callback` of their site, else the gateway's `caller_id`. Here there are "
        "users without any of the three.",
        "Give the site `emergency_callback`: the number of a phone there that somebody answers.",
    ),
    Code(
        "PBX1416", "bad-webhook", "error", "A webhook's address cannot be read",
        "It is a URL with a host name or an IP address, without spaces or other than ASCII "
        "letters.",
        "Write it like `https://hooks.example.net/pbx`; other letters as `%C3%A4`.",
    ),
    Code(
        "PBX1417", "webhook-in-clear", "warning", "A webhook is told in clear",
        "Over `http:` whoever is on the way reads who calls for help, and from where, or who "
        "changes the PBX, and can keep the notice from arriving.",
        "Use `https://`, or a receiver on the node itself.",
    ),
    Code(
        "PBX1418", "bad-mail-server", "error", "A mail server's address cannot be read",
        "It is a host name or an IP address, with a port if that is not the usual one: "
        "`mail.example.net`, `192.0.2.25:587`, `[2001:db8::25]:587`.",
        "Write it like one of these.",
    ),
    Code(
        "PBX1419", "bad-mail-address", "error", "A mail address cannot be read",
        "It is the bare address, without a name, quotes or spaces.",
        "Write it like `reception@example.net`; several as a list.",
    ),
    Code(
        "PBX1420", "mail-password-in-clear", "warning", "A mail password is sent in clear",
        "With `tls: off` whoever is on the way to the mail server reads the password.",
        "Set `tls: starttls`, or `tls: tls` for a server that speaks TLS from the start.",
    ),
    Code(
        "PBX1430", "served-to-nobody", "warning", "A node without phones has services for them",
        "HTTPS, TFTP and FTP serve what phones read and write, and this node has not the role "
        "`provision`.",
        "Add `provision` to its roles, or remove the service.",
    ),
    Code(
        "PBX1431", "enrolment-for-all", "warning", "Strangers' networks are treated as one's own",
        "From `provision: networks` phones are given their URL while an enrolment is open, and "
        "logs are taken without a password. Anybody can be in a network that is not private, and "
        "MAC addresses can be guessed.",
        "Name only networks that your phones are in: `networks: [10.20.0.0/16]`.",
    ),
    Code(
        "PBX1440", "bad-pnp-interface", "error", "SIP PnP cannot be heard at an address",
        "Phones ask the IPv4 group 224.0.1.75, which is joined at one interface. It is named by "
        "its own IPv4 address: `pnp.interface`, else the node's `address`.",
        "Write the address of the interface that phones are behind.",
    ),
    Code(
        "PBX1441", "pnp-without-provision", "error", "SIP PnP has nowhere to send phones",
        "SIP PnP tells phones which node serves their profiles, and no node does.",
        "Add `provision` to the roles of a node, or remove `pnp`.",
    ),
)  # fmt: skip
