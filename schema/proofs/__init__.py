"""Proofs over all numbers that can be dialled, at every moment, by every user.

    people      users who are all the same as callers: a proof for one of them holds for all
    reading     which rules decide about which numbers, in which order
    hours       at which moments which schedules are open together
    subject     what is proved something of: one plan, and what several proofs need of it
    prover      all proofs, remembered while nothing changes that they are about

Knows the route table and automata. The table's own interpreter (schema.dialplan.route) is asked
what becomes of a witness, so that a message never says anything else than the running system does.
"""
