"""RabbitMQ from the system's packages, as a node apart from the machine's own.

Own name, cookie, data, logs, name server (epmd) and ports, all on 127.0.0.1.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping

from local_stack import rabbitmq_install
from local_stack.component import (
    Component,
    Context,
    base_environment,
    http_unready_reason,
    tcp_unready_reason,
)
from local_stack.connections import BROKER_USER, BROKER_VHOST
from local_stack.errors import StackError
from local_stack.folder import REPOSITORY, write_private
from local_stack.ports import HOST
from local_stack.supervisor import ProcessSpec

_SOURCE = REPOSITORY / "rabbitmq"
_SALT_BYTES = 4

# A quorum queue that is asked for something after a restart, before it has elected its
# leader, waits for one for ever on a cluster of one node (rabbitmq-server issue 10070,
# ra issue 179). A client that reconnects at once is enough. So the node looks once a
# second for queues that follow nobody and lets them elect. The words of an argument are
# split at spaces, so there are none.
_WAKE_QUEUES = (
    "(fun(Again)->spawn(fun()->Again(Again)end)end)(fun(Again)->"
    "(catch([ra:trigger_election({Name,node()})"
    "||{Name,follower}<-ets:tab2list(ra_state)])),"
    "timer:sleep(1000),Again(Again)end)."
)


class Epmd(Component):
    """Erlang's name server; without one of ours, RabbitMQ would leave one behind."""

    name = "epmd"

    def install(self) -> None:
        """It comes with RabbitMQ."""
        rabbitmq_install.ensure_installed()

    def spec(self, context: Context) -> ProcessSpec:
        """In the foreground, so that it ends with the stack."""
        port = str(context.ports["epmd"])
        return ProcessSpec(
            name=self.name,
            command=(rabbitmq_install.epmd(), "-address", HOST, "-port", port),
            cwd=context.folder.path,
            env=base_environment(),
        )

    def unready_reason(self, context: Context) -> str | None:
        """It answers nothing of interest; that it accepts is enough."""
        return tcp_unready_reason(context.ports["epmd"])


class RabbitMQ(Component):
    """The broker."""

    name = "rabbitmq"
    needs = ("epmd",)
    start_timeout_s = 120.0
    stop_grace_s = 30.0

    @property
    def ports(self) -> tuple[str, ...]:
        """AMQP, the management interface, and what Erlang wants for itself."""
        return ("rabbitmq", "rabbitmq-management", "rabbitmq-distribution")

    def install(self) -> None:
        """Get the package."""
        rabbitmq_install.ensure_installed()

    def prepare(self, context: Context) -> None:
        """Render the configuration, the definitions, the plugins and the cookie."""
        config = context.folder.config(self.name)
        definitions = config / "definitions.d"
        write_private(definitions / "10-topology.json", _topology())
        users = users_definition(BROKER_USER, context.secrets["RABBITMQ_PASS"])
        write_private(definitions / "20-users.json", users)
        write_private(config / "enabled_plugins", "[rabbitmq_management].\n")
        write_private(
            config / "rabbitmq.conf",
            render_config(
                (_SOURCE / "rabbitmq.conf").read_text(encoding="utf-8"),
                {
                    "load_definitions": str(definitions),
                    "listeners.tcp.default": context.address("rabbitmq"),
                    "management.tcp.ip": HOST,
                    "management.tcp.port": str(context.ports["rabbitmq-management"]),
                },
            ),
        )
        data = context.folder.data(self.name)
        data.mkdir(parents=True, exist_ok=True)
        # Erlang wants its cookie in the home directory and unreadable to others.
        write_private(data / ".erlang.cookie", context.secrets["RABBITMQ_COOKIE"])

    def spec(self, context: Context) -> ProcessSpec:
        """The server in the foreground, logging to its standard output."""
        return ProcessSpec(
            name=self.name,
            command=(str(rabbitmq_install.server()),),
            cwd=context.folder.data(self.name),
            env=base_environment()
            | node_environment(context)
            | dict(context.overrides_of(self.name)),
        )

    def unready_reason(self, context: Context) -> str | None:
        """The AMQP listener opens last, when the definitions are loaded."""
        management = context.address("rabbitmq-management")
        listener = context.ports["rabbitmq"]
        credentials = f"{BROKER_USER}:{context.secrets['RABBITMQ_PASS']}"
        return http_unready_reason(
            f"http://{management}/api/health/checks/port-listener/{listener}",
            authorization="Basic " + base64.b64encode(credentials.encode()).decode(),
        )


def users_definition(user: str, password: str) -> str:
    """The part of the definitions that the repository does not hold: who may come in.

    Definitions that are loaded into a blank node suppress its default user, so a
    user must come with them. The broker keeps salt and digest, and so does this file.
    """
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.sha256(salt + password.encode()).digest()
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    content = {
        "users": [
            {
                "name": user,
                "password_hash": base64.b64encode(salt + digest).decode(),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": ["administrator"],
            }
        ],
        "permissions": [{"user": user, "vhost": BROKER_VHOST, **everything}],
    }
    return json.dumps(content, indent=2) + "\n"


def render_config(source: str, replacements: Mapping[str, str]) -> str:
    """The repository's configuration with some keys set otherwise.

    A key that the source does not have is refused: its setting would be a second
    opinion beside the file that everybody reads.
    """
    rendered = source
    for key, value in replacements.items():
        parts = re.split(rf"^{re.escape(key)} *=.*$", rendered, flags=re.MULTILINE)
        if len(parts) != 2:  # noqa: PLR2004 -- what is before the line, and after it
            raise StackError(f"rabbitmq.conf has {key} not exactly once")
        rendered = f"{key} = {value}".join(parts)
    return rendered


def _topology() -> str:
    return (_SOURCE / "definitions.json").read_text(encoding="utf-8")


def node_environment(context: Context) -> dict[str, str]:
    """What a node, and whoever looks for it, is told of where it is."""
    config = context.folder.config(RabbitMQ.name)
    data = context.folder.data(RabbitMQ.name)
    return {
        "HOME": str(data),
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(context.ports["epmd"]),
        "RABBITMQ_NODENAME": f"ticketremaster-{context.folder.name}@localhost",
        "RABBITMQ_DIST_PORT": str(context.ports["rabbitmq-distribution"]),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            f"-kernel inet_dist_use_interface {{127,0,0,1}} -eval {_WAKE_QUEUES}"
        ),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(data / "log"),
        "RABBITMQ_MNESIA_BASE": str(data / "mnesia"),
        "RABBITMQ_CONFIG_FILE": str(config / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(config / "enabled_plugins"),
        # The machine's own settings in /etc are not for this node: these do not exist.
        "RABBITMQ_CONF_ENV_FILE": str(config / "none" / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILES": str(config / "none" / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(config / "none" / "advanced.config"),
    }
