"""What sources say fits the models of the tree."""

import pytest

from schema.models import Group, Phone, User
from schema.tree import MAIN_FILE, SourceEntry, blob_id
from schema.validate import validate

TREE = """\
version: 1
system: {domain: example.test}
nodes: {pbx1: {address: 127.0.0.1}}
users:
  alice: {name: Alice, extension: "201", managed_by: %s, managed_id: 3f2504e0}
"""


class OneFile:
    name = "a tree"

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def entries(self):
        return [SourceEntry(MAIN_FILE, blob_id(self._data), len(self._data))]

    def read(self, entry):
        return self._data


@pytest.mark.parametrize("model", [User, Phone, Group])
def test_entries_say_which_import_keeps_them(model):
    assert "managed_by" in model.model_fields


@pytest.mark.parametrize("importer", ["ldap/corp", "csv/staff-2026"])
def test_an_import_is_named_by_kind_and_name(importer):
    found = validate(OneFile(TREE % importer))
    assert found.ok
    assert found.system.users["alice"].managed_by == importer


@pytest.mark.parametrize("importer", ["corp", "ldap/", "sql/corp", "ldap/a b"])
def test_other_words_are_no_import(importer):
    assert not validate(OneFile(TREE % importer)).ok
