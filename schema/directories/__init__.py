"""What the section `directories` means: what a kind takes for granted, templates, expressions.

Pure, and without LDAP: checks judge a directory with it, and sync.ldap reads people by it.
"""

from schema.directories.kinds import Reading, reading_of
from schema.directories.removal import LONGEST_NAME, Removal
from schema.directories.template import Template

__all__ = ["LONGEST_NAME", "Reading", "Removal", "Template", "reading_of"]
