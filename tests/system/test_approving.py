"""A phone that is approved while its node runs is served at once."""

import urllib.request
from collections.abc import Callable

import pytest
from running import Site

NEW = "805ec0010203"


@pytest.mark.parametrize("bare", [False, True], ids=["working tree", "bare"])
def test_an_approved_phone_gets_its_profile(new_site: Callable[..., Site], bare: bool) -> None:
    site = new_site(bare=bare)
    site.start()
    words = ("--user", "bob", "--model", "yealink-t46s", "--dir", site.directory)
    done = site.pbx("devices", "approve", NEW, *words, "--state", site.state, check=True)
    assert f'+  "{NEW}":' in done.stdout
    assert "the node runs it: " in done.stdout.splitlines()[-1]
    commit = site.pbx("history", site.directory, "--state", site.state).stdout
    assert done.stdout.splitlines()[-2][:7] in commit
    with urllib.request.urlopen(site.url(NEW), timeout=10) as answer:
        profile = answer.read().decode()
    assert "account.1.user_name = bob" in profile
