"""The migrations make the tables that the models describe, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Connection, text

from leadworkflows.store import Store, StoreError, StoreUnavailable, migrate
from leadworkflows.store.engine import make_sync_engine
from leadworkflows.store.models import Base
from tests.store.given import NOON, take

SHAPE = {
    "sqlite": ["SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"],
    "postgresql": [
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace""",
        """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
           FROM information_schema.columns WHERE table_schema = 'public'""",
    ],
}


def shape(connection: Connection) -> set[tuple[str, ...]]:
    """Every table, column, constraint and index as the database itself describes it."""
    rows = [row for query in SHAPE[connection.dialect.name] for row in connection.execute(text(query))]
    described = {tuple(" ".join(str(value).split()) for value in row) for row in rows}
    return {each for each in described if not any("alembic" in value for value in each)}


def columns_apart(described: set[tuple[str, ...]]) -> set[tuple[object, ...]]:
    """SQLite keeps the words of CREATE TABLE; the order of its lines and its quotes mean nothing."""
    return {
        (*each[:-1], *sorted(each[-1].replace(" )", "").replace('"', "").split(", "))) for each in described
    }


def test_an_empty_database_has_no_revision_and_an_upgraded_one_the_head(empty_url):
    assert migrate.current(empty_url) is None
    migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == migrate.head()


def test_upgrading_twice_changes_nothing(empty_url):
    migrate.upgrade(empty_url)
    migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == migrate.head()


def test_alembic_finds_nothing_to_migrate(url):
    migrate.check(url)


def test_alembic_notices_a_column_that_is_missing(empty_url):
    migrate.upgrade(empty_url)
    engine = make_sync_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE people DROP COLUMN phone"))
    engine.dispose()
    with pytest.raises(CommandError, match="phone"):
        migrate.check(empty_url)


def test_migrated_tables_are_word_for_word_those_of_the_models(empty_url, url):
    modelled, migrated = make_sync_engine(empty_url), make_sync_engine(url)
    with modelled.begin() as connection:
        Base.metadata.create_all(connection)
        expected = shape(connection)
    with migrated.begin() as connection:
        found = shape(connection)
    modelled.dispose()
    migrated.dispose()
    assert columns_apart(found) == columns_apart(expected)
    assert any("due_at IS NOT NULL" in value for each in found for value in each)


def test_processes_that_start_together_upgrade_once(empty_url):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, [empty_url] * 4))
    assert migrate.current(empty_url) == migrate.head()


def test_a_downgrade_leaves_nothing_behind(empty_url):
    migrate.upgrade(empty_url)
    with migrate._transaction(empty_url) as connection:
        command.downgrade(migrate._config(connection), "base")
        assert shape(connection) == set()


def test_a_migration_that_fails_changes_nothing(empty_url):
    engine = make_sync_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE timeline (mine INTEGER)"))
        before = shape(connection)
    with pytest.raises(Exception, match=r"timeline|DuplicateTable"):
        migrate.upgrade(empty_url)
    with engine.connect() as connection:
        assert shape(connection) == before
    engine.dispose()


async def test_a_store_without_tables_says_what_to_do(empty_url):
    async with Store.open(empty_url) as store:
        with pytest.raises(StoreUnavailable, match="leadworkflows db upgrade"):
            await store.inbox.backlog()


def test_a_database_of_a_newer_version_is_left_alone_and_says_so(empty_url):
    migrate.upgrade(empty_url)
    engine = make_sync_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="newer version"):
        migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == "9999"


LEADS_OF_0002 = "INSERT INTO leads (lead_id, created_at, last_seq, revision) VALUES (:lead, :noon, :last, 0)"
EVENTS_OF_0002 = """
INSERT INTO inbox
  (source, event_id, type, occurred_at, received_at, anonymous, lead_id, seq, ready_at, handed_on_at, facts)
VALUES ('api', :id, 'form_submitted', :noon, :noon, false, :lead, :seq, :noon, :told, '{}')
"""


async def test_what_waited_before_the_hand_on_was_kept_by_lead_is_handed_on_after(empty_url):
    with migrate._transaction(empty_url) as connection:
        command.upgrade(migrate._config(connection), "0002")
        noon = "2026-03-02 12:00:00+00"[: None if connection.dialect.name == "postgresql" else 19]
        for lead, told, last in (("half", 1, 3), ("done", 2, 2), ("new", 0, 1)):
            connection.execute(text(LEADS_OF_0002), {"lead": lead, "noon": noon, "last": last})
            for seq in range(1, last + 1):
                at = noon if seq <= told else None
                row = {"id": f"{lead}-{seq}", "lead": lead, "seq": seq, "noon": noon, "told": at}
                connection.execute(text(EVENTS_OF_0002), row)
    migrate.upgrade(empty_url)
    async with Store.open(empty_url) as store:
        assert (await store.inbox.backlog(), await store.inbox.oldest_waiting()) == (3, NOON)
        taken = {each.lead_id: [row.id for row in each.rows] for each in await take(store)}
    assert taken == {"half": ["half-2", "half-3"], "new": ["new-1"]}
