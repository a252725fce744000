from __future__ import annotations

from leadworkflows.cli.demo import _private


def test_the_demo_takes_nothing_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LEADWORKFLOWS_FROM_EMAIL=me@example.org\n", encoding="utf-8")
    expected = _private(tmp_path)
    monkeypatch.setenv("LEADWORKFLOWS_SLACK_BASE_URL", "foo")
    monkeypatch.setenv("LEADWORKFLOWS_SENDGRID_API_KEY", "SG.real")
    monkeypatch.setenv("LEADWORKFLOWS_SOURCES__FORM__SECRETS", "token")
    found = _private(tmp_path)
    assert found == expected
    assert (found.from_email, found.sendgrid_api_key) == ("hello@example.com", None)
    assert sorted(found.sources) == ["standard", "typeform"]
