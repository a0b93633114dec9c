"""The test that caught a mutant last time; it is tried first, which saves minutes."""

from __future__ import annotations

from collections.abc import Mapping

FIRST: Mapping[str, str] = {
    "release-of-any-hold": (
        "tests/integration/inventory_service/test_hold_release.py"
        "::test_stale_message_of_an_earlier_hold_does_not_free_a_newer_hold"
    ),
    "sweep-of-claimed-holds": (
        "tests/integration/inventory_service/test_hold_release.py"
        "::test_claimed_hold_is_not_released_though_its_time_is_over"
    ),
    "no-sweeper": (
        "tests/integration/inventory_service/test_inventory_worker.py"
        "::test_sweeper_alone_releases_when_every_message_is_lost"
    ),
    "release-without-order": (
        "tests/integration/inventory_service/test_lock_order.py"
        "::test_seats_are_locked_one_after_the_other_in_their_order"
    ),
    "claim-without-order": (
        "tests/integration/inventory_service/test_lock_order.py"
        "::test_seats_are_locked_one_after_the_other_in_their_order"
    ),
    "reserve-without-lock": (
        "tests/integration/inventory_service/test_reserve_races.py"
        "::test_of_a_hundred_buyers_of_one_seat_one_wins_and_all_others_are_refused"
    ),
    "reserve-takes-held-seats": (
        "tests/integration/inventory_service/test_reserve_seat.py"
        "::test_second_buyer_is_refused_while_seat_is_held"
    ),
    "half-a-reservation": (
        "tests/integration/inventory_service/test_reserve_seat.py"
        "::test_second_buyer_is_refused_while_seat_is_held"
    ),
    "hold-without-message": (
        "tests/integration/inventory_service/test_reserve_seat.py"
        "::test_hold_writes_one_message_for_all_its_seats"
    ),
    "claim-of-an-expired-hold": (
        "tests/integration/inventory_service/test_claims.py"
        "::test_hold_whose_time_is_over_cannot_be_claimed"
    ),
    "claim-of-anybodys-hold": (
        "tests/integration/inventory_service/test_claims.py"
        "::test_somebody_elses_hold_cannot_be_claimed_nor_confirmed"
    ),
    "claim-of-a-former-ticket": (
        "tests/integration/inventory_service/test_tickets_and_gate.py"
        "::test_ticket_of_somebody_else_or_of_an_older_version_cannot_be_claimed"
    ),
    "blind-arbiter": (
        "tests/integration/inventory_service/test_claims.py"
        "::test_every_step_of_a_purchase_may_be_repeated"
    ),
    "confirm-of-a-revoked-claim": (
        "tests/integration/inventory_service/test_claims.py"
        "::test_revoked_purchase_leaves_its_seats_held_until_their_time_is_over"
    ),
    "ticket-version-stands-still": (
        "tests/integration/inventory_service/test_claims.py"
        "::test_claimed_hold_is_sold_with_price_and_ticket_version"
    ),
    "forget-before-telling": (
        "tests/unit/common/test_delay_relay.py"
        "::test_only_what_the_broker_took_is_forgotten_when_it_breaks"
    ),
    "ack-before-handling": (
        "tests/unit/common/test_consume.py"
        "::test_message_is_acknowledged_once_its_work_is_done"
    ),
    "poison-is-thrown-away": (
        "tests/integration/inventory_service/test_inventory_worker.py"
        "::test_message_that_cannot_be_understood_is_parked"
    ),
    "parked-and-forgotten": (
        "tests/integration/common/test_parking_watch.py"
        "::test_parked_message_breaks_the_rule_until_somebody_has_taken_it"
    ),
    "counted-long-ago": (
        "tests/integration/common/test_parking_watch.py"
        "::test_count_of_long_ago_does_not_say_that_nothing_is_parked"
    ),
    "undo-does-nothing-on-conflict": (
        "tests/integration/user_service/test_credit_movements.py"
        "::test_reverse_gives_back_once_however_often_it_comes"
    ),
    "refund-without-key": (
        "tests/integration/user_service/test_credit_movements.py"
        "::test_reverse_gives_back_once_however_often_it_comes"
    ),
    "charge-without-key": (
        "tests/integration/user_service/test_credit_movements.py"
        "::test_deduct_takes_the_amount_once_however_often_it_comes"
    ),
    "no-refund-tombstone": (
        "tests/integration/user_service/test_credit_movements.py"
        "::test_reverse_gives_back_once_however_often_it_comes"
    ),
    "refund-of-anybodys-charge": (
        "tests/integration/user_service/test_credit_movements.py"
        "::test_reverse_that_names_another_movement_is_refused_and_moves_nothing"
    ),
    "webhook-without-key": (
        "tests/integration/user_service/test_stripe_webhook.py"
        "::test_payment_is_credited_once_however_often_it_is_told"
    ),
    "webhook-from-anybody": (
        "tests/integration/user_service/test_stripe_webhook.py"
        "::test_forged_signature_is_refused_and_nothing_happens"
    ),
    "webhook-that-always-thanks": (
        "tests/integration/user_service/test_stripe_webhook.py"
        "::test_failed_write_is_5xx_and_the_repetition_is_credited"
    ),
    "take-back-more-than-was-paid": (
        "tests/integration/user_service/test_stripe_webhook.py"
        "::test_dispute_of_what_was_refunded_flags_and_takes_nothing_twice"
    ),
    "guesses-without-end": (
        "tests/integration/user_service/test_otp_verify.py"
        "::test_of_twenty_guesses_at_once_three_reach_the_smu_api"
    ),
    "code-told-before-it-left": (
        "tests/integration/user_service/test_otp_challenges.py"
        "::test_nobody_is_told_of_a_code_while_it_is_being_sent"
    ),
    "code-for-another-order": (
        "tests/integration/user_service/test_otp_verify.py"
        "::test_code_is_good_for_its_errand_only"
    ),
    "expired-code-counts": (
        "tests/integration/user_service/test_otp_verify.py"
        "::test_code_is_good_for_five_minutes"
    ),
    "login-tells-who-exists": (
        "tests/unit/user_service/test_password_timing.py"
        "::test_unknown_address_and_wrong_password_are_the_same_work"
    ),
    "login-without-guard": (
        "tests/integration/user_service/test_login_guard.py"
        "::test_from_the_fifth_wrong_password_on_the_next_try_has_to_wait"
    ),
    "stolen-refresh-token": (
        "tests/integration/user_service/test_refresh_tokens.py"
        "::test_used_token_is_refused_and_takes_its_whole_family_with_it"
    ),
    "refresh-token-for-ever": (
        "tests/integration/user_service/test_refresh_tokens.py"
        "::test_used_token_is_refused_and_takes_its_whole_family_with_it"
    ),
    "people-locked-as-they-are-named": (
        "tests/integration/user_service/test_two_party_races.py"
        "::test_opposite_transfers_queue_up_at_the_same_person"
    ),
    "people-not-locked": (
        "tests/integration/user_service/test_two_party_races.py"
        "::test_transfer_behind_a_charge_sees_what_is_left"
    ),
    "no-transfer-tombstone": (
        "tests/integration/user_service/test_credit_transfers.py"
        "::test_reverse_that_comes_first_leaves_a_tombstone_that_refuses_the_transfer"
    ),
    "debtor-keeps-his-proceeds": (
        "tests/integration/user_service/test_credit_transfers.py"
        "::test_debt_of_the_payee_is_settled_from_what_he_gets_and_comes_back_with_the_undo"
    ),
    "undo-leaves-the-debt": (
        "tests/integration/user_service/test_credit_returns.py"
        "::test_return_makes_the_payee_whole_and_its_undo_puts_all_back"
    ),
    "undo-does-not-freeze-again": (
        "tests/integration/user_service/test_credit_returns.py"
        "::test_return_makes_the_payee_whole_and_its_undo_puts_all_back"
    ),
    "freeze-used-up-never": (
        "tests/integration/user_service/test_credit_returns.py"
        "::test_return_makes_the_payee_whole_and_its_undo_puts_all_back"
    ),
    "freeze-after-its-end": (
        "tests/integration/user_service/test_credit_freezes.py"
        "::test_unfreeze_that_comes_first_keeps_the_freeze_from_happening"
    ),
    "freeze-not-locked": (
        "tests/integration/user_service/test_two_party_races.py"
        "::test_of_unfreeze_and_return_that_have_begun_at_once_one_gets_what_is_frozen"
    ),
    "freeze-of-anybody": (
        "tests/integration/user_service/test_credit_freezes.py"
        "::test_key_of_another_freeze_is_refused"
    ),
    "withdrawn-code-counts": (
        "tests/integration/user_service/test_otp_withdrawal.py"
        "::test_code_that_is_being_checked_when_it_is_withdrawn_does_not_count"
    ),
    "withdrawn-code-is-sent": (
        "tests/integration/user_service/test_otp_withdrawal.py"
        "::test_challenge_that_is_withdrawn_before_it_was_opened_cannot_be_opened"
    ),
    "refund-before-revoke": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_pivot_refused_after_an_unknown_try_is_reversed_after_the_revoke"
    ),
    "order-before-seat": (
        "tests/unit/orchestrator_service/test_declared_sagas.py"
        "::test_steps_stand_in_the_only_safe_order"
    ),
    "timeout-is-failure": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_pivot_refused_after_an_unknown_try_is_reversed_after_the_revoke"
    ),
    "silence-over-http-is-no": (
        "tests/unit/common/test_common_json_client.py::test_nobody_listening_is_unknown"
    ),
    "silence-over-grpc-is-no": (
        "tests/unit/common/test_common_grpc_edge.py::test_everything_else_is_unknown"
    ),
    "404-of-a-stranger": (
        "tests/unit/common/test_common_json_client.py::test_everything_else_is_unknown"
    ),
    "no-epoch-fence": (
        "tests/integration/orchestrator_service/test_saga_log_conformance.py"
        "::test_stale_epoch_writes_nothing"
    ),
    "no-lease": (
        "tests/integration/orchestrator_service/test_saga_log_conformance.py"
        "::test_leased_saga_is_not_taken_over"
    ),
    "two-sagas-for-an-order": (
        "tests/integration/orchestrator_service/test_saga_log_conformance.py"
        "::test_start_writes_down_a_running_saga_in_its_first_epoch"
    ),
    "undo-before-it-is-written": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_cleanly_refused_pivot_revokes_the_claim_and_reverses_nothing"
    ),
    "doubtful-step-is-not-undone": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_pivot_refused_after_an_unknown_try_is_reversed_after_the_revoke"
    ),
    "earlier-driver-is-forgotten": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_unknown_up_to_the_pivot_and_past_the_deadline_is_undone"
    ),
    "too-late-is-ignored": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_too_late_to_give_up_is_finished_forward_and_nothing_is_refunded"
    ),
    "given-up-after-the-pivot": (
        "tests/unit/orchestrator_service/saga/test_engine_goes_back.py"
        "::test_too_late_and_then_silent_is_parked_and_asks_the_arbiter_again"
    ),
    "gate-without-ticket-version": (
        "tests/integration/inventory_service/test_tickets_and_gate.py"
        "::test_gate_refuses_an_old_version_another_event_and_an_unpaid_seat"
    ),
    "gate-without-claim": (
        "tests/integration/inventory_service/test_tickets_and_gate.py"
        "::test_transfer_and_gate_race_for_a_ticket_and_one_of_them_has_it"
    ),
    "gate-lets-in-twice": (
        "tests/integration/inventory_service/test_tickets_and_gate.py"
        "::test_ticket_is_checked_in_once_with_its_log"
    ),
    "gate-of-another-event": (
        "tests/integration/inventory_service/test_tickets_and_gate.py"
        "::test_gate_refuses_an_old_version_another_event_and_an_unpaid_seat"
    ),
    "rules-without-ticket-version": (
        "tests/unit/orchestrator_service/test_scan_rules.py"
        "::test_each_rule_refuses_alone"
    ),
    "gathered-gate-without-ticket-version": (
        "tests/integration/inventory_service/test_gathered_calls.py"
        "::test_every_answer_together_is_the_one_alone"
    ),
    "gathered-look-of-any-scan": (
        "tests/integration/inventory_service/test_gathered_calls.py"
        "::test_every_answer_together_is_the_one_alone"
    ),
    "gathered-seat-goes-to-both": (
        "tests/integration/inventory_service/test_gathered_calls.py"
        "::test_plain_refusals_are_decided_in_the_round"
    ),
    "any-hall": (
        "tests/unit/orchestrator_service/test_verification_orchestrator.py"
        "::test_rejection_is_logged_once_though_its_answer_got_lost"
    ),
    "gate-without-orders": (
        "tests/unit/orchestrator_service/test_verification_orchestrator.py"
        "::test_request_id_goes_along_into_the_parallel_reads"
    ),
    "gate-fails-open": (
        "tests/unit/orchestrator_service/test_verification_orchestrator.py"
        "::test_admission_that_nobody_knows_of_is_503_and_its_repeat_the_first_answer"
    ),
    "silent-orders-are-paid": (
        "tests/unit/orchestrator_service/test_verification_orchestrator.py"
        "::test_nobody_is_let_in_while_the_orders_are_silent"
    ),
    "refusal-without-log": (
        "tests/unit/orchestrator_service/test_verification_orchestrator.py"
        "::test_gate_that_was_slower_is_told_by_the_rules"
    ),
    "code-for-ever": (
        "tests/unit/orchestrator_service/test_qr_service.py"
        "::test_code_counts_from_five_seconds_before_to_a_minute_after"
    ),
    "code-without-proof": (
        "tests/unit/orchestrator_service/test_qr_service.py"
        "::test_every_truncation_is_refused"
    ),
    "code-for-anybody": (
        "tests/e2e/test_gate_access.py::test_code_of_somebody_elses_ticket_is_refused"
    ),
    "payment-by-anybody": (
        "tests/unit/orchestrator_service/test_purchase_orchestrator.py"
        "::test_somebody_elses_order_is_forbidden"
    ),
    "payment-without-code": (
        "tests/unit/orchestrator_service/test_purchase_orchestrator.py"
        "::test_flagged_buyer_starts_no_saga"
    ),
    "release-by-anybody": (
        "tests/unit/orchestrator_service/test_reservation_orchestrator.py"
        "::test_somebody_elses_reservation_is_not_given_back"
    ),
    "order-of-anybody": (
        "tests/e2e/test_pay.py::test_orders_are_listed_newest_first_and_only_ones_own"
    ),
    "inside-for-everybody": (
        "tests/unit/common/test_common_access.py"
        "::test_internal_view_is_shut_without_the_service_credential"
    ),
    "grpc-for-everybody": (
        "tests/unit/common/test_common_grpc_edge.py"
        "::test_wrong_credential_is_no_refusal_and_leaves_no_request_id_behind"
    ),
    "every-role-is-admin": (
        "tests/unit/common/test_common_access.py::test_role_opens_its_doors_only"
    ),
    "silent-view": (
        "tests/unit/common/test_common_access.py"
        "::test_view_without_a_rule_stops_the_start"
    ),
    "token-without-signature": (
        "tests/unit/common/test_common_access.py::test_bad_token_is_refused"
    ),
    "token-for-ever": (
        "tests/unit/common/test_common_access.py::test_expired_token_is_told_apart"
    ),
    "token-of-another-audience": (
        "tests/unit/common/test_common_access.py::test_bad_token_is_refused"
    ),
    "anybodys-name": (
        "tests/e2e/test_gate_access.py::test_staff_id_may_be_named_and_must_be_ones_own"
    ),
    "account-of-anybody": (
        "tests/integration/user_service/test_accounts.py"
        "::test_another_account_is_forbidden_whether_it_exists_or_not"
    ),
    "topup-of-anybody": (
        "tests/integration/user_service/test_topups.py"
        "::test_topup_of_somebody_else_is_not_found"
    ),
    "key-for-two-requests": (
        "tests/integration/common/test_idempotency_keys.py"
        "::test_another_body_or_query_under_the_key_is_refused"
    ),
    "key-of-another": (
        "tests/integration/common/test_idempotency_keys.py"
        "::test_key_belongs_to_one_caller_and_one_endpoint"
    ),
    "queue-without-end": (
        "tests/integration/common/test_overload.py"
        "::test_what_finds_the_queue_full_is_refused_while_the_others_are_served"
    ),
    "patience-without-end": (
        "tests/integration/common/test_overload.py"
        "::test_what_has_waited_for_too_long_is_refused_instead_of_served"
    ),
    "refusal-of-health": (
        "tests/unit/common/test_admission.py"
        "::test_whoever_watches_the_service_is_let_in_under_overload"
    ),
    "secrets-in-logs": (
        "tests/unit/common/test_common_logs.py"
        "::test_field_whose_name_says_secret_is_blanked"
    ),
    "parameters-in-logs": (
        "tests/integration/user_service/test_user_logs.py"
        "::test_no_secret_is_logged_when_the_database_fails_unexpectedly"
    ),
    "transfer-of-anybody": (
        "tests/e2e/test_security_matrix.py::test_what_belongs_to_another_is_refused"
    ),
    "consent-of-one": (
        "tests/unit/orchestrator_service/test_transfer_orchestrator.py"
        "::test_consent_of_one_starts_no_swap"
    ),
    "wrong-code-is-consent": (
        "tests/unit/orchestrator_service/test_transfer_orchestrator.py"
        "::test_expired_code_is_answered_and_another_is_sent"
    ),
    "books-before-the-ticket": (
        "tests/unit/orchestrator_service/test_declared_sagas.py"
        "::test_steps_stand_in_the_only_safe_order"
    ),
    "agreed-and-called-off": (
        "tests/integration/order_service/test_transfer_races.py"
        "::test_last_consent_meets_cancellation_expiry_and_sweep_and_one_of_them_wins"
    ),
    "swap-without-lock": (
        "tests/integration/order_service/test_transfer_races.py"
        "::test_completion_repeated_at_once_is_one_swap"
    ),
    "swap-of-anybodys-order": (
        "tests/integration/order_service/test_transfer_swaps.py"
        "::test_completion_waits_while_somebody_elses_item_is_live"
    ),
}
