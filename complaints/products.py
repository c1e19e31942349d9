"""Products that earlier complaints named: what a form suggests, so that spellings don't split."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

#: How many of the latest complaints are looked at: bounds the read, whatever is stored.
_LATEST = 20_000

_PRODUCTS = sa.text(
    "SELECT product FROM (SELECT id, product FROM complaints ORDER BY id DESC LIMIT :latest) AS c"
    " WHERE product IS NOT NULL GROUP BY product ORDER BY count(*) DESC, max(id) DESC LIMIT :most"
)


def known_products(connection: Connection, most: int = 100) -> list[str]:
    """Names of products, the most often named first."""
    found = connection.execute(_PRODUCTS, {"latest": _LATEST, "most": most})
    return list(found.scalars())
