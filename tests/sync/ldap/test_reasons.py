"""What a server answers, said so that somebody knows what to do."""

import pytest

from sync.ldap import reasons

REFUSED = (
    "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {}, v2580\x00"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("525", "no such account"),
        ("52e", "password is wrong"),
        ("530", "at this hour"),
        ("532", "has expired"),
        ("533", "disabled"),
        ("775", "locked"),
        ("999", "check bind"),
    ],
)
def test_active_directory_says_why_it_refuses(data, said):
    assert said in reasons.of_result({"result": 49, "message": REFUSED.format(data)})


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"result": 32, "description": "noSuchObject", "message": ""}, "has nothing there"),
        ({"result": 13, "description": "confidentialityRequired"}, "wants TLS"),
        ({"result": 80, "description": "other", "message": "a\x1b[31m\nb" + "c" * 999},
         "answers other: a [31m bccc"),
        ({"result": 71, "description": "affectsMultipleDSAs"}, "answers affectsMultipleDSAs"),
        ({}, "answers -1"),
    ],
)  # fmt: skip
def test_other_results_are_one_short_line(result, said):
    sentence = reasons.of_result(result)
    assert said in sentence
    assert sentence.isprintable()
    assert len(sentence) < 300
