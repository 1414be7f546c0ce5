"""Calls to the services of an installation, as the demo makes them."""

from typing import Any

import msgspec

from comanda.cli.installation import CallRefused, Installation, Remembered, Service


class Calls:
    """One connection to each service, as an admin. Not for two tasks at once."""

    def __init__(self, installation: Installation) -> None:
        self._installation = Remembered(installation)
        self._services: dict[str, Service] = {}

    async def get(self, service: str, path: str) -> Any:
        """The JSON that a GET answers. Raises CommandError."""
        return await self._service(service).get(path)

    async def every(self, service: str, path: str) -> list[Any]:
        """All items of a list. Raises CommandError."""
        return [item async for page in self._service(service).pages(path) for item in page]

    async def send(self, service: str, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The JSON that a write answers; `key` makes it safe to repeat. Raises CommandError."""
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"idempotency-key": key} if key else {}
        return await self._service(service).call(method, path, content, headers)

    async def ensure(self, service: str, path: str, body: Any, *, key: str | None = None) -> None:
        """A POST of something that may be there already: then (409) it stays as it is. Raises CommandError."""
        try:
            await self.send(service, "POST", path, body, key=key)
        except CallRefused as refused:
            if refused.status != 409:
                raise

    def another(self) -> "Calls":
        """The same for another task."""
        return Calls(self._installation)

    def close(self) -> None:
        """Close the connections."""
        for service in self._services.values():
            service.close()

    def _service(self, name: str) -> Service:
        if name not in self._services:
            self._services[name] = Service(self._installation, name)
        return self._services[name]
