"""Who a client is: blind indexes of identifiers, and which stored client a complaint belongs to.

Complaints that share a document number, phone or account are one client across channels; never
joined across different document numbers, nor by phone alone under different names (a family's
phone). The decision is pure: candidates in, decision with its reason out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.ciphers import keyed_hash
from core.key_rings import Key, KeyRing

STRENGTH = {"document": 3, "account": 3, "phone_and_name": 2, "phone": 1}


@dataclass(frozen=True)
class Mention:
    """A client as one complaint names it; every field a blind index (16 bytes) or None."""

    document: bytes | None = None
    phone: bytes | None = None
    account: bytes | None = None
    name: bytes | None = None

    @property
    def identifiers(self) -> tuple[tuple[str, bytes], ...]:
        pairs = (("document", self.document), ("phone", self.phone), ("account", self.account))
        return tuple((kind, value) for kind, value in pairs if value is not None)

    @property
    def identified(self) -> bool:
        return bool(self.identifiers)


@dataclass(frozen=True)
class Candidate:
    """A stored client that shares at least one identifier with the mention."""

    client_id: int
    document: bytes | None
    names: frozenset[bytes]
    identifiers: frozenset[tuple[str, bytes]]


@dataclass(frozen=True)
class Identified:
    """The client a mention belongs to: `client_id` (None = a new one), clients to merge into it."""

    client_id: int | None
    merge: tuple[int, ...] = ()
    reason: str = "new"
    refused: tuple[tuple[int, str], ...] = field(default=())


class BlindIndex:
    """Keyed one-way hashes for matching (HMAC, first 16 bytes), one domain per kind.

    Each version of the key says which hash it is used with; a bare key is version 1, SHA-256.
    """

    def __init__(self, key: bytes | KeyRing) -> None:
        ring = key if isinstance(key, KeyRing) else KeyRing("blind index", (Key(1, key),))
        if any(len(one.secret) < 32 for one in ring):
            raise ValueError("the blind index key needs at least 32 bytes")
        self.ring = ring

    def digest(self, kind: str, value: str, version: int | None = None) -> bytes:
        """The blind index of a normalised value under a version (None: the current one)."""
        key = self.ring.current if version is None else self.ring.get(version)
        return keyed_hash(key.hash, key.secret, f"{kind}\0{value}".encode())[:16]

    def mention(
        self,
        version: int | None = None,
        *,
        name: str | None = None,
        phone: str | None = None,
        id_number: str | None = None,
        account: str | None = None,
    ) -> Mention:
        """Blind indexes of the given clear values, normalised so that spelling does not matter."""

        def index(kind: str, value: str) -> bytes | None:
            return self.digest(kind, value, version) if value and not placeholder(value) else None

        return Mention(
            document=index("document", _bare(id_number).upper()),
            phone=index("phone", _phone(phone)),
            account=index("account", _bare(account).upper()),
            name=index("name", _bare(name)),
        )


#: What people type where they know nothing; shared by strangers, it says nothing of anybody.
_PLACEHOLDERS = frozenset(
    {"无", "没有", "不详", "未知", "不知道", "不便提供", "保密", "暂无", "空", "未提供", "匿名",
     "n/a", "na", "none", "null", "nil", "unknown", "anonymous", "x", "xx", "xxx"}
)  # fmt: skip


def placeholder(value: str) -> bool:
    """Whether a normalised identifier or name is only there to fill the field."""
    plain = value.casefold()
    alike = len(set(plain)) == 1
    return plain in _PLACEHOLDERS or (alike and (len(plain) >= 4 or plain[0] in "0*?/x"))


def decide_client(mention: Mention, candidates: Sequence[Candidate]) -> Identified:
    """Which stored client this is, which further ones turn out to be the same, and why not others.

    The strongest link wins (document or account, then phone with the same name, then phone where a
    name is missing), the oldest client on a tie. Another linked client is merged only when nothing
    speaks against it: no second document number, and names that agree or a strong link.
    """
    links: list[tuple[int, Candidate, str]] = []
    refused: list[tuple[int, str]] = []
    for candidate in candidates:
        link, why_not = _link(mention, candidate)
        if link is None:
            refused.append((candidate.client_id, why_not))
        else:
            links.append((-STRENGTH[link], candidate, link))
    if not links:
        return Identified(None, refused=tuple(refused))
    links.sort(key=lambda entry: (entry[0], entry[1].client_id))
    _, group, reason = links[0]
    document = group.document or mention.document
    group = replace(group, document=document, names=group.names | _set(mention.name))
    merge: list[int] = []
    for weight, other, _link_name in links[1:]:
        if other.document and group.document and other.document != group.document:
            refused.append((other.client_id, "another_document"))
        elif -weight < 3 and other.names and group.names and not other.names & group.names:
            refused.append((other.client_id, "another_name"))
        else:
            merge.append(other.client_id)
            group = replace(
                group, document=group.document or other.document, names=group.names | other.names
            )
    return Identified(group.client_id, tuple(merge), reason, tuple(refused))


def _link(mention: Mention, candidate: Candidate) -> tuple[str | None, str]:
    """The strongest link between mention and candidate, or None and why there is none."""
    if mention.document and candidate.document and mention.document != candidate.document:
        return None, "another_document"
    shared = {kind for kind, value in mention.identifiers if (kind, value) in candidate.identifiers}
    if "document" in shared:
        return "document", ""
    if "account" in shared:
        return "account", ""
    if "phone" not in shared:
        return None, "nothing_shared"
    if mention.name is None or not candidate.names:
        return "phone", ""
    return ("phone_and_name", "") if mention.name in candidate.names else (None, "family_phone")


def _set(value: bytes | None) -> frozenset[bytes]:
    return frozenset() if value is None else frozenset({value})


def _bare(value: str | None) -> str:
    """Width and case folded, without blanks, dashes and dots between characters."""
    folded = unicodedata.normalize("NFKC", value or "").casefold()
    return "".join(c for c in folded if not c.isspace() and c not in "-·.‧")


def _phone(value: str | None) -> str:
    """Digits only, without a Chinese country code."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", value or "") if c.isdigit())
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 11:
            return digits[len(prefix) :]
    return digits
