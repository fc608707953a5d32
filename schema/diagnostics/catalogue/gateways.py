"""PBX1540-1549: gateways that are devices (checked in renderers/devices/check_gateway)."""

from schema.diagnostics.catalogue.code import Code

CODES = (
    Code(
        "PBX1540", "gateway-model-unknown", "error", "A gateway's model is not known",
        "The `device` of a gateway is of a model that a device family describes, with ports to "
        "the outside world. A model of phones has none.",
        "Take a model from the hint or from `pbx devices models`. A gateway of another make needs "
        "no `device`: it is configured by hand.",
    ),
    Code(
        "PBX1541", "too-many-ports", "error", "A gateway has fewer ports than it is given",
        "Each model has a certain number of ports. `pbx` knows it from the model's device folder.",
        "Remove ports, or correct the gateway's `model`.",
    ),
    Code(
        "PBX1542", "device-twice", "error", "Two entries of the tree are the same device",
        "A device fetches its files by its MAC address, so it can be one phone or one gateway and "
        "nothing else.",
        "Correct one of the MAC addresses, or remove one of the entries.",
    ),
    Code(
        "PBX1543", "port-not-possible", "error", "A port is not told what its kind needs",
        "A call that comes in by an analogue line says no number that it is for: it is for the "
        "`number` of that line. A primary rate port brings the numbers with its calls, and speaks "
        "a `protocol` instead.",
        "Give each analogue line its number; keep `protocol`, `side` and `clock` for primary rate "
        "ports.",
    ),
)  # fmt: skip
