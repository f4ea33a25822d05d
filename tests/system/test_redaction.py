"""No secret comes through the real ringsided: what the ring, the ring of refusals and a client with every right have."""

import json

import pytest
from stack import SOURCE_DIR, Stack
from worker_process import Worker

SECRET = "@@"


@pytest.fixture(scope="module")
def worker():
    with Worker() as running:
        yield running


def data_of(worker, *data):
    """What the ring has of each, sent as an event of its own."""
    with worker.producer() as producer:
        producer.send(*({"event_type": "Custom", "data": each} for each in data))
        assert not producer.errors
    return [json.loads(text)["data"] for _, _, text in worker.records()[-len(data):]]


NAMES = ["DB_PASSWORD", "db_password", "POSTGRES_PASSWORD", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "x-api-key", "x-auth-token", "ssh_private_key", "userPassword"]
OTHER_NAMES = ["spring.datasource.password", "PASSWORD_2", "user[password]", "Ocp-Apim-Subscription-Key", "SECRET_KEY_BASE", "refreshToken", "proxy-authorization"]


@pytest.mark.parametrize("names", [NAMES, OTHER_NAMES])
def test_a_member_is_hidden_by_any_name_that_hides_it_in_text(worker, names):
    got = data_of(worker, *({name: f"hunter2-member-{n}"} for n, name in enumerate(names)), {"message": f"{names[0]}=hunter2-text"})
    assert got == [{name: "[redacted]"} for name in names] + [{"message": f"{names[0]}=[redacted]"}]


def test_a_member_that_only_describes_a_secret_stays(worker):
    harmless = [{"token_count": 7702001}, {"secret_name": "a-name"}, {"password_file": "/etc/a-file"}, {"passwordPolicy": "strong"}, {"next_token": "a9b8c7d6"}]
    assert data_of(worker, *harmless) == harmless


@pytest.mark.parametrize(("given", "kept"), [
    (["mysql", "--password", "hunter2-a", "--host", "db"], ["mysql", "--password", "[redacted]", "--host", "db"]),
    (["mysql", "--password=hunter2-b"], ["mysql", "--password=[redacted]"]),
    (["tool", "--token-file", "/run/x"], ["tool", "--token-file", "/run/x"]),
    (["curl", "-H", "Authorization: Bearer hunter2-c", "-u", "bob:hunter2-d", "http://h/"],
     ["curl", "-H", "Authorization: [redacted]", "-u", "bob:[redacted]", "http://h/"]),
    (["docker", "run", "-p", "80:80", "-e", "API_KEY=hunter2-e", "web"], ["docker", "run", "-p", "80:80", "-e", "API_KEY=[redacted]", "web"])])
def test_arguments_that_are_a_list_are_hidden_as_in_one_string(worker, given, kept):
    assert data_of(worker, {"argv": given}) == [{"argv": kept}]


# Pieces of secrets are apart, so that scanners of repositories stay quiet; none is real.
TABLE = [
    ({"POSTGRES_PASSWORD": SECRET}, "hunter2-01"), ({"aws_secret_access_key": SECRET}, "hunter2-02"), ({"headers": {"X-Api-Key": SECRET}}, "hunter2-04"),
    ({"github_token": SECRET}, "hunter2-06"), ({"smtpPassword": SECRET}, "hunter2-07"), ({"db.password": SECRET}, "hunter2-09"),
    ({"hosts": [{"ssh_private_key": SECRET}]}, "hunter2-11"), ({"admin_pwd": 48151623421}, "48151623421"), ({"argv": ["tool", "--db-password", SECRET]}, "hunter2-14"),
    ({"message": "password: |\n  @@\n"}, "hunter2-16"), ({"message": 'password="""@@"""'}, "hunter2-19"), ({"message": "{'password': b'@@'}"}, "hunter2-21"),
    ({"message": '\\"password\\":\\"hun\\\\\\"@@\\"'}, "hunter2-23"), ({"message": "using @@ to clone"}, "gh" + "p_" + "hunter249abcdefghijklmnopqrstuvwx24ab"),
    ({"message": "posting with @@"}, "xo" + "xb-" + "123456789012-1234567890123-" + "hunter249abcdefghijklm26"),
    ({"message": "maps with @@ now"}, "AI" + "za" + "SyHunter249abcdefghijklmnopqrstuv28wx"),
    ({"message": "cloning https://@@@git.example/x.git"}, "hunter249abcdefghijklmnopqrstuvwxyz0129"), ({"message": "<user>x</user><password>@@</password>"}, "hunter2-31"),
    ({"message": "AccountName=x;AccountKey=@@;EndpointSuffix=y"}, "hunter2-33"), ({"message": "got Basic @@ from the proxy"}, "cmVwb3J0ZXI6aHVudGVyMi00OS0zNQ=="),
    ({"message": "if password==@@ then"}, "hunter2-36"), ({"card": 4111 * 10**12 + 111111111111}, "4111" + "111111111111"),
    ({"message": "postgres://app:@@@db/x"}, "hunter2-42"), ({"message": '{"password":"@@"}'}, "hunter2-43")]


def with_secret(value, secret):
    return json.loads(json.dumps(value).replace(SECRET, json.dumps(secret)[1:-1]))


def leaks(secrets, *texts):
    return [secret for secret in secrets if any(secret in text for text in texts)]


def test_no_secret_of_the_table_is_in_a_ring_or_at_a_client():
    with Stack() as stack, stack.connect(query={"events": "*"}) as client:
        refused = ['{"event_type":"X","dat":{"pass\\u0077ord":"hunter2-38"}}', '{"event_type":"X","data":{"argv":["--password","hunter2-38b"',
                   '{"event_type":"Custom","data":7,"db_password":"hunter2-38c"}']
        with stack.producer() as producer:
            producer.send(*({"event_type": "Custom", "data": with_secret(*row)} for row in TABLE), *(line.encode() for line in refused))
            assert len(producer.errors) == len(refused)
        got = client.read_events(len(TABLE))
        texts = [json.dumps(got), json.dumps(producer.errors), stack.ringside("dump").stdout, stack.ringside("dump", "--rejected").stdout]
        texts += [(stack.run_dir / name).read_bytes().decode(errors="replace") for name in ("ring", "rejected")]
    assert leaks([secret for _, secret in TABLE] + ["hunter2-38"], *texts) == []


def forms():
    rows = [json.loads(line) for line in (SOURCE_DIR / "tests/redact/forms.jsonl").read_text().splitlines() if line.startswith("{")]
    rows = [row for row in rows if "form" in row]
    assert len(rows) > 1000
    return [("".join(row["secret"]), row) for row in rows]


def test_no_form_of_a_secret_is_in_the_ring_and_what_is_beside_it_stays(worker):
    for secret, row in forms():
        text = json.dumps(data_of(worker, with_secret(row["data"], secret)), ensure_ascii=False)
        assert secret not in text, row["form"]
        assert all(kept in text for kept in row.get("keep", [])), row["form"]


def test_no_form_leaks_after_any_other_in_one_stream(worker):
    """One may leave a quote or a block open, which the next one seems to close."""
    rows = forms()
    got = data_of(worker, *(with_secret(row["data"], secret) for secret, row in rows))
    assert [row["form"] for (secret, row), data in zip(rows, got, strict=True) if secret in json.dumps(data, ensure_ascii=False)] == []


def test_a_sentence_about_a_secret_stays(worker):
    harmless = [{"message": text} for text in ("password reset was asked for by bob", "Invalid token: unexpected end", "the token bucket is empty")]
    assert data_of(worker, *harmless) == harmless
