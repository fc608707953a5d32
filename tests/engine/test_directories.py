"""Directories of the tree, with the password of their account."""

import pytest
from asking import directory, system

from engine.directories import directory_source, importing_node
from engine.secrets import SecretReader, SecretsError
from schema.models import Node, System


def tree(**words) -> System:
    nodes = {name: Node(address="192.0.2.5") for name in ("pbx1", "pbx2")}
    base = system()
    corp = directory("ldaps://dc1.corp.test", **words)
    return System(base.system, nodes, {}, {}, {}, {}, {}, {}, (), directories={"corp": corp})


def test_the_account_has_the_password_that_the_tree_names(tmp_path):
    reader = SecretReader(tmp_path / "age.key", {"DIRECTORY_PASSWORD": "of-the-account"})
    source = directory_source(tree(), "corp", reader)
    assert (source.importer, source.password) == ("ldap/corp", "of-the-account")


def test_a_password_that_is_not_there_is_said_by_its_place(tmp_path):
    with pytest.raises(SecretsError, match="directories/corp/bind/password"):
        directory_source(tree(), "corp", SecretReader(tmp_path / "age.key", {}))


def test_without_an_account_there_is_no_password(tmp_path):
    source = directory_source(tree(bind=None), "corp", SecretReader(tmp_path / "age.key", {}))
    assert source.password is None


@pytest.mark.parametrize(("named", "node"), [({}, "pbx1"), ({"node": "pbx2"}, "pbx2")])
def test_one_node_imports(named, node):
    assert importing_node(tree(**named), "corp") == node
