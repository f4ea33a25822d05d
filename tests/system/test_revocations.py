"""Revocations last: over many others, a restart, a kill and a reboot, and none is dropped without a word."""

import json
import time

import pytest
from stack import Stack
from waiting import eventually
from ws_client import Refused

LIMIT = 65536


def is_refused(stack, token):
    try:
        stack.connect(token=token).drop()
    except Refused as error:
        assert error.status == 401 and "revoked" in error.body["message"]
        return True
    return False


def state_file(stack):
    return stack.run_dir / "state" / "revocations"


def write_state(stack, count, until_ns=0):
    """What a worker has stored that had `count` revocations, of nobody we know."""
    state_file(stack).parent.mkdir(exist_ok=True)
    lines = [f"{0x1234567 * (n + 1):016x} {time.time_ns()} {until_ns}" for n in range(count)]
    state_file(stack).write_text("\n".join(["ringside revocations 1", *lines, f"end {count}", ""]))


def reboot(stack):
    """The run directory is in memory: everything but the state is gone."""
    for web in stack.lwsws:
        web.stop()
    stack.kill_worker()
    for path in stack.run_dir.iterdir():
        if path.is_file() or path.is_socket():
            path.unlink()
    stack.start_worker()
    for web in stack.lwsws:
        web.start()


def test_a_revocation_outlasts_thousands_of_others():
    with Stack(start=False) as stack:
        write_state(stack, 4200)
        stack.start_worker()
        stack.lwsws[0].start()
        stolen = stack.token("carol", jti="stolen-1")
        assert "4,201 of 65,536" in stack.ringside("revoke", "--jti", "stolen-1").stdout
        for n in range(100):
            stack.ringside("revoke", "--jti", f"other-{n}")
        assert is_refused(stack, stolen)
        assert "4,301 of 65,536" in stack.ringside("revoke", "--count").stdout
        assert stack.lwsws[0].metrics()["ringside_revocations"] == 4301


def test_a_full_list_refuses_and_keeps_what_it_has():
    with Stack(start=False) as stack:
        write_state(stack, LIMIT - 1)
        stack.start_worker()
        stack.lwsws[0].start()
        stolen = stack.token("carol", jti="stolen-1")
        last = stack.ringside("revoke", "--jti", "stolen-1")
        assert "65,536 of 65,536" in last.stdout and "revocations.keep" in last.stderr
        refused = stack.ringside("revoke", "mallory", check=False)
        assert refused.returncode == 1 and not refused.stdout
        assert "nothing was revoked" in refused.stderr and "revocations.keep" in refused.stderr
        stack.connect(user="mallory").drop()
        assert is_refused(stack, stolen)
        assert stack.ringside("revoke", "--jti", "stolen-1").returncode == 0  # has its place


def test_what_is_older_than_tokens_last_makes_room():
    with Stack(start=False, config='[revocations]\nkeep = "1h"\n') as stack:
        write_state(stack, LIMIT, until_ns=time.time_ns() + 3_000_000_000)
        stack.start_worker()
        eventually(lambda: stack.ringside("revoke", "mallory", check=False).returncode == 0, "those that have ended are forgotten")
        assert "1 of 65,536" in stack.ringside("revoke", "--count").stdout


@pytest.mark.parametrize("is_clean", [True, False])
def test_revocations_survive_a_reboot(is_clean):
    with Stack() as stack:
        stolen, old = stack.token("carol", jti="stolen-1"), stack.token("mallory")
        stack.ringside("revoke", "mallory", "--for", "30d")
        done = stack.ringside("revoke", "--jti", "stolen-1", "--wait")
        assert not done.stderr
        if is_clean:
            stack.stop_worker()
            stack.start_worker()
        reboot(stack)
        assert is_refused(stack, stolen) and is_refused(stack, old)
        stack.connect(user="bob").drop()
        assert "2 of 65,536" in stack.ringside("revoke", "--count").stdout


def test_a_revocation_is_listed_and_taken_back_and_stays_away_after_a_reboot():
    with Stack() as stack:
        token = stack.token("alice")
        said = stack.ringside("revoke", "alice", "--for", "30d", "--wait").stdout
        assert "revoked alice" in said and "the user has no connection now" in said
        stack.ringside("revoke", "--jti", "t-1")
        listed = json.loads(stack.ringside("revoke", "--list", "--output", "json").stdout)["revocations"]
        assert len(listed) == 2 and {row["until"] is None for row in listed} == {True, False}
        mine = json.loads(stack.ringside("revoke", "--list", "alice", "--output", "json").stdout)["revocations"]
        assert mine == [row for row in listed if row["until"]]
        assert stack.ringside("revoke", "--list", "alice").stdout.splitlines()[1].startswith(mine[0]["key"])
        assert stack.ringside("revoke", "--list", "bob", check=False).returncode == 3
        assert is_refused(stack, token)
        assert "alice is no longer revoked" in stack.ringside("revoke", "--undo", "alice", "--wait").stdout
        stack.connect(token=token).drop()
        again = stack.ringside("revoke", "--undo", "alice", check=False)
        assert (again.returncode, "alice is not revoked" in again.stderr) == (3, True)
        reboot(stack)
        stack.connect(token=token).drop()
        assert stack.ringside("revoke", "--list", "--jti", "t-1").returncode == 0


def test_a_revocation_says_how_many_connections_it_closes_and_none_is_undone_without_the_worker():
    with Stack() as stack:
        with stack.connect(user="alice") as one, stack.connect(user="alice") as other:
            assert "2 connections of the user are closed" in stack.ringside("revoke", "alice").stdout
            assert [client.wait_closed()[0] for client in (one, other)] == [1008] * 2
        stack.stop_worker()
        refused = stack.ringside("revoke", "--undo", "alice", check=False)
        assert (refused.returncode, "nothing was undone" in refused.stderr) == (1, True)


@pytest.mark.parametrize("words", [("--undo",), ("--undo", "--list", "alice"), ("--undo", "alice", "--for", "1h"), ("--count", "--list")])
def test_what_does_not_go_together_is_refused(words):
    with Stack(start=False) as stack:
        assert stack.ringside("revoke", *words, check=False).returncode == 2


def test_what_cannot_be_stored_is_in_force_and_told():
    with Stack() as stack:
        state_file(stack).parent.write_text("not a directory")
        old = stack.token("mallory")
        told = stack.ringside("revoke", "mallory", "--wait", check=False)
        assert told.returncode == 3 and "cannot write to its state directory" in told.stderr
        assert is_refused(stack, old)
        eventually(lambda: "cannot save revocations" in (stack.dir / "worker.log").read_text(), "the log has it, too")
        stack.kill_worker()
        told = stack.ringside("revoke", "trent")
        assert "ringsided does not run" in told.stderr
        state_file(stack).parent.unlink()
        stack.start_worker()
        eventually(state_file(stack).exists, "it is stored by the next worker")


def test_a_damaged_file_stops_the_start_with_its_line():
    with Stack(start=False) as stack:
        write_state(stack, 3)
        state_file(stack).write_text(state_file(stack).read_text().replace("end 3", "end 4"))
        with pytest.raises(RuntimeError, match="revocations: line 5"):
            stack.start_worker()


def test_wrong_times_are_refused():
    with Stack(start=False) as stack:
        stack.start_worker()
        for span in ("soon", "0s", "-1d"):
            wrong = stack.ringside("revoke", "mallory", f"--for={span}", check=False)
            assert wrong.returncode == 2 and "--for must be a time" in wrong.stderr
        assert stack.ringside("revoke", "mallory", "--count", check=False).returncode == 2
        assert "0 of 65,536" in stack.ringside("revoke", "--count").stdout
