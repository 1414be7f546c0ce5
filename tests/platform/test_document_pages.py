"""The pages that show a service's API, and everything they load."""

import re
from urllib.parse import urljoin

import pytest

from comanda.platform.auth import Verifier
from comanda.platform.http.app import create_app
from tests.support.visitors import Visitor


async def _no_keys() -> dict[str, object]:
    return {"keys": []}


async def _ready() -> None:
    return None


def visitor() -> Visitor:
    app = create_app(
        service="pages", title="Pages", description="", routers=[], access={}, verifier=Verifier(_no_keys), ready=_ready
    )
    return Visitor(app)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_a_page_loads_everything_from_its_own_service(path: str) -> None:
    visit = visitor()
    page = await visit("GET", path)
    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", ""), "nobody else is asked for anything"
    wanted = {
        found for found in re.findall(r"""(?:href|src|spec-url)=["']([^"']+)""", page.text) if found[:5] != "data:"
    }
    wanted |= set(re.findall(r"""["']?url["']?: ["']([^"']+)""", page.text))
    assert "openapi.json" in wanted
    for url in wanted:
        asset = await visit("GET", urljoin(path, url))
        assert asset.status_code == 200, url
        assert asset.content


async def test_the_document_is_served_as_json_and_yaml() -> None:
    visit = visitor()
    assert (await visit("GET", "/openapi.json")).json()["openapi"].startswith("3.")
    assert (await visit("GET", "/openapi.yaml")).text.startswith("openapi: 3.")
