"""Telling people and programs what happened: emergency calls, and what became of commits.

    channel         what is told, and to whom: what all ways have in common
    webhook, mail   ways to tell it
    channels        those whom the tree names
    notifier        tells it, again and again where need be; what became of it
    operation       what is told of commits and imports

May know: HTTP, mail, secrets. May not: what happened, or why somebody wants to know.
"""
