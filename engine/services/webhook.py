"""The Git host's webhook as a service: what `nodes.X.webhook` means."""

import asyncio
from collections.abc import Callable

from engine.desired import Desired
from engine.provision import ProvisionServer
from engine.secrets import SecretReader
from engine.webhook.reception import Nudger, Reception
from schema.models import System


class WebhookService:
    """Opens /hooks/git on the node's HTTP server."""

    def __init__(
        self,
        node: Callable[[System], str],
        server: ProvisionServer,
        secrets: SecretReader,
        branch: Callable[[], str | None],
        nudge: Callable[[], None],
        say: Callable[[str, str], None],
    ) -> None:
        self._node = node
        self._server = server
        self._secrets = secrets
        self._branch = branch
        self._nudger = Nudger(nudge)
        self._say = say

    async def apply(self, desired: Desired) -> None:
        """Take requests with the secret that the tree names now, or none."""
        name = self._node(desired.system)
        webhook = desired.system.nodes[name].webhook
        if webhook is None:
            await self.stop()
            return

        async def secret() -> bytes:
            path = f"nodes/{name}/webhook/secret"
            return await asyncio.to_thread(self._secrets.read, webhook.secret, path)

        self._server.hooked = Reception(secret, self._branch, self._nudger, self._say)

    async def stop(self) -> None:
        """Take no more requests."""
        self._server.hooked = None
        self._nudger.stop()
