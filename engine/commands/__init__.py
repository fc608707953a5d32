"""The groups of commands of `pbx`: parse arguments, call, print. What they do lives elsewhere.

cli.py has the commands that stand alone, and puts the groups in their place. A module here loads
only what parsing needs; each command loads its room when it is called, so that `pbx` starts fast.
"""
