"""Emergency calls beside the call itself: where the caller is, and who is told at once.

    location   a site as a document of a machine's (PIDF-LO), by an unguessable, expiring URL
    notice     what is told of a call
    webhook, mail   ways to tell it
    notifier   tells it, again and again where need be; what became of it
    record     the last emergency calls, for the status

May know: models, HTTP, mail. May not: SIP messages; the engine tells SipEvents.
"""
