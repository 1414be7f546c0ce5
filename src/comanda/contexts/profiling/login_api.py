"""Profiling's routes about what one signs in with: lost passwords, other passwords, other e-mails."""

from fastapi import APIRouter

from comanda.contexts.profiling import change_login, reset_password
from comanda.contexts.profiling.contract.views import MailUnderwayView
from comanda.contexts.profiling.requests import (
    EmailToConfirm,
    LostPassword,
    NewEmail,
    OtherPassword,
    PasswordByMail,
)
from comanda.messaging.service import CallDep
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["customers"])


@router.post("/password-resets", status_code=202)
async def ask_for_reset(body: LostPassword, call: CallDep) -> MailUnderwayView:
    """Ask for a link to choose a new password. The answer is the same whether there is such an account or not."""
    await reset_password.ask(body.email, call)
    return MailUnderwayView()


@router.post("/password-resets/confirm", operation_id="reset_password", status_code=204)
async def reset(body: PasswordByMail, call: CallDep) -> None:
    """Choose a new password with the token of the mail, which works once. All sessions end."""
    await reset_password.reset(body.token, body.password, call)


@router.put("/customers/me/password", status_code=204)
async def change_password(body: OtherPassword, call: CallDep) -> None:
    """Change the password; the present one is asked for. All other sessions end."""
    await change_login.change_password(body.password, body.new_password, call)


@router.post("/customers/me/email-changes", status_code=202)
async def ask_for_email(body: NewEmail, call: CallDep) -> MailUnderwayView:
    """Ask for another e-mail: a link goes to it, a notice to the present one. The password is asked for."""
    await change_login.ask_for_email(body.email, body.password, call)
    return MailUnderwayView()


@router.post("/email-changes/confirm", status_code=204)
async def confirm_email(body: EmailToConfirm, call: CallDep) -> None:
    """Confirm another e-mail with the token of the mail, which works once."""
    await change_login.confirm_email(body.token, call)
