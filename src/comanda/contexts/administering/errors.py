"""What can go wrong in administering."""

from comanda.kernel.errors import Conflict, Invalid, NotFound, PreconditionFailed


class UnknownSeller(NotFound):
    """There is no such seller."""

    code = "unknown-seller"

    def __init__(self, seller_id: str) -> None:
        super().__init__(f"There is no seller {seller_id}.")


class SellerNameTaken(Conflict):
    """Another seller has this name."""

    code = "seller-name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a seller named {name} already.")


class SellerIsSuspended(Conflict):
    """A suspended seller offers nothing new."""

    code = "seller-suspended"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is suspended.")


class SellerChanged(PreconditionFailed):
    """The seller has changed since the caller saw it."""

    code = "seller-changed"

    def __init__(self, version: int) -> None:
        super().__init__(f"The seller is at version {version} by now.", version=version)


class UnknownSetting(NotFound):
    """No service has such a setting."""

    code = "unknown-setting"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no setting {name}.")


class InvalidValue(Invalid):
    """The value is not of the setting's type, or not among those it takes."""

    code = "invalid-setting-value"
