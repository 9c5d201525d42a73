"""How jupyter_client gets a page's kernel from a nursery."""

from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from .nursery import Nursery


class NurseryProvisioner(LocalProvisioner):
    """Gets a kernel from a nursery, and starts it as usual where that has ended."""

    nursery: Nursery

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """A kernel of this command, as a fork."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        process = self.nursery.kernel(arguments, kwargs["env"], kwargs["cwd"], kwargs["stdout"])
        if process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        return self.connection_info
