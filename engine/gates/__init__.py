"""Gates: what a commit that runs already still has to show, and who runs it first.

    vitals      what can be lost by a commit, at one moment: registrations, gateways that answer
    probation   a revision is watched for a while; what it lost is the evidence against it
    canary      with several nodes, one runs a commit first and the others wait for its word

May know: the tree's policy. May not: how revisions are applied (engine.reconcile), nor Git.
"""
