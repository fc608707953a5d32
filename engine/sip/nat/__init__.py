"""Ends behind NAT: how to keep their way open, and how media reaches them.

Signalling needs nothing of this room: requests go where a phone was heard from, whatever it says
of itself (engine.sip.registrar, engine.sip.proxy.dialog). All but `sockets` is sans-IO.
"""
