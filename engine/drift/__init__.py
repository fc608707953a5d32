"""Drift: what is there against what the tree wants, where neither commits nor restarts mend it.

    found     what a look came to, as data
    files     on this node's disk: last good tree, keys, hooks
    looking   looks, slowly and again and again, or at once when somebody asks

May know: profiles, store, state directory. May not: mend anything.
"""
