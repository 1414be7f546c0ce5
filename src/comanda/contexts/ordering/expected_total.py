"""A total the buyer has seen is binding: another one stops the order and shows the new quote."""

from comanda.contexts.ordering.answers import quote
from comanda.contexts.ordering.placement import PlaceOrder, TotalChanged, Totals


def check_expected(command: PlaceOrder, totals: Totals) -> None:
    """Raises TotalChanged, with the new quote, when the buyer has seen another total."""
    if command.expected_total is not None and command.expected_total != totals.total:
        raise TotalChanged("The total has changed.", quote=quote(totals))
