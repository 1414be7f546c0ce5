"""A postal address: what profiling keeps, ordering takes, billing prints and shipping delivers to."""

import msgspec


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address. `country` is ISO 3166 alpha-2; `company` and `vat_id` make an invoice a business one."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    number: str = ""
    line2: str = ""
    state: str = ""
    phone: str = ""
    company: str = ""
    vat_id: str = ""
