"""SIP servers under the same load: what the `sip_…` benchmarks share.

`contenders` starts a server on a folder of its own, `load` drives it by sipp, `measure` reads what
that cost it. None of them knows what is compared, nor what would be a good figure.
"""
