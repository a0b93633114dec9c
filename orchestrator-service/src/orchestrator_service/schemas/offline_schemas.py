"""Scanners without the network, on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from orchestrator_service.clients.gate_client import ScanResult
from orchestrator_service.schemas.gate_schemas import ScanRequestSchema

SCANS_MAX = 100
FIRST_YEAR = 2000


class ManifestTicketSchema(Schema):
    """A ticket that stands."""

    seat_id = fields.UUID()
    ticket_version = fields.Integer()
    status = fields.String(validate=validate.OneOf(["SOLD", "CHECKED_IN"]))


class ManifestSchema(Schema):
    """What a scanner needs to decide alone until `valid_until`."""

    event_id = fields.UUID()
    hall_id = fields.String()
    generated_at = fields.AwareDateTime()
    valid_until = fields.AwareDateTime()
    code_ttl_seconds = fields.Integer()
    clock_skew_seconds = fields.Integer()
    public_keys = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Ed25519, base64, by the key id in a code."},
    )
    tickets = fields.List(fields.Nested(ManifestTicketSchema))


class LonelyScanSchema(Schema):
    """Whom a scanner let in."""

    scan_id = fields.UUID(
        required=True, metadata={"description": "Made by the scanner, once."}
    )
    qr_payload = fields.String(required=True, validate=validate.Length(min=1))
    scanned_at = fields.AwareDateTime(format="iso", required=True)


class OfflineBatchSchema(Schema):
    """The admissions of one scanner at one hall."""

    hall_id = ScanRequestSchema().fields["hall_id"]
    staff_id = fields.UUID(metadata={"description": "The caller, if given at all."})
    scans = fields.List(
        fields.Nested(LonelyScanSchema),
        required=True,
        validate=validate.Length(min=1, max=SCANS_MAX),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_scans(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Every scan once, at a time that can be written down."""
        ids = [scan["scan_id"] for scan in data["scans"]]
        if len(set(ids)) != len(ids):
            raise ValidationError("A scan is named twice.", "scans")
        if any(scan["scanned_at"].year < FIRST_YEAR for scan in data["scans"]):
            raise ValidationError("A scan is from another century.", "scans")


class GateEntrySchema(Schema):
    """Somebody who went in with the same ticket."""

    scan_id = fields.UUID()
    staff_id = fields.UUID()
    hall_id = fields.String()
    scanned_at = fields.AwareDateTime()


class SettlementSchema(Schema):
    """What a scan counts as now."""

    scan_id = fields.UUID()
    result = fields.String(
        validate=validate.OneOf([result.value for result in ScanResult])
    )
    message = fields.String()
    seat_id = fields.UUID(allow_none=True)
    hall_id = fields.String()
    scanned_at = fields.AwareDateTime()
    conflicts = fields.List(fields.Nested(GateEntrySchema))


class OfflineBatchAnswerSchema(Schema):
    """Every scan of the batch, and how many of them need a look."""

    data = fields.List(fields.Nested(SettlementSchema))
    conflicts = fields.Integer()
