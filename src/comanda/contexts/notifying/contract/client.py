"""How other services and the back office ask notifying."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from comanda.contexts.notifying.contract.views import (
    MailView,
    NotificationView,
    PreferencesView,
    PreviewView,
    TemplateView,
)
from comanda.platform.outbound import Outbound

Query = Mapping[str, str | int]


class NotifyingClient:
    """The delivery log, the mailbox, texts and preferences. Raises what the answer's problem says."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def notifications(self, order_id: str) -> list[NotificationView]:
        """The newest messages about an order, newest first."""
        page = await self.page("/notifications", {"order_id": order_id, "limit": 200})
        return [NotificationView.model_validate(item) for item in page["items"]]

    async def page(self, path: str, query: Query) -> dict[str, Any]:
        """A page of /notifications, /mailbox or /templates: `items` and `next_cursor`."""
        page: dict[str, Any] = (await self._outbound.call("GET", path, query=query)).checked().json()
        return page

    async def mail(self, notification_id: str) -> MailView:
        """A message as its reader got it. Raises NotFound."""
        answer = (await self._outbound.call("GET", f"/mailbox/{_part(notification_id)}")).checked()
        return MailView.model_validate_json(answer.body)

    async def write(self, message: Mapping[str, Any], *, key: str | None = None) -> NotificationView:
        """A message to the buyer of an order; the body is that of POST /notifications."""
        answer = (await self._outbound.call("POST", "/notifications", json=message, key=key)).checked()
        return NotificationView.model_validate_json(answer.body)

    async def resend(self, notification_id: str, to: str | None = None, *, key: str | None = None) -> NotificationView:
        """A message once more. Raises Conflict when the order was undone or there is no address."""
        answer = await self._outbound.call(
            "POST", f"/notifications/{_part(notification_id)}/resend", json={"to": to}, key=key
        )
        return NotificationView.model_validate_json(answer.checked().body)

    async def preferences(self, customer_id: str) -> PreferencesView:
        """What a customer does not want to get."""
        answer = (await self._outbound.call("GET", f"/preferences/{_part(customer_id)}")).checked()
        return PreferencesView.model_validate_json(answer.body)

    async def change_preferences(self, customer_id: str, wishes: Mapping[str, Any]) -> PreferencesView:
        """Say anew what is not wanted: muted_channels, muted_milestones."""
        answer = await self._outbound.call("PUT", f"/preferences/{_part(customer_id)}", json=wishes)
        return PreferencesView.model_validate_json(answer.checked().body)

    async def replace_template(self, name: str, channel: str, language: str, text: Mapping[str, Any]) -> TemplateView:
        """A new version of a text. Raises Invalid for one that could not be sent."""
        answer = await self._outbound.call("PUT", f"/templates/{_part(name)}/{channel}/{language}", json=text)
        return TemplateView.model_validate_json(answer.checked().body)

    async def preview(
        self, name: str, channel: str, language: str, text: Mapping[str, Any] | None = None
    ) -> PreviewView:
        """A text filled in with a sample."""
        answer = await self._outbound.call("POST", f"/templates/{_part(name)}/{channel}/{language}/preview", json=text)
        return PreviewView.model_validate_json(answer.checked().body)


def _part(text: str) -> str:
    return quote(text, safe="")
