"""The one exception that parsing may raise. It knows the status to refuse with, nothing else."""


class SipParseError(ValueError):
    """Bytes that are not SIP, or not SIP that we can act on.

    `reason` is said in words, fit for a reason phrase. `status` is what a request is refused with
    (400 most often, 416 for a foreign URI scheme, 505 for a foreign version).
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
