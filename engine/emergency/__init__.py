"""Emergency calls beside the call itself: where the caller is, and who is told at once.

    location   a site as a document of a machine's (PIDF-LO), by an unguessable, expiring URL
    notice     what is told of a call
    record     the last emergency calls, for the status

How it is told: engine.notices. May know: models, HTTP. May not: SIP messages; the engine tells
SipEvents.
"""
