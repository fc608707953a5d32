"""What a change means: two route tables compared over all numbers that can be dialled.

    touched     which rules can make a difference at all
    space       the numbers that they match, in parts that are all the same to both tables
    behaviour   what becomes of such a part, by the reading of schema.dialplan.search
    writing     how numbers are rewritten, and where two rules write the same
    hours       at which times, and how to say so
    people      which users notice the same, and what they are called
    pair        both tables, and what is asked of them again and again
    outward     what users dial
    inward      where calls from outside land
    inside      who is reached then: forwardings, members, fallbacks; leads: where these may lead
    merging     what was found, put together to be told once
    kinds       kinds of calls that somebody should approve
    telling     sentences; reached: those about who is reached
    meaning     all of it: `meaning_of`

Pure; knows route tables, not the tree. Numbers are never sampled, so what is not told is the same.
"""
