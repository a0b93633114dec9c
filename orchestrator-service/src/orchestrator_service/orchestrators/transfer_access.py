"""Who sees and touches a transfer: its two parties, and admins."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_service.clients.transfer_client import Transfer, TransferClient
from orchestrator_service.transfer_refusals import NotYourTransfer


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who asks for a transfer."""

    user_id: str
    is_admin: bool


def read_transfer(
    transfers: TransferClient, viewer: Viewer, transfer_id: str
) -> Transfer:
    """The transfer; TRANSFER_NOT_FOUND, or FORBIDDEN for anybody else."""
    transfer = transfers.get(transfer_id)
    parties = (transfer.seller_id, transfer.buyer_id)
    if not viewer.is_admin and viewer.user_id not in parties:
        raise NotYourTransfer
    return transfer
