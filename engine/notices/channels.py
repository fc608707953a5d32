"""From those whom the tree names to ways of telling them."""

from engine.notices.channel import Channel, DeliveryError, Key
from engine.notices.mail import Mailbox
from engine.notices.webhook import Webhook
from engine.secrets import SecretReader, SecretsError
from schema.models.told import Told
from schema.source import SecretReference


def channels(wanted: Told, section: str, secrets: SecretReader) -> list[Channel]:
    """One for each webhook, and one for the mail. `section` is where they stand in the tree."""
    signing = _key(secrets, wanted.signing_secret, f"{section}/webhook_secret")
    found: list[Channel] = [Webhook(url, signing) for url in wanted.webhooks]
    if wanted.mail is not None:
        password = _key(secrets, wanted.mail.login_secret, f"{section}/mail/password")
        found.append(Mailbox(wanted.mail, password))
    return found


def _key(secrets: SecretReader, secret: SecretReference | None, path: str) -> Key | None:
    """Reads a secret each time that it is used, without white space around it."""
    if secret is None:
        return None

    def read() -> bytes:
        try:
            value = secrets.read(secret, path).strip()
        except SecretsError as error:
            raise DeliveryError(str(error)) from None
        if not value:
            raise DeliveryError(f"{path} is empty")
        return value

    return read
