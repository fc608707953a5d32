"""The tree and the outside world: Git repositories, hooks, following, the last good tree.

This room brings trees in (commits, saved files, a snapshot) and carries our own commits out. It
knows `schema` for what a tree is and how a diagnostic looks; it knows nothing of what runs.
"""
