"""The processes of the stack, in the order in which they are shown."""

from local_stack.component import Component
from local_stack.gateway import Gateway
from local_stack.postgres import Postgres
from local_stack.rabbitmq import Epmd, RabbitMQ
from local_stack.services import SERVICES
from local_stack.standins import Localstripe, SmuStandin

COMPONENTS: tuple[Component, ...] = (
    Gateway(),
    *SERVICES,
    Postgres(),
    Epmd(),
    RabbitMQ(),
    Localstripe(),
    SmuStandin(),
)
