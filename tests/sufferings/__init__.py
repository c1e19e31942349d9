"""What users of such systems suffered from (design notes, "ten sufferings"), a named test each.

Covered elsewhere: 3, the scheduler that dies when the database blinks, in
tests/system/test_two_engines.py; 10, signatures behind a TLS proxy and unset tokens, in
tests/gateways/test_webhooks.py. Of 7, make-up days come with the working calendar. Of 8, races are
in tests/concurrency and the counting itself against a brute force in tests/properties.
"""
