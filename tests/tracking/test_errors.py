import pytest

from cnnbench.tracking.errors import StoreError, redact, store_errors

PASSWORDS = ["s3cret!", "p@ss/word", "p%40ss", "geheim:teil"]


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("uri", ["http://me:{}@127.0.0.1:5000", "postgresql+psycopg2://me:{}@host/db?sslmode=require"])
def test_a_password_never_shows(monkeypatch, password, uri):
    whole = uri.format(password)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", whole)
    for text in (f"Invalid database URI: '{whole}'.", f"password {password} refused", whole):
        assert password not in redact(text)
    with pytest.raises(StoreError) as caught, store_errors():
        raise ValueError(f"cannot reach {whole}\nat all")
    assert password not in str(caught.value) + caught.value.reason
    assert "\n" not in str(caught.value)


def test_secrets_in_other_places_do_not_show_either(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abcdef")
    assert "abcdef" not in redact("Bearer abcdef")
    assert redact("http://token@host/x") == "http://***@host/x"
    assert redact("postgresql://host/db?user=me&password=abc") == "postgresql://host/db?user=me&password=***"
    assert redact("sqlite:////tmp/x.db, 3 of 4") == "sqlite:////tmp/x.db, 3 of 4"
