"""Errors of the business as problem documents."""

import msgspec

from comanda.kernel.errors import Conflict
from comanda.platform.http.problems import problem_of


def test_data_of_an_error_never_replaces_what_every_problem_document_says() -> None:
    error = Conflict("It is over.", status="canceled", headers="none", code="x", title="y", order_status="canceled")
    answer = problem_of(error)
    document = msgspec.json.decode(bytes(answer.body))
    assert answer.status_code == document["status"] == 409
    assert (document["detail"], document["title"]) == ("It is over.", "Conflict")
    assert document["type"] == "urn:comanda:problem:conflict"
    assert document["order_status"] == "canceled"
