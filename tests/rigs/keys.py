"""The office's keys and its stock tools: what the box sealed is opened with `age`, and decoded with `flac`."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyrage
from numpy.typing import NDArray

from firmware.sealing.age import Identity, unlock
from firmware.sealing.mac_key import apart


@dataclass(frozen=True, slots=True)
class Keys:
    """One private key file of every kind, by name, with its public half."""

    private: dict[str, Path]
    public: dict[str, str]

    @classmethod
    def generate(cls, folder: Path) -> Self:
        """A native age key, an ssh-ed25519 and an ssh-rsa key."""
        folder.mkdir(mode=0o700)
        private = {name: folder / name for name in ("office", "ssh-ed25519", "ssh-rsa")}
        native = pyrage.x25519.Identity.generate()
        private["office"].write_text(f"{native}\n")
        private["office"].chmod(0o600)
        public = {"office": str(native.to_public())}
        for name, kind in (("ssh-ed25519", ["ed25519"]), ("ssh-rsa", ["rsa", "-b", "2048"])):
            words = ["-q", "-N", "", "-C", "", "-f", str(private[name]), "-t", *kind]
            subprocess.run(["ssh-keygen", *words], check=True)
            public[name] = private[name].with_suffix(".pub").read_text().strip()
        return cls(private, public)

    def pyrage(self, name: str) -> Any:  # noqa: ANN401  pyrage has two types of identity and no common one
        """An identity as pyrage has it."""
        text = self.private[name].read_text()
        if name == "office":
            return pyrage.x25519.Identity.from_str(text.strip())
        return pyrage.ssh.Identity.from_buffer(text.encode())


@dataclass(frozen=True, slots=True)
class Sealed:
    """A recording of the spool: what is told of it, and the standard age files it consists of."""

    told: dict[str, Any]
    files: tuple[bytes, ...]
    details: bytes | None

    @property
    def facts(self) -> dict[str, Any]:
        """Its facts."""
        facts: dict[str, Any] = self.told["facts"]
        return facts

    @property
    def gaps(self) -> list[tuple[int, int, str]]:
        """Its gaps."""
        return [(gap["from"], gap["to"], gap["reason"]) for gap in self.facts["gaps"]]

    @property
    def began_ns(self) -> int:
        """When its first sample was heard, on the boot clock."""
        return int(self.facts["began"]["boottime_ns"])


def sealed(path: Path, live_key: Identity) -> Sealed:
    """One recording as the keeper would hand it out."""
    told = json.loads(path.read_text())
    header, _ = apart(unlock(b64decode(told["header"]), live_key))
    body = path.with_suffix(".body").read_bytes()
    bodies = [body] if told["kind"] == "finished" else list(_parts(body))
    details = apart(unlock(b64decode(told["details"]), live_key))[0] if told["details"] else None
    return Sealed(told, tuple(header + each for each in bodies), details)


def _parts(body: bytes) -> Iterator[bytes]:
    while body:
        size = int.from_bytes(body[:4])
        yield body[4 : 4 + size]
        body = body[4 + size :]


def opened(files: tuple[bytes, ...], key: Path) -> bytes:
    """The plaintext of age files, one after the other, by the stock `age`."""
    return b"".join(
        subprocess.run(["age", "-d", "-i", str(key)], input=each, stdout=subprocess.PIPE, check=True).stdout
        for each in files
    )


def decoded(stream: bytes) -> NDArray[np.int16]:
    """The samples of a FLAC stream of one side by the stock `flac`; the torn end of a cut one is left out."""
    words = ["flac", "-d", "-s", "-F", "-c", "--force-raw-format", "--endian=little", "--sign=signed", "-"]
    done = subprocess.run(words, input=stream, capture_output=True, check=False)
    return np.frombuffer(done.stdout[: len(done.stdout) // 2 * 2], "<i2")
