"""The first admin of an installation, as its environment names them."""

import os
from dataclasses import dataclass

from comanda.cli.installation import CommandError
from comanda.runtime.all_in_one import FIRST_ADMIN

EMAIL_VARIABLE = "COMANDA_ADMIN_EMAIL"
PASSWORD_VARIABLE = "COMANDA_ADMIN_PASSWORD"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """E-mail and password, for the first start only; without a password a random one is made and shown once."""

    email: str = FIRST_ADMIN
    password: str | None = None

    @classmethod
    def of_environment(cls) -> "FirstAdmin":
        """What the environment says. Raises CommandError when nobody could sign in with it."""
        from pydantic import ValidationError

        from comanda.contexts.profiling.requests import NewStaff

        email, password = os.environ.get(EMAIL_VARIABLE) or FIRST_ADMIN, os.environ.get(PASSWORD_VARIABLE) or None
        try:
            NewStaff(email=email, password=password)
        except ValidationError as error:
            wrong = EMAIL_VARIABLE if error.errors()[0]["loc"] == ("email",) else PASSWORD_VARIABLE
            raise CommandError(f"{wrong}: {error.errors()[0]['msg']}") from error
        return cls(email, password)
