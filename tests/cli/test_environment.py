"""Settings of the environment that name foreign services."""

import pytest

from comanda.cli.environment import SERVICE_VARIABLES, TOKEN_VARIABLES, foreign_services
from comanda.cli.installation import CommandError
from comanda.contexts.ordering.contract.stages import STAGES


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SERVICE_VARIABLES.values(), *TOKEN_VARIABLES.values()):
        monkeypatch.delenv(name, raising=False)


def test_each_stage_has_an_address_and_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert foreign_services().stages == []
    for stage in STAGES:
        monkeypatch.setenv(f"COMANDA_{stage.upper()}_SERVICE_URL", f"https://{stage}.example.org/api/")
        monkeypatch.setenv(f"COMANDA_{stage.upper()}_SERVICE_TOKEN", f"token-of-{stage}")
    found = foreign_services()
    assert found.stages == list(STAGES)
    assert {stage: (a.url, a.token) for stage, a in found.addresses.items()} == {
        stage: (f"https://{stage}.example.org/api", f"token-of-{stage}") for stage in STAGES
    }


def test_a_bad_address_is_refused_in_one_line_that_does_not_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMANDA_MAIL_SERVICE_URL", "mail.example.org/?key=s3cret")
    with pytest.raises(CommandError, match="the address of the mail service is not an http or https URL") as refused:
        foreign_services()
    assert "s3cret" not in str(refused.value)
