"""A Git host says by HTTP that somebody pushed.

    proof      who may say so: signatures and tokens as GitHub, Gitea, Forgejo and GitLab send them
    reception  requests as they come in; refusals; how often the repository is looked at

It is a nudge and no more: the node looks at the repository that it follows anyway. May know: HTTP,
HMAC. May not: what a commit is.
"""
