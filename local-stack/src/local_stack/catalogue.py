"""The processes of the stack, in the order in which they are shown."""

from local_stack.component import Component
from local_stack.postgres import Postgres
from local_stack.rabbitmq import Epmd, RabbitMQ

COMPONENTS: tuple[Component, ...] = (Postgres(), Epmd(), RabbitMQ())
