"""The notifier of RFC 6665: who watches what, and what they are told.

    notifier           SUBSCRIBE and PUBLISH, and the life of subscriptions
    asking             what a SUBSCRIBE says
    offer              who may watch what
    table              all subscriptions
    subscription       one of them: its state machine and its pace
    writing            NOTIFY as bytes
    watchers           from a user whose state changed to those who watch them
    view               what one subscription watches: a user, or a list of them (RFC 4662)
    package            what the event packages have in common; one module for each:
    dialog_info        `dialog` (RFC 4235): busy lamps
    message_summary    `message-summary` (RFC 3842): message lamps
    presence           `presence` (RFC 3856), with what was published or what we know ourselves
    registration_info  `reg` (RFC 3680)
    publications       PUBLISH (RFC 3903)
    pidf               presence documents: XML from strangers in, ours out
    markup             text in XML
    journal            what a restart must not lose, as plain records

It knows the calls, the registrations and the configuration, never a store and never a socket.
"""

from engine.sip.notifier.journal import Kept
from engine.sip.notifier.message_summary import Messages
from engine.sip.notifier.notifier import Notifier

__all__ = ["Kept", "Messages", "Notifier"]
