"""Login of people: who somebody is, by the password of their directory or their own here.

    attempts   wrong passwords, counted by user and by address
    passwords  the local ones, and those of directories
    login      one question, one answer that says who answered

May know: the tree, secrets, sync.ldap. May not: sessions or pages, which are the web part's.
"""

from engine.login.attempts import Attempts
from engine.login.login import Login, Result

__all__ = ["Attempts", "Login", "Result"]
