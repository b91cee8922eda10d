"""Every version of the settings is kept, named by its digest: the law of a recording is that of its own version."""

from pathlib import Path

from firmware.faults import SettingsFault
from firmware.settings import Settings, parse, read
from firmware.vault import durable

SUFFIX = ".toml"


class Versions:
    """The versions in a folder; `config` is the file in force, looked at again for a digest that is new."""

    def __init__(self, folder: Path, config: Path) -> None:
        self._folder = folder
        self._config = config
        self._read: dict[str, Settings] = {}

    @property
    def config(self) -> Path:
        """The file in force."""
        return self._config

    def lies_in_file(self, digest: str) -> bool:
        """Whether the file in force has this version now, though the keeper may work by another."""
        return self._in_force(digest) is not None

    def keep(self, settings: Settings) -> None:
        """Keep a version; durable on return."""
        path = self._folder / f"{settings.digest}{SUFFIX}"
        if not path.exists():
            durable.write(path, settings.text.encode())
        self._read[settings.digest] = settings

    def now(self) -> Settings:
        """The file in force as it reads now; a `SettingsFault` where a keeper could not begin with it."""
        return read(self._config)

    def find(self, digest: str) -> Settings | None:
        """The version of a digest, `None` where it was never seen or is no longer understood."""
        if digest not in self._read:
            found = self._kept(digest) or self._in_force(digest)
            if found is None:
                return None
            self.keep(found)
        return self._read[digest]

    def _kept(self, digest: str) -> Settings | None:
        path = self._folder / f"{digest}{SUFFIX}"
        if not digest.isalnum() or not path.exists():
            return None
        try:
            return parse(path.read_text(), path.name)
        except SettingsFault:
            return None

    def _in_force(self, digest: str) -> Settings | None:
        try:
            settings = read(self._config)
        except SettingsFault:
            return None
        return settings if settings.digest == digest else None
