import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SeatStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAT_STATUS_UNSPECIFIED: _ClassVar[SeatStatus]
    AVAILABLE: _ClassVar[SeatStatus]
    HELD: _ClassVar[SeatStatus]
    SOLD: _ClassVar[SeatStatus]
    CHECKED_IN: _ClassVar[SeatStatus]

class ReleaseReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLD_EXPIRED: _ClassVar[ReleaseReason]
    RELEASED_BY_HOLDER: _ClassVar[ReleaseReason]
    OTP_FAILED: _ClassVar[ReleaseReason]
    RESERVATION_REFUSED: _ClassVar[ReleaseReason]

class ReleaseOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELEASE_OUTCOME_UNSPECIFIED: _ClassVar[ReleaseOutcome]
    RELEASED: _ClassVar[ReleaseOutcome]
    NOT_DUE: _ClassVar[ReleaseOutcome]
    CLAIMED: _ClassVar[ReleaseOutcome]
    ALREADY_SOLD: _ClassVar[ReleaseOutcome]

class ClaimState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLAIM_STATE_UNSPECIFIED: _ClassVar[ClaimState]
    OPEN: _ClassVar[ClaimState]
    CONFIRMED: _ClassVar[ClaimState]
    REVOKED: _ClassVar[ClaimState]

class ScanResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCAN_RESULT_UNSPECIFIED: _ClassVar[ScanResult]
    SUCCESS: _ClassVar[ScanResult]
    DUPLICATE: _ClassVar[ScanResult]
    WRONG_HALL: _ClassVar[ScanResult]
    UNPAID: _ClassVar[ScanResult]
    NOT_FOUND: _ClassVar[ScanResult]
    EXPIRED: _ClassVar[ScanResult]
SEAT_STATUS_UNSPECIFIED: SeatStatus
AVAILABLE: SeatStatus
HELD: SeatStatus
SOLD: SeatStatus
CHECKED_IN: SeatStatus
HOLD_EXPIRED: ReleaseReason
RELEASED_BY_HOLDER: ReleaseReason
OTP_FAILED: ReleaseReason
RESERVATION_REFUSED: ReleaseReason
RELEASE_OUTCOME_UNSPECIFIED: ReleaseOutcome
RELEASED: ReleaseOutcome
NOT_DUE: ReleaseOutcome
CLAIMED: ReleaseOutcome
ALREADY_SOLD: ReleaseOutcome
CLAIM_STATE_UNSPECIFIED: ClaimState
OPEN: ClaimState
CONFIRMED: ClaimState
REVOKED: ClaimState
SCAN_RESULT_UNSPECIFIED: ScanResult
SUCCESS: ScanResult
DUPLICATE: ScanResult
WRONG_HALL: ScanResult
UNPAID: ScanResult
NOT_FOUND: ScanResult
EXPIRED: ScanResult

class Seat(_message.Message):
    __slots__ = ("seat_id", "row_number", "seat_number", "category", "price")
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    ROW_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SEAT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    row_number: str
    seat_number: int
    category: str
    price: str
    def __init__(self, seat_id: _Optional[str] = ..., row_number: _Optional[str] = ..., seat_number: _Optional[int] = ..., category: _Optional[str] = ..., price: _Optional[str] = ...) -> None: ...

class ReserveSeatRequest(_message.Message):
    __slots__ = ("seat_ids", "user_id", "hold_id", "order_id")
    SEAT_IDS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    seat_ids: _containers.RepeatedScalarFieldContainer[str]
    user_id: str
    hold_id: str
    order_id: str
    def __init__(self, seat_ids: _Optional[_Iterable[str]] = ..., user_id: _Optional[str] = ..., hold_id: _Optional[str] = ..., order_id: _Optional[str] = ...) -> None: ...

class SeatHold(_message.Message):
    __slots__ = ("hold_id", "order_id", "event_id", "user_id", "held_until", "ttl_seconds", "seats", "existing")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_UNTIL_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SEATS_FIELD_NUMBER: _ClassVar[int]
    EXISTING_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    order_id: str
    event_id: str
    user_id: str
    held_until: _timestamp_pb2.Timestamp
    ttl_seconds: int
    seats: _containers.RepeatedCompositeFieldContainer[Seat]
    existing: bool
    def __init__(self, hold_id: _Optional[str] = ..., order_id: _Optional[str] = ..., event_id: _Optional[str] = ..., user_id: _Optional[str] = ..., held_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ttl_seconds: _Optional[int] = ..., seats: _Optional[_Iterable[_Union[Seat, _Mapping]]] = ..., existing: _Optional[bool] = ...) -> None: ...

class ReleaseSeatRequest(_message.Message):
    __slots__ = ("hold_id", "reason")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    reason: ReleaseReason
    def __init__(self, hold_id: _Optional[str] = ..., reason: _Optional[_Union[ReleaseReason, str]] = ...) -> None: ...

class ReleaseSeatResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: ReleaseOutcome
    def __init__(self, outcome: _Optional[_Union[ReleaseOutcome, str]] = ...) -> None: ...

class ClaimSeatRequest(_message.Message):
    __slots__ = ("claim_id", "hold", "ticket")
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    claim_id: str
    hold: HoldTarget
    ticket: TicketTarget
    def __init__(self, claim_id: _Optional[str] = ..., hold: _Optional[_Union[HoldTarget, _Mapping]] = ..., ticket: _Optional[_Union[TicketTarget, _Mapping]] = ...) -> None: ...

class HoldTarget(_message.Message):
    __slots__ = ("hold_id", "user_id")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    user_id: str
    def __init__(self, hold_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class TicketTarget(_message.Message):
    __slots__ = ("seat_id", "owner_user_id", "ticket_version")
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    owner_user_id: str
    ticket_version: int
    def __init__(self, seat_id: _Optional[str] = ..., owner_user_id: _Optional[str] = ..., ticket_version: _Optional[int] = ...) -> None: ...

class ClaimSeatResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: ClaimState
    def __init__(self, state: _Optional[_Union[ClaimState, str]] = ...) -> None: ...

class RevokeClaimRequest(_message.Message):
    __slots__ = ("claim_id", "hold", "ticket")
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    claim_id: str
    hold: HoldTarget
    ticket: TicketTarget
    def __init__(self, claim_id: _Optional[str] = ..., hold: _Optional[_Union[HoldTarget, _Mapping]] = ..., ticket: _Optional[_Union[TicketTarget, _Mapping]] = ...) -> None: ...

class RevokeClaimResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: ClaimState
    def __init__(self, state: _Optional[_Union[ClaimState, str]] = ...) -> None: ...

class ConfirmSeatRequest(_message.Message):
    __slots__ = ("claim_id", "user_id")
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    claim_id: str
    user_id: str
    def __init__(self, claim_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class SoldSeat(_message.Message):
    __slots__ = ("seat", "ticket_version")
    SEAT_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    seat: Seat
    ticket_version: int
    def __init__(self, seat: _Optional[_Union[Seat, _Mapping]] = ..., ticket_version: _Optional[int] = ...) -> None: ...

class ConfirmSeatResponse(_message.Message):
    __slots__ = ("event_id", "seats")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    SEATS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    seats: _containers.RepeatedCompositeFieldContainer[SoldSeat]
    def __init__(self, event_id: _Optional[str] = ..., seats: _Optional[_Iterable[_Union[SoldSeat, _Mapping]]] = ...) -> None: ...

class GetSeatOwnerRequest(_message.Message):
    __slots__ = ("seat_id",)
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    def __init__(self, seat_id: _Optional[str] = ...) -> None: ...

class SeatOwner(_message.Message):
    __slots__ = ("seat", "event_id", "owner_user_id", "status", "ticket_version", "price_paid", "claimed")
    SEAT_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    PRICE_PAID_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_FIELD_NUMBER: _ClassVar[int]
    seat: Seat
    event_id: str
    owner_user_id: str
    status: SeatStatus
    ticket_version: int
    price_paid: str
    claimed: bool
    def __init__(self, seat: _Optional[_Union[Seat, _Mapping]] = ..., event_id: _Optional[str] = ..., owner_user_id: _Optional[str] = ..., status: _Optional[_Union[SeatStatus, str]] = ..., ticket_version: _Optional[int] = ..., price_paid: _Optional[str] = ..., claimed: _Optional[bool] = ...) -> None: ...

class ListSeatOwnersRequest(_message.Message):
    __slots__ = ("seat_ids",)
    SEAT_IDS_FIELD_NUMBER: _ClassVar[int]
    seat_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, seat_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SeatOwners(_message.Message):
    __slots__ = ("owners",)
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    owners: _containers.RepeatedCompositeFieldContainer[SeatOwner]
    def __init__(self, owners: _Optional[_Iterable[_Union[SeatOwner, _Mapping]]] = ...) -> None: ...

class UpdateOwnerRequest(_message.Message):
    __slots__ = ("claim_id", "seat_id", "new_owner_user_id")
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    NEW_OWNER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    claim_id: str
    seat_id: str
    new_owner_user_id: str
    def __init__(self, claim_id: _Optional[str] = ..., seat_id: _Optional[str] = ..., new_owner_user_id: _Optional[str] = ...) -> None: ...

class ScanIdentity(_message.Message):
    __slots__ = ("scan_id", "repeats_within_s")
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    REPEATS_WITHIN_S_FIELD_NUMBER: _ClassVar[int]
    scan_id: str
    repeats_within_s: int
    def __init__(self, scan_id: _Optional[str] = ..., repeats_within_s: _Optional[int] = ...) -> None: ...

class VerifyTicketRequest(_message.Message):
    __slots__ = ("seat_id", "scan")
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    SCAN_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    scan: ScanIdentity
    def __init__(self, seat_id: _Optional[str] = ..., scan: _Optional[_Union[ScanIdentity, _Mapping]] = ...) -> None: ...

class TicketState(_message.Message):
    __slots__ = ("ticket", "checked_in_at", "checked_in_hall_id", "held_by_user_id", "same_scan")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CHECKED_IN_AT_FIELD_NUMBER: _ClassVar[int]
    CHECKED_IN_HALL_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_BY_USER_ID_FIELD_NUMBER: _ClassVar[int]
    SAME_SCAN_FIELD_NUMBER: _ClassVar[int]
    ticket: SeatOwner
    checked_in_at: _timestamp_pb2.Timestamp
    checked_in_hall_id: str
    held_by_user_id: str
    same_scan: bool
    def __init__(self, ticket: _Optional[_Union[SeatOwner, _Mapping]] = ..., checked_in_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., checked_in_hall_id: _Optional[str] = ..., held_by_user_id: _Optional[str] = ..., same_scan: _Optional[bool] = ...) -> None: ...

class MarkCheckedInRequest(_message.Message):
    __slots__ = ("seat_id", "event_id", "ticket_version", "staff_id", "hall_id_presented", "hall_id_expected", "scan")
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_PRESENTED_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_EXPECTED_FIELD_NUMBER: _ClassVar[int]
    SCAN_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    event_id: str
    ticket_version: int
    staff_id: str
    hall_id_presented: str
    hall_id_expected: str
    scan: ScanIdentity
    def __init__(self, seat_id: _Optional[str] = ..., event_id: _Optional[str] = ..., ticket_version: _Optional[int] = ..., staff_id: _Optional[str] = ..., hall_id_presented: _Optional[str] = ..., hall_id_expected: _Optional[str] = ..., scan: _Optional[_Union[ScanIdentity, _Mapping]] = ...) -> None: ...

class MarkCheckedInResponse(_message.Message):
    __slots__ = ("checked_in", "state")
    CHECKED_IN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    checked_in: bool
    state: TicketState
    def __init__(self, checked_in: _Optional[bool] = ..., state: _Optional[_Union[TicketState, _Mapping]] = ...) -> None: ...

class RecordScanRequest(_message.Message):
    __slots__ = ("log_id", "scan_id", "result", "staff_id", "presented_seat_id", "event_id", "ticket_version", "hall_id_presented", "hall_id_expected", "admitted", "scanned_at")
    LOG_ID_FIELD_NUMBER: _ClassVar[int]
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    PRESENTED_SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_PRESENTED_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ADMITTED_FIELD_NUMBER: _ClassVar[int]
    SCANNED_AT_FIELD_NUMBER: _ClassVar[int]
    log_id: str
    scan_id: str
    result: ScanResult
    staff_id: str
    presented_seat_id: str
    event_id: str
    ticket_version: int
    hall_id_presented: str
    hall_id_expected: str
    admitted: bool
    scanned_at: _timestamp_pb2.Timestamp
    def __init__(self, log_id: _Optional[str] = ..., scan_id: _Optional[str] = ..., result: _Optional[_Union[ScanResult, str]] = ..., staff_id: _Optional[str] = ..., presented_seat_id: _Optional[str] = ..., event_id: _Optional[str] = ..., ticket_version: _Optional[int] = ..., hall_id_presented: _Optional[str] = ..., hall_id_expected: _Optional[str] = ..., admitted: _Optional[bool] = ..., scanned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordScanResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MergeScanRequest(_message.Message):
    __slots__ = ("scan_id", "seat_id", "event_id", "ticket_version", "staff_id", "hall_id", "scanned_at")
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_FIELD_NUMBER: _ClassVar[int]
    SCANNED_AT_FIELD_NUMBER: _ClassVar[int]
    scan_id: str
    seat_id: str
    event_id: str
    ticket_version: int
    staff_id: str
    hall_id: str
    scanned_at: _timestamp_pb2.Timestamp
    def __init__(self, scan_id: _Optional[str] = ..., seat_id: _Optional[str] = ..., event_id: _Optional[str] = ..., ticket_version: _Optional[int] = ..., staff_id: _Optional[str] = ..., hall_id: _Optional[str] = ..., scanned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GateEntry(_message.Message):
    __slots__ = ("scan_id", "staff_id", "hall_id", "scanned_at")
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_FIELD_NUMBER: _ClassVar[int]
    SCANNED_AT_FIELD_NUMBER: _ClassVar[int]
    scan_id: str
    staff_id: str
    hall_id: str
    scanned_at: _timestamp_pb2.Timestamp
    def __init__(self, scan_id: _Optional[str] = ..., staff_id: _Optional[str] = ..., hall_id: _Optional[str] = ..., scanned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MergeScanResponse(_message.Message):
    __slots__ = ("result", "conflicts")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    result: ScanResult
    conflicts: _containers.RepeatedCompositeFieldContainer[GateEntry]
    def __init__(self, result: _Optional[_Union[ScanResult, str]] = ..., conflicts: _Optional[_Iterable[_Union[GateEntry, _Mapping]]] = ...) -> None: ...

class ListTicketsRequest(_message.Message):
    __slots__ = ("event_id",)
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    def __init__(self, event_id: _Optional[str] = ...) -> None: ...

class TicketRow(_message.Message):
    __slots__ = ("seat_id", "ticket_version", "status")
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    ticket_version: int
    status: SeatStatus
    def __init__(self, seat_id: _Optional[str] = ..., ticket_version: _Optional[int] = ..., status: _Optional[_Union[SeatStatus, str]] = ...) -> None: ...

class TicketChunk(_message.Message):
    __slots__ = ("tickets",)
    TICKETS_FIELD_NUMBER: _ClassVar[int]
    tickets: _containers.RepeatedCompositeFieldContainer[TicketRow]
    def __init__(self, tickets: _Optional[_Iterable[_Union[TicketRow, _Mapping]]] = ...) -> None: ...

class ListScansRequest(_message.Message):
    __slots__ = ("event_id", "result", "page", "page_size")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    result: ScanResult
    page: int
    page_size: int
    def __init__(self, event_id: _Optional[str] = ..., result: _Optional[_Union[ScanResult, str]] = ..., page: _Optional[int] = ..., page_size: _Optional[int] = ...) -> None: ...

class Scan(_message.Message):
    __slots__ = ("log_id", "scanned_at", "result", "event_id", "presented_seat_id", "seat", "ticket_version", "staff_id", "hall_id_presented", "hall_id_expected", "admitted", "recorded_at")
    LOG_ID_FIELD_NUMBER: _ClassVar[int]
    SCANNED_AT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PRESENTED_SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_PRESENTED_FIELD_NUMBER: _ClassVar[int]
    HALL_ID_EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ADMITTED_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    log_id: str
    scanned_at: _timestamp_pb2.Timestamp
    result: ScanResult
    event_id: str
    presented_seat_id: str
    seat: Seat
    ticket_version: int
    staff_id: str
    hall_id_presented: str
    hall_id_expected: str
    admitted: bool
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, log_id: _Optional[str] = ..., scanned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., result: _Optional[_Union[ScanResult, str]] = ..., event_id: _Optional[str] = ..., presented_seat_id: _Optional[str] = ..., seat: _Optional[_Union[Seat, _Mapping]] = ..., ticket_version: _Optional[int] = ..., staff_id: _Optional[str] = ..., hall_id_presented: _Optional[str] = ..., hall_id_expected: _Optional[str] = ..., admitted: _Optional[bool] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ScanPage(_message.Message):
    __slots__ = ("scans", "total")
    SCANS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    scans: _containers.RepeatedCompositeFieldContainer[Scan]
    total: int
    def __init__(self, scans: _Optional[_Iterable[_Union[Scan, _Mapping]]] = ..., total: _Optional[int] = ...) -> None: ...

class CountScansRequest(_message.Message):
    __slots__ = ("event_id",)
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    def __init__(self, event_id: _Optional[str] = ...) -> None: ...

class ScanCount(_message.Message):
    __slots__ = ("result", "scans")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SCANS_FIELD_NUMBER: _ClassVar[int]
    result: ScanResult
    scans: int
    def __init__(self, result: _Optional[_Union[ScanResult, str]] = ..., scans: _Optional[int] = ...) -> None: ...

class ScanCounts(_message.Message):
    __slots__ = ("counts",)
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedCompositeFieldContainer[ScanCount]
    def __init__(self, counts: _Optional[_Iterable[_Union[ScanCount, _Mapping]]] = ...) -> None: ...

class SeatBlock(_message.Message):
    __slots__ = ("category", "price", "rows", "seats_per_row")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SEATS_PER_ROW_FIELD_NUMBER: _ClassVar[int]
    category: str
    price: str
    rows: _containers.RepeatedScalarFieldContainer[str]
    seats_per_row: int
    def __init__(self, category: _Optional[str] = ..., price: _Optional[str] = ..., rows: _Optional[_Iterable[str]] = ..., seats_per_row: _Optional[int] = ...) -> None: ...

class CreateSeatsRequest(_message.Message):
    __slots__ = ("event_id", "blocks")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    blocks: _containers.RepeatedCompositeFieldContainer[SeatBlock]
    def __init__(self, event_id: _Optional[str] = ..., blocks: _Optional[_Iterable[_Union[SeatBlock, _Mapping]]] = ...) -> None: ...

class CreateSeatsResponse(_message.Message):
    __slots__ = ("seats_created",)
    SEATS_CREATED_FIELD_NUMBER: _ClassVar[int]
    seats_created: int
    def __init__(self, seats_created: _Optional[int] = ...) -> None: ...

class DeleteSeatsRequest(_message.Message):
    __slots__ = ("event_id",)
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    def __init__(self, event_id: _Optional[str] = ...) -> None: ...

class DeleteSeatsResponse(_message.Message):
    __slots__ = ("seats_deleted",)
    SEATS_DELETED_FIELD_NUMBER: _ClassVar[int]
    seats_deleted: int
    def __init__(self, seats_deleted: _Optional[int] = ...) -> None: ...

class ReadSeatMapRequest(_message.Message):
    __slots__ = ("event_id", "known_etag", "since")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KNOWN_ETAG_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    known_etag: str
    since: int
    def __init__(self, event_id: _Optional[str] = ..., known_etag: _Optional[str] = ..., since: _Optional[int] = ...) -> None: ...

class SeatMapPart(_message.Message):
    __slots__ = ("version", "etag", "not_modified", "seats")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    NOT_MODIFIED_FIELD_NUMBER: _ClassVar[int]
    SEATS_FIELD_NUMBER: _ClassVar[int]
    version: int
    etag: str
    not_modified: bool
    seats: bytes
    def __init__(self, version: _Optional[int] = ..., etag: _Optional[str] = ..., not_modified: _Optional[bool] = ..., seats: _Optional[bytes] = ...) -> None: ...

class CountSeatsRequest(_message.Message):
    __slots__ = ("event_id",)
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    def __init__(self, event_id: _Optional[str] = ...) -> None: ...

class SeatCounts(_message.Message):
    __slots__ = ("available", "held", "sold", "checked_in")
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    SOLD_FIELD_NUMBER: _ClassVar[int]
    CHECKED_IN_FIELD_NUMBER: _ClassVar[int]
    available: int
    held: int
    sold: int
    checked_in: int
    def __init__(self, available: _Optional[int] = ..., held: _Optional[int] = ..., sold: _Optional[int] = ..., checked_in: _Optional[int] = ...) -> None: ...

class CheckInvariantsRequest(_message.Message):
    __slots__ = ("within_s",)
    WITHIN_S_FIELD_NUMBER: _ClassVar[int]
    within_s: int
    def __init__(self, within_s: _Optional[int] = ...) -> None: ...

class Invariant(_message.Message):
    __slots__ = ("name", "holds", "violations", "examples", "number", "names", "complete")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    name: str
    holds: bool
    violations: int
    examples: _containers.RepeatedScalarFieldContainer[str]
    number: str
    names: str
    complete: bool
    def __init__(self, name: _Optional[str] = ..., holds: _Optional[bool] = ..., violations: _Optional[int] = ..., examples: _Optional[_Iterable[str]] = ..., number: _Optional[str] = ..., names: _Optional[str] = ..., complete: _Optional[bool] = ...) -> None: ...

class CheckInvariantsResponse(_message.Message):
    __slots__ = ("invariants",)
    INVARIANTS_FIELD_NUMBER: _ClassVar[int]
    invariants: _containers.RepeatedCompositeFieldContainer[Invariant]
    def __init__(self, invariants: _Optional[_Iterable[_Union[Invariant, _Mapping]]] = ...) -> None: ...

class ListClaimsRequest(_message.Message):
    __slots__ = ("after_claim_id", "limit", "claim_ids")
    AFTER_CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CLAIM_IDS_FIELD_NUMBER: _ClassVar[int]
    after_claim_id: str
    limit: int
    claim_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, after_claim_id: _Optional[str] = ..., limit: _Optional[int] = ..., claim_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Claim(_message.Message):
    __slots__ = ("claim_id", "kind", "state", "hold_id", "seat_count", "claimed_at", "seat_id")
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    SEAT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_AT_FIELD_NUMBER: _ClassVar[int]
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    claim_id: str
    kind: str
    state: ClaimState
    hold_id: str
    seat_count: int
    claimed_at: _timestamp_pb2.Timestamp
    seat_id: str
    def __init__(self, claim_id: _Optional[str] = ..., kind: _Optional[str] = ..., state: _Optional[_Union[ClaimState, str]] = ..., hold_id: _Optional[str] = ..., seat_count: _Optional[int] = ..., claimed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seat_id: _Optional[str] = ...) -> None: ...

class FindEndedHoldsRequest(_message.Message):
    __slots__ = ("hold_ids",)
    HOLD_IDS_FIELD_NUMBER: _ClassVar[int]
    hold_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, hold_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class FindEndedHoldsResponse(_message.Message):
    __slots__ = ("hold_ids",)
    HOLD_IDS_FIELD_NUMBER: _ClassVar[int]
    hold_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, hold_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ClaimPage(_message.Message):
    __slots__ = ("claims",)
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    claims: _containers.RepeatedCompositeFieldContainer[Claim]
    def __init__(self, claims: _Optional[_Iterable[_Union[Claim, _Mapping]]] = ...) -> None: ...

class ListSoldSeatsRequest(_message.Message):
    __slots__ = ("after_seat_id", "limit", "seat_ids")
    AFTER_SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    SEAT_IDS_FIELD_NUMBER: _ClassVar[int]
    after_seat_id: str
    limit: int
    seat_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, after_seat_id: _Optional[str] = ..., limit: _Optional[int] = ..., seat_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SeatFact(_message.Message):
    __slots__ = ("seat_id", "owner_user_id", "order_id", "ticket_version", "claim_id")
    SEAT_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    TICKET_VERSION_FIELD_NUMBER: _ClassVar[int]
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    seat_id: str
    owner_user_id: str
    order_id: str
    ticket_version: int
    claim_id: str
    def __init__(self, seat_id: _Optional[str] = ..., owner_user_id: _Optional[str] = ..., order_id: _Optional[str] = ..., ticket_version: _Optional[int] = ..., claim_id: _Optional[str] = ...) -> None: ...

class SoldSeatPage(_message.Message):
    __slots__ = ("seats",)
    SEATS_FIELD_NUMBER: _ClassVar[int]
    seats: _containers.RepeatedCompositeFieldContainer[SeatFact]
    def __init__(self, seats: _Optional[_Iterable[_Union[SeatFact, _Mapping]]] = ...) -> None: ...

class GatheredCall(_message.Message):
    __slots__ = ("rpc", "request", "request_id")
    RPC_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    rpc: str
    request: bytes
    request_id: str
    def __init__(self, rpc: _Optional[str] = ..., request: _Optional[bytes] = ..., request_id: _Optional[str] = ...) -> None: ...

class CarryOutCallsRequest(_message.Message):
    __slots__ = ("calls",)
    CALLS_FIELD_NUMBER: _ClassVar[int]
    calls: _containers.RepeatedCompositeFieldContainer[GatheredCall]
    def __init__(self, calls: _Optional[_Iterable[_Union[GatheredCall, _Mapping]]] = ...) -> None: ...

class GatheredAnswer(_message.Message):
    __slots__ = ("response", "status")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    response: bytes
    status: bytes
    def __init__(self, response: _Optional[bytes] = ..., status: _Optional[bytes] = ...) -> None: ...

class CarryOutCallsResponse(_message.Message):
    __slots__ = ("answers",)
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[GatheredAnswer]
    def __init__(self, answers: _Optional[_Iterable[_Union[GatheredAnswer, _Mapping]]] = ...) -> None: ...
