"""Where a stack's PostgreSQL and RabbitMQ answer, for tests and tools."""

from dataclasses import dataclass

from local_stack.component import Context
from local_stack.databases import DATABASES
from local_stack.errors import UnknownName
from local_stack.ports import HOST

SUPERUSER = "postgres"
BROKER_USER = "ticketremaster"
BROKER_VHOST = "/"


@dataclass(frozen=True, slots=True)
class PostgresConnection:
    """The database server, and how to get in."""

    port: int
    context: Context
    host: str = HOST

    def superuser_dsn(self, database: str = "postgres") -> str:
        """Connect as the one who may do everything."""
        password = self.context.secrets["POSTGRES_PASSWORD"]
        return self._dsn(SUPERUSER, password, database)

    def service_dsn(self, database: str) -> str:
        """Connect to `seats_db`, `users_db`, ... as the service that owns it."""
        for known in DATABASES:
            if known.name == database:
                password = self.context.secrets[known.secret]
                return self._dsn(known.role, password, database)
        raise UnknownName(f"no service has a database called {database}")

    def _dsn(self, role: str, password: str, database: str) -> str:
        # The stack's passwords are hexadecimal, so nothing needs quoting.
        return f"postgresql://{role}:{password}@{self.host}:{self.port}/{database}"


@dataclass(frozen=True, slots=True)
class RabbitmqConnection:
    """The broker, and how to get in."""

    port: int
    management_port: int
    password: str
    user: str = BROKER_USER
    vhost: str = BROKER_VHOST
    host: str = HOST

    @property
    def amqp_url(self) -> str:
        """All of it in one string; %2F is the virtual host `/`."""
        return f"amqp://{self.user}:{self.password}@{self.host}:{self.port}/%2F"

    @property
    def management_url(self) -> str:
        """Where the management API answers, to the same user."""
        return f"http://{self.host}:{self.management_port}"


def postgres_of(context: Context) -> PostgresConnection:
    """The stack's database server."""
    return PostgresConnection(context.ports["postgres"], context)


def rabbitmq_of(context: Context) -> RabbitmqConnection:
    """The stack's broker."""
    return RabbitmqConnection(
        port=context.ports["rabbitmq"],
        management_port=context.ports["rabbitmq-management"],
        password=context.secrets["RABBITMQ_PASS"],
    )
