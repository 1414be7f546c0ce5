"""What a data directory remembers of being a demo: `demo.json`, without which nothing is ever emptied."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from comanda.cli.environment import is_production
from comanda.cli.installation import CommandError

_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Marker:
    """A demo installation: how often it was begun anew, and whether it was filled to the end."""

    generation: int = 1
    filled: bool = False

    def write(self, data_dir: Path) -> None:
        """Remember it, whole or not at all."""
        draft = data_dir / f".{_FILE}.new"
        draft.write_text(json.dumps(asdict(self)) + "\n")
        draft.chmod(0o600)
        draft.replace(data_dir / _FILE)

    @classmethod
    def read(cls, data_dir: Path) -> "Marker | None":
        """What is remembered; None for an installation that is no demo."""
        try:
            return cls(**json.loads((data_dir / _FILE).read_text()))
        except (OSError, ValueError, TypeError):
            return None


def refuse_in_production(data_dir: Path, *, demo: bool) -> None:
    """Raises CommandError where `COMANDA_ENV` is production and a demo is asked for or there: its secrets are known."""
    if not is_production():
        return
    if demo:
        raise CommandError("COMANDA_ENV is production: start without --demo")
    if Marker.read(data_dir) is not None:
        raise CommandError(f"COMANDA_ENV is production, and {data_dir} is a demo: choose another --data-dir")
