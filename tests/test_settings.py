from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from leadworkflows.settings import PREFIX, Settings, SettingsInvalid, load_settings


@pytest.fixture
def env(monkeypatch, tmp_path):
    """A clean environment in an empty folder; `env(NAME="value")` sets a variable of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*__import__("os").environ]:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)

    def set_variables(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)

    return set_variables


def revealed(secrets):
    return [secret.get_secret_value() for secret in secrets]


def test_without_a_setting_everything_has_its_default(env):
    settings = load_settings()
    assert settings.data_dir == Path(".leadworkflows")
    assert settings.database == "sqlite:///.leadworkflows/leadworkflows.db"
    assert settings.temporal_address == "localhost:7233"
    assert settings.api_keys == []
    assert settings.source("typeform").secrets == []


def test_a_database_that_is_set_is_the_one_used(env):
    env(DATABASE_URL="postgresql://db/leads")
    assert load_settings().database == "postgresql://db/leads"


def test_an_empty_database_url_means_the_data_folder(env):
    env(DATABASE_URL="", DATA_DIR="there")
    assert load_settings().database == "sqlite:///there/leadworkflows.db"


def test_a_commands_option_comes_before_the_environment(env):
    env(DATA_DIR="there")
    assert load_settings(data_dir=Path("here"), policy=None).data_dir == Path("here")


@pytest.mark.parametrize("written", ["one,two", " one , two ,", '["one", "two"]'])
def test_two_secrets_of_a_source_are_valid_at_once(env, written):
    env(SOURCES__TYPEFORM__SECRETS=written)
    assert revealed(load_settings().source("typeform").secrets) == ["one", "two"]


@pytest.mark.parametrize("written", ["one,two", '["one", "two"]'])
def test_several_api_keys_are_set_in_one_variable(env, written):
    env(API_KEYS=written)
    assert revealed(load_settings().api_keys) == ["one", "two"]


def test_forms_keep_the_case_of_their_ids(env):
    env(SOURCES__TYPEFORM__FORMS='{"lT4Z3j": "demo", "aB": "Book a demo"}')
    assert load_settings().source("typeform").forms == {"lT4Z3j": "demo", "aB": "book_a_demo"}


def test_fields_and_events_are_mapped(env):
    env(
        SOURCES__TYPEFORM__FIELDS='{"Your Team": "employees", "nps_score": "Ignore"}',
        SOURCES__SEGMENT__EVENTS='{"Trial Started": "trial_started", "Demo Asked": "demo"}',
    )
    assert load_settings().source("typeform").fields == {"your team": "employees", "nps score": "ignore"}
    assert load_settings().source("segment").events == {
        "Trial Started": "trial_started",
        "Demo Asked": "demo",
    }


def test_a_form_of_its_own_has_its_own_kind_intent_and_token(env):
    env(SOURCES__DEMO_FORM__KIND="form", SOURCES__DEMO_FORM__INTENT="Demo", SOURCES__DEMO_FORM__SECRETS="t-1")
    source = load_settings().source("Demo_Form")
    assert (source.kind, source.intent, revealed(source.secrets)) == ("form", "demo", ["t-1"])


def test_the_options_of_a_form_are_read(env):
    env(
        SOURCES__FORM__DEDUPE_WINDOW="60", SOURCES__FORM__ID_FIELD="submission", SOURCES__FORM__HONEYPOT="fax"
    )
    source = load_settings().source("form")
    assert source.dedupe_window == timedelta(minutes=1)
    assert (source.id_field, source.honeypot) == ("submission", "fax")


def test_settings_are_read_from_a_dotenv_file(env):
    Path(".env").write_text(
        "LEADWORKFLOWS_TASK_QUEUE=sales\nLEADWORKFLOWS_SOURCES__STANDARD__SECRETS=a,b\nOTHER=1\n"
    )
    settings = load_settings()
    assert settings.task_queue == "sales"
    assert revealed(settings.source("standard").secrets) == ["a", "b"]


@pytest.mark.parametrize("variable", ["SOURCES__STANDARD__SECRETS", "API_KEYS"])
@pytest.mark.parametrize("written", ["v1,whsec_c2VjcmV0", '["v1,whsec_c2VjcmV0"]'])
def test_a_secret_pasted_with_its_version_is_explained_and_not_repeated(env, variable, written):
    env(**{variable: written})
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert f"LEADWORKFLOWS_{variable}: " in str(caught.value)
    assert "keep only what follows" in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PUBLIC_URL", "leads.example.com", "https://leads.example.com"),
        ("TEMPORAL_ADDRESS", "http://localhost:7233", "localhost:7233"),
        ("TEMPORAL_ADDRESS", "localhost", "localhost:7233"),
        ("API_KEYS", '["a"', "JSON list"),
        ("SOURCES__TYPEFORM__FORMS", "demo", "JSON map"),
        ("SOURCES__TYPEFORM__FORMS", '{"a": "!"}', "demo, quote or contact"),
        ("SOURCES__TYPEFORM__FIELDS", '{"Your team": "team"}', "the field 'Your team' one of anonymous_id"),
        ("SOURCES__TYPEFORM__FIELDS", "employees", "JSON map"),
        ("SOURCES__SEGMENT__EVENTS", '{"Trial Started": "trial"}', "the event 'Trial Started'"),
        ("SOURCES__DEMO_FORM__INTENT", "!", "demo, quote or contact"),
        ("SOURCES__FORM__DEDUPE_WINDOW", "soon", "duration"),
        ("SOURCES", "typeform", "sources"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_expected(env, variable, value, expected):
    env(**{variable: value})
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert expected in str(caught.value)
    assert variable.upper() in str(caught.value).upper()


def test_every_wrong_setting_gets_a_line(env):
    env(PUBLIC_URL="a", TEMPORAL_ADDRESS="b")
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_a_sendgrid_key_asks_for_a_sender_of_ones_own(env):
    env(SENDGRID_API_KEY="SG.secret")
    with pytest.raises(SettingsInvalid, match="LEADWORKFLOWS_FROM_EMAIL"):
        load_settings()


WHSEC = "whsec_" + "QUJD" * 8


def test_secrets_for_outgoing_posts_have_names(env):
    env(HTTP_SECRETS__DEFAULT=WHSEC, HTTP_SECRETS__BILLING=f" {WHSEC} ")
    settings = load_settings()
    assert {name: secret.get_secret_value() for name, secret in settings.http_secrets.items()} == {
        "default": WHSEC, "billing": WHSEC,
    }  # fmt: skip
    assert not settings.allow_private_addresses


@pytest.mark.parametrize("written", ["hush", "whsec_QUJD", "whsec_=", f"v1,{WHSEC}", "whsec_%%%%" * 8])
def test_a_secret_that_cannot_sign_is_named_and_not_repeated(env, written):
    env(HTTP_SECRETS__BILLING=written)
    with pytest.raises(SettingsInvalid, match="LEADWORKFLOWS_HTTP_SECRETS__BILLING: ") as caught:
        load_settings()
    assert written not in str(caught.value)


def test_salesforce_is_set_whole_or_not_at_all(env):
    env(SALESFORCE_INSTANCE_URL="https://example.my.salesforce.com", SALESFORCE_CLIENT_ID="app")
    with pytest.raises(SettingsInvalid, match="LEADWORKFLOWS_SALESFORCE_CLIENT_SECRET"):
        load_settings()
    env(SALESFORCE_CLIENT_SECRET="hush")
    assert load_settings().salesforce_external_id_field == "External_Lead_Id__c"


def test_a_wrong_setting_says_nothing_of_a_secret_beside_it(env):
    env(SENDGRID_API_KEY="SG.secret", PUBLIC_URL="secret-host")
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert "secret" not in str(caught.value)


def test_secrets_are_not_shown(env):
    env(API_KEYS="hush-1", SLACK_BOT_TOKEN="hush-2", SOURCES__FORM__SECRETS="hush-3")
    assert "hush" not in repr(load_settings())


def test_an_empty_token_is_no_token(env):
    env(SLACK_BOT_TOKEN="", SENDGRID_API_KEY=" ")
    settings = Settings()
    assert settings.slack_bot_token is None
    assert settings.sendgrid_api_key is None
