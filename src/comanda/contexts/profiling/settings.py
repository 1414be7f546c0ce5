"""Profiling's settings."""

from comanda.messaging.settings import Setting

SETTINGS = (
    Setting(
        "profiling.statuses",
        list[str],
        ["standard", "vip"],
        "The words for a customer's status; new customers are `standard`.",
    ),
    Setting(
        "profiling.access_token_minutes",
        int,
        15,
        "Minutes for which an access token is good; signing out does not end it earlier.",
        minimum=1,
        maximum=1_440,
    ),
    Setting(
        "profiling.signing_key_days",
        int,
        90,
        "Days after which another key signs the tokens.",
        minimum=1,
        maximum=3_650,
    ),
    Setting(
        "profiling.staff_token_minutes",
        int,
        5,
        "Minutes for which staff's access tokens are good: so long stay who was disabled, and roles that were changed.",
        minimum=1,
        maximum=1_440,
    ),
    Setting("profiling.session_days", int, 30, "Days after which one has to sign in again.", minimum=1, maximum=365),
    Setting(
        "profiling.attempts_per_account",
        int,
        10,
        "Failed attempts to sign in to one account within a quarter of an hour.",
        minimum=3,
        maximum=1_000,
    ),
    Setting(
        "profiling.attempts_per_address",
        int,
        200,
        "Failed attempts to sign in from one network address within a quarter of an hour.",
        minimum=10,
        maximum=1_000_000,
    ),
    Setting(
        "profiling.mails_per_account",
        int,
        5,
        "Links to choose a password, or to confirm an e-mail, that go out for one account within an hour.",
        minimum=1,
        maximum=100,
    ),
    Setting(
        "profiling.mails_per_address",
        int,
        100,
        "Requests for a new password from one network address within an hour.",
        minimum=1,
        maximum=1_000_000,
    ),
)
