"""Bugs in the kernel: keys, transactions, the wall between stores, the tamper-evident ledger."""

from __future__ import annotations

from tests.mutants.planted import Planted

PLANTED = (
    Planted(
        "a key is good for any request",
        "core/db/posting.py",
        "if fingerprint != operation.fingerprint:\n        raise KeyReused(key=operation.key)\n    if refusal",
        "if refusal",
        "another request under a known key gets an answer that is not its own",
        ("tests/core/test_posting.py::test_the_same_key_with_another_request_is_refused",),
    ),
    Planted(
        "the fingerprint leaves out the request",
        "core/db/posting.py",
        "json.dumps([self.kind, self.request], sort_keys",
        "json.dumps([self.kind], sort_keys",
        "two requests of one kind count as the same",
        ("tests/core/test_posting.py::test_the_same_key_with_another_request_is_refused",),
    ),
    Planted(
        "a known key runs again",
        "core/db/posting.py",
        "            if earlier is not None:\n                return _repeat(operation, earlier)\n"
        "            answer = command(session)",
        "            answer = command(session)",
        "sent twice, done twice",
        ("tests/core/test_posting.py::test_the_same_key_gives_the_same_answer_and_writes_once",),
    ),
    Planted(
        "the answer is not kept",
        "core/db/posting.py",
        '"b_answer": answer,',
        '"b_answer": None,',
        "asked again, nobody is told what was done",
        ("tests/core/test_posting.py::test_the_same_key_gives_the_same_answer_and_writes_once",),
    ),
    Planted(
        "a no is forgotten",
        "core/db/posting.py",
        "        return _keep_refusal(operation, refusal)",
        "        raise",
        "a refused operation may succeed when it is sent again",
        ("tests/core/test_posting.py::test_a_refusal_is_kept_and_nothing_else",),
    ),
    Planted(
        "a batch posts known keys again",
        "core/db/posting.py",
        "new = [operation for operation in operations if operation.key not in known]",
        "new = list(operations)",
        "an import that is run twice fails or counts twice",
        ("tests/core/test_posting.py::test_a_batch_leaves_out_what_is_known_and_is_all_or_nothing",),
    ),
    Planted(
        "SQLite begins to write late",
        "core/db/engine.py",
        '_BEGIN = "BEGIN IMMEDIATE"',
        '_BEGIN = "BEGIN"',
        "a read that turns into a write finds the database locked, or decides on what is old",
        ("tests/core/test_database.py::test_who_moves_value_on_sqlite_is_the_writer_from_the_begin",),
    ),
    Planted(
        "any store may be written",
        "core/db/scope.py",
        "if not (scope.may_write(store_id) if write else scope.may_read(store_id)):",
        "if not scope.may_read(store_id):",
        "who may only look moves value",
        ("tests/core/test_database.py::test_without_a_scope_nothing_may_be_done",),
    ),
    Planted(
        "the wall lets all rows through",
        "core/db/scope.py",
        "    if reads is None:\n        return\n    allowed = sorted(reads)",
        "    if reads is None or reads:\n        return\n    allowed = sorted(reads)",
        "a store sees the rows of another",
        ("addons/points/tests/test_two_persons.py::test_a_correction_needs_a_member_points_and_a_reason_of_the_list",),
    ),
    Planted(
        "a row hash without its key",
        "core/ledger/entry.py",
        'return hmac.digest(ledger_key(), text, "sha256").hex()',
        'return hmac.digest(b"", text, "sha256").hex()',
        "whoever writes into the database can make the hash fit",
        ("tests/core/test_ledger_entry.py::test_the_hash_needs_the_key",),
    ),
    Planted(
        "leaves and nodes hash alike",
        "core/ledger/merkle.py",
        'return hashlib.sha256(b"\\x01" + left + right).digest()',
        'return hashlib.sha256(b"\\x00" + left + right).digest()',
        "a node passes for an entry in a proof",
        ("tests/ledger/test_parts.py::test_a_tree_hashes_leaves_and_nodes_apart",),
    ),
    Planted(
        "the head of a seal leaves out the signature",
        "core/ledger/chain.py",
        'return hashlib.sha256(f"guibin head\\n{text}\\n{signature}".encode()).hexdigest()',
        'return hashlib.sha256(f"guibin head\\n{text}".encode()).hexdigest()',
        "a signature can be exchanged without the chain noticing",
        ("tests/ledger/test_parts.py::test_the_head_of_a_seal_covers_its_text_and_its_signature",),
    ),
    Planted(
        "a closed month takes entries",
        "core/ledger/periods.py",
        "    if last is not None and day < months_after(last, 1):\n        raise MonthIsClosed(month=named(day))\n",
        "    if last is not None and day < last:\n        raise MonthIsClosed(month=named(day))\n",
        "figures that were reported change afterwards",
        ("tests/core/test_ledger_periods.py::test_no_entry_has_a_day_in_a_closed_month_or_before_it",),
    ),
)
