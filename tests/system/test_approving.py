"""A phone that is approved while its node runs is served at once."""

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from running import Site

NEW = "805ec0010203"


AGENT = "Yealink SIP-T46S 66.86.0.15"


@pytest.mark.parametrize("bare", [False, True], ids=["working tree", "bare"])
def test_an_approved_phone_gets_its_profile(new_site: Callable[..., Site], bare: bool) -> None:
    site = new_site(bare=bare)
    site.start()
    asks(site)
    assert NEW in pending(site)
    done = approve(site, "--user", "bob")
    assert f'+  "{NEW}":' in done
    assert "+    model: yealink-t46s" in done
    *_, committed, said = done.splitlines()
    assert "the node runs it: " in said
    commit = committed.split(" on main: ")[0]
    assert commit[:7] in site.pbx("history", site.directory, "--state", site.state).stdout
    with urllib.request.urlopen(site.url(NEW), timeout=10) as answer:
        profile = answer.read().decode()
    assert "account.1.user_name = bob" in profile
    assert NEW not in pending(site)


def test_what_a_node_saw_before_it_went_down_is_known(new_site: Callable[..., Site]) -> None:
    site = new_site()
    site.start()
    asks(site)
    site.stop()
    done = approve(site, "--user", "bob")
    assert "+    model: yealink-t46s" in done
    assert "no node runs here: it holds once one runs this commit" in done


def asks(site: Site) -> None:
    """A phone out of the box asks by its bare name, and is not known."""
    url = f"http://127.0.0.1:{site.http}/{NEW}.cfg"
    request = urllib.request.Request(url, headers={"User-Agent": AGENT})
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(request, timeout=10)


def pending(site: Site) -> str:
    return site.pbx("devices", "list", "--pending", "--state", site.state, check=True).stdout


def approve(site: Site, *words: str) -> str:
    options = ("--dir", site.directory, "--state", site.state)
    return site.pbx("devices", "approve", NEW, *words, *options, check=True).stdout
