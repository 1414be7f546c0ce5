"""What profiling does about what happens elsewhere: it only follows its settings, which its consumer sees to."""

from collections.abc import Sequence

from comanda.messaging.reactions import Load, Reactions
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork


class Nothing:
    """A working set without rows."""

    cause: Recorded

    async def flush(self, work: UnitOfWork) -> None:
        """There is nothing to write."""


reactions: Reactions[Nothing] = Reactions()


def make_load(service: Service) -> Load:
    """Load nothing."""

    async def load(work: UnitOfWork, events: Sequence[Recorded]) -> Nothing:
        return Nothing()

    return load
