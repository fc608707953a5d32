"""The soak run, shortened: after thousands of transactions the engine holds what it held before."""

from bench.soak import Soak


def test_nothing_is_left_of_twelve_thousand_transactions() -> None:
    soak = Soak()
    soak.run(10_000)
    before = soak.drained()
    soak.run(12_000)
    busy = soak.sizes()
    after = soak.drained()
    assert busy.tables["server transactions"] > 1000
    assert after.tables == before.tables
    assert after.tables["server transactions"] == after.tables["client transactions"] == 0
    assert after.tables["timers"] == after.tables["calls"] == 0
    # Caches may still fill; one object a call would be 2,000.
    assert after.objects - before.objects < 100
