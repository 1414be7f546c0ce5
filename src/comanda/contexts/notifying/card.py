"""Notifying, as the runtime sees it."""

from comanda.contexts.notifying.access import ACCESS
from comanda.contexts.notifying.api import router
from comanda.contexts.notifying.desk import make_load
from comanda.contexts.notifying.reactions import reactions
from comanda.messaging.service import Context
from comanda.messaging.settings import Setting

SETTINGS = (
    Setting(
        "notifying.staff_email",
        str,
        "staff@comanda.example",
        "Where staff get their messages, such as stock alerts. Empty: nobody is told.",
    ),
    Setting("notifying.staff_language", str, "en", "The language of messages to staff.", choices=("en", "fr", "pt")),
)

card = Context(
    name="notifying",
    title="Notifying",
    port=9011,
    routers=(router,),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    settings=SETTINGS,
    pacing=True,
    description=__doc__ or "",
)
