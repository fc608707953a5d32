"""Nonces, the replay guard and credentials by themselves."""

from hypothesis import given
from hypothesis import strategies as st

from engine.sip.digest.credentials import (
    expected_response,
    parse_credentials,
    secret_hash,
)
from engine.sip.digest.nonce import Nonces, ReplayGuard


def test_the_examples_of_rfc_7616_come_out_right() -> None:
    answers = {
        "MD5": b"8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }
    for algorithm, answer in answers.items():
        credentials = parse_credentials(
            b'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
            b'algorithm=%s, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
            b'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="%s", '
            b'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' % (algorithm.encode(), answer)
        )
        assert credentials is not None
        secret = secret_hash(
            algorithm.lower(), b"Mufasa", b"http-auth@example.org", "Circle of Life"
        )
        assert expected_response(credentials, "GET", secret) == credentials.response == answer


@given(st.binary(max_size=200))
def test_no_credentials_raise(value: bytes) -> None:
    parse_credentials(b"Digest " + value)


@given(st.binary(max_size=64))
def test_no_forged_nonce_is_ours(nonce: bytes) -> None:
    assert Nonces(b"key", 60).issued_at(nonce) is None


def test_a_nonce_is_good_for_its_lifetime_and_key() -> None:
    nonces = Nonces(b"key", 60)
    nonce = nonces.issue(1000.0)
    assert nonces.issued_at(nonce) == Nonces(b"key", 60).issued_at(nonce) == 1000.0
    assert Nonces(b"other", 60).issued_at(nonce) is None
    fresh = [nonces.is_fresh(1000.0, wall) for wall in (900.0, 1001.0, 1059.0, 1061.0)]
    assert fresh == [False, True, True, False]


@given(st.lists(st.integers(1, 200), max_size=60))
def test_a_count_is_accepted_at_most_once(counts: list[int]) -> None:
    guard = ReplayGuard(60, since=0.0)
    accepted = [count for count in counts if guard.accept(b"nonce", count, 1.0, 1.0)]
    assert len(accepted) == len(set(accepted))
    assert not counts or max(counts) in accepted


def test_the_guard_forgets_nothing_that_could_come_back() -> None:
    guard = ReplayGuard(60, since=0.0, capacity=10)
    used = []
    for turn in range(200):
        now = 1000.0 + turn * 0.5
        nonce = b"%d" % turn
        assert guard.accept(nonce, 1, now, now)
        used.append((nonce, now))
        assert len(guard) <= 20
        for old, issued in used:
            assert now - issued > 60 or not guard.accept(old, 1, issued, now)


def test_what_was_answered_before_a_restart_is_not_accepted_again() -> None:
    guard = ReplayGuard(60, since=1000.0)
    assert not guard.accept(b"before", 1, 999.0, 1001.0)
    assert guard.accept(b"since", 1, 1000.0, 1001.0)
