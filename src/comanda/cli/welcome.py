"""What `comanda up` says in the first minute: where everything is, and how to stop it."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from comanda import __version__

_SERVICES_A_LINE = 4


class Welcome:
    """Lines on a terminal, the words in a column of their own."""

    def __init__(self, console: Console, host: str, ports: dict[str, int], dialects: dict[str, int]) -> None:
        self._console = console
        self._host = f"[{host}]" if ":" in host else host
        self._ports, self._dialects = ports, dialects

    def up(self, seconds: float, folder: str, postgres: str, postgres_s: float) -> None:
        """Everything answers."""
        self._console.print(f"[bold]Comanda {__version__}[/] is up on {escape(self._host)} after {seconds:.1f} s")
        self.line("database", f"{postgres}, started in {postgres_s:.1f} s, in {folder}")
        self._names("services", self._ports)
        self._names("dialects", self._dialects)
        self.line("API docs", f"{self.url('ordering')}/docs, and /docs and /redoc of every service")
        self.line("mailbox", f"{self.url('notifying')}/mailbox, with a token of `comanda token --role staff`")
        self.line("metrics", f"{self.url('ordering')}/metrics, of all services")

    def _names(self, head: str, ports: dict[str, int]) -> None:
        names = [f"{name} {port}" for name, port in ports.items()]
        lines = [" · ".join(names[at : at + _SERVICES_A_LINE]) for at in range(0, len(names), _SERVICES_A_LINE)]
        for position, line in enumerate(lines):
            self.line("" if position else head, line)

    def accounts(self, accounts: Sequence[tuple[str, str]]) -> None:
        """E-mails and passwords, which are shown this once."""
        for position, (email, password) in enumerate(accounts):
            self.line("" if position else "accounts", f"{email}  password {password}  (shown only now)")

    def admin(self, email: str, password: str, *, chosen: bool) -> None:
        """The first admin, at the first start. A password that somebody chose is not shown."""
        told = "the one that was given" if chosen else f"{password}  (shown only now; change it after signing in)"
        self.line("admin", f"{email}  password {told}")

    def stop(self, *, demo: bool) -> None:
        """How to end it."""
        self.line("stop", "Ctrl-C" + ("; `comanda demo reset` makes the demo new" if demo else ""))

    def line(self, word: str, text: str, *, end: str = "\n") -> None:
        """One line; `end` as for print."""
        self._console.print(f"  {word:<10} {text}", highlight=False, markup=False, soft_wrap=True, end=end)

    def more(self, text: str, *, end: str = "") -> None:
        """Go on with a line."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True, end=end)

    def url(self, service: str) -> str:
        """The address of a service."""
        return f"http://{self._host}:{self._ports[service]}"
