"""The examples of the seed, letter by letter."""

import json
from typing import Any

BODY = """\
  {
    "customerId": 123,
    "itens": [
      { 
        "id": 1, 
        "quantity": 2 
      },
      { 
        "id": 2, 
        "quantity": 1 
      }
    ],
    "delivery": {
      "address": {
        "street": "Rua Exemplo",
        "number": "10A",
        "city": "São Paulo",
        "state": "SP",
        "country": "Brazil",
        "zipcode": 00000000
      }
    }
  }
"""  # noqa: W291, RUF100 -- blanks at the ends of lines are the seed's

CREATED = """\
  {
    "id": 456,
    "status": "pending"
  }
"""

ORDER = """\
  {
    "id": 456,
    "status": "in_progress",
    "payment": {
      "status": "approved"
    },
    "inventory": {
      "status": "reserved"
    },
    "itens": [
      { 
        "id": 1, 
        "quantity": 2 
      },
      { 
        "id": 2, 
        "quantity": 1 
      }
    ]
  }
"""  # noqa: W291, RUF100

CANCELED = """\
  {
    "id": 456,
    "status": "canceled"
  }
"""

LISTED = """\
  [
    {
      "id": 456,
      "status": "pending",
      "customerId": 123
    },
    {
      "id": 457,
      "status": "completed",
      "customerId": 124
    }
  ]
"""


def like(example: str, **members: Any) -> Any:
    """An example as it is read, with other values where the answer's are its own."""
    return json.loads(example) | members


def body(**members: Any) -> dict[str, Any]:
    """The first example as a document, with its zipcode as text, and other members."""
    document: dict[str, Any] = json.loads(BODY.replace("00000000", '"00000000"'))
    return document | members
