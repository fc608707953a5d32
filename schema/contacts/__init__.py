"""Contacts from files and from the tree: what a phonebook lists.

csv and vcard read a file into rows and know where each stands; file chooses between them; number
reads what people write as a number; book puts a phonebook together. Pure, without a clock.
"""

from schema.contacts.book import entries_of, in_order, seen_by
from schema.contacts.file import ContactsFile, contacts_file
from schema.contacts.number import dialled

__all__ = ["ContactsFile", "contacts_file", "dialled", "entries_of", "in_order", "seen_by"]
