"""What lies under a lock: the sealed header of a body, the sealed details, and the signed word of the box about both.

Format 3 has keys of MACs; 1 and 2 were written by earlier versions, without and with amendments.
"""

from base64 import b64encode
from dataclasses import dataclass, field

from firmware.vault.reading import Fields, canonical, read_object


@dataclass(frozen=True, slots=True)
class Amendment:
    """That a recording was sealed anew: a canonical text, its signature by the box, and the name of the signing key."""

    text: bytes
    signature: bytes
    signer: str

    def content(self) -> dict[str, object]:
        """As it is written and told."""
        return {
            "text": self.text.decode(),
            "signature": _base64(self.signature),
            "signer": self.signer,
        }


@dataclass(frozen=True, slots=True)
class MacKeys:
    """The keys of the MACs of both headers (`sealing.mac_key`); `None` where there are no details, or no key was kept."""

    header: bytes | None = field(default=None, repr=False)
    details: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a lock holds: header of the body, sealed details, canonical manifest, its signature and signer.

    `amended` are the times it was sealed anew since, the oldest first: the manifest tells the first header's digest,
    each amendment leads from one to the next.
    """

    header: bytes
    details: bytes | None
    manifest: bytes
    signature: bytes
    signer: str
    mac_keys: MacKeys = MacKeys()
    amended: tuple[Amendment, ...] = ()

    def written(self) -> bytes:
        """As it lies under the lock, format 3; 1 or 2 where no key of a MAC is known."""
        known = self.mac_keys != MacKeys()
        fields: dict[str, object] = {
            "format": 3 if known else 2 if self.amended else 1,
            "header": _base64(self.header),
            "details": None if self.details is None else _base64(self.details),
            "manifest": self.manifest.decode(),
            "signature": _base64(self.signature),
            "signer": self.signer,
        }
        if known:
            keys = {"header": self.mac_keys.header, "details": self.mac_keys.details}
            fields["mac_keys"] = {name: each and _base64(each) for name, each in keys.items()}
        if self.amended:
            fields["amended"] = [each.content() for each in self.amended]
        return canonical(fields)

    @property
    def sealed_to(self) -> str | None:
        """The set of recipients that it was last sealed to anew, `None` where it is as it was taken in."""
        return read_object(self.amended[-1].text, "amendment").text("to") if self.amended else None


def read_contents(written: bytes) -> Contents:
    """What the bytes under a lock say."""
    fields = read_object(written, "lock")
    fields.require_format(1, 2, 3)
    keys = fields.inner("mac_keys") if "mac_keys" in fields.content else None
    return Contents(
        fields.data("header"),
        fields.maybe_data("details"),
        fields.text("manifest").encode(),
        fields.data("signature"),
        fields.text("signer"),
        MacKeys(keys.maybe_data("header"), keys.maybe_data("details")) if keys else MacKeys(),
        tuple(map(read_amendment, fields.each("amended"))) if "amended" in fields.content else (),
    )


def read_amendment(fields: Fields) -> Amendment:
    """The amendment in a JSON object."""
    return Amendment(fields.text("text").encode(), fields.data("signature"), fields.text("signer"))


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
