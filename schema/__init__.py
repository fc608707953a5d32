"""What a PBX is: source positions, models, checks, the dial plan and diagnostics.

The bottom room of the house: it imports nothing else of ours, does no network I/O, and
reads no clock. Everything above (renderers, sync, engine, cli) is written against it.
"""
