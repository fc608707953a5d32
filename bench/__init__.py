"""Benchmarks that print ratios: against a peer in the same run, or against a floor."""


class NotMeasuredError(Exception):
    """A benchmark could not run to its end. Says why, and what to install where that helps."""
