"""The <style> elements that Dash's and Plotly's scripts add, by the SHA-256 of their text.

They come with the locked versions (dash 4.4.1, plotly 7.1.0) and hold no data, so each is allowed
by name and 'unsafe-inline' by none. After an upgrade `tests/browser/test_content_policy.py` names
the ones that are new and the ones that are gone.
"""

from __future__ import annotations

#: base64 of SHA-256 -> what it is
STYLES: dict[str, str] = {
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=": "empty: Plotly fills it rule by rule",
    "Do5Z9ZqsPvCQTUBQS9BnDm/2+on7omuzuLYk5sbA+2s=": "dash-renderer: undo and redo",
    "X2TqJwnIiE/ceDVeAdr7v7BOWBU6CEzE6qxlNzBzvBk=": "dcc: colours and spacing",
    "ITR5T9OwskhdqdsliUJRmgp9ltOFAHgXe1F7eRvGnmQ=": "dcc: button",
    "0IJGrxhCP5NUIafylLkj5118xkZH1kp5FmNio7NOckI=": "dcc: checklist",
    "Z8VokGxeiKThZOEmkdUgfW+jxbvItBwAXC8M1c4wqAM=": "dcc: list of options",
    "VUA+tqvhK3niMn7AdszqidMFPRh9FLqxB2iINUrsiTw=": "dcc: input",
    "Aq43X0SlmB69maWGob4rp/UuSHhwePalkRRExtsxOJ8=": "dcc: radio items",
    "SkhFDxgIcEjMhRh19uSHWrkdnAlZ9rlskgr9yLsipa8=": "dcc: slider",
    "uDiOZWps1U7E8/0BTaQrclYMhVhRVE4dT0vb5X6nXOw=": "dcc: tabs",
    "+QoPrsxO0auPnxSulD3bAr9CoDGgzv7YRfYE0vfxeQI=": "dcc: text area",
    "MJs2ke1SA6Cy3tTCZu2QH0rj0r//iNqU0idy9bM4leg=": "dcc: tooltip",
    "ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o=": "Plotly: map tiles (unused here)",
}
