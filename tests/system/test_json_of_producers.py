"""JSON as the libraries of producers write it: large numbers, zero times."""

import json
import re

import pytest
from worker_process import Worker


@pytest.fixture(scope="module")
def worker():
    with Worker() as running:
        yield running


def text_of(worker, line):
    """The record of one event, as it is in the ring."""
    with worker.producer() as producer:
        producer.send(line.encode())
        assert not producer.errors, producer.errors
    return worker.records()[-1][2]


@pytest.mark.parametrize("number", ["18446744073709551615", "123456789012345678901234567890", "-9223372036854775809", "9007199254740993", "1.10", "1E+2", "-0", "0.30000000000000004"])
def test_numbers_keep_their_digits_whatever_their_size(worker, number):
    assert f'"data":{{"limit":{number}}}' in text_of(worker, f'{{"event_type":"Custom","data":{{"limit":{number}}}}}')
    # What is redacted is written anew.
    assert f'"limit":{number}' in text_of(worker, f'{{"event_type":"Custom","data":{{"limit":{number},"password":"hunter2"}}}}').replace(": ", ":")


def test_a_number_that_no_double_holds_is_refused_by_what_is_wrong(worker):
    with worker.producer() as producer:
        assert "number that is too large" in producer.refused(b'{"event_type":"Custom","data":{"n":1e400}}')["message"]


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000000Z", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00"])
def test_an_event_without_a_time_in_go_or_net_has_that_of_its_receipt(worker, zero):
    event = json.loads(text_of(worker, json.dumps({"event_type": "Custom", "data": {"t": "zero"}, "timestamp": zero})))
    assert re.match(r"20\d\d-", event["timestamp"])


@pytest.mark.parametrize("time", ["1200-01-01T00:00:00Z", "0001-01-02T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_year_out_of_range_is_told(worker, time):
    with worker.producer() as producer:
        assert "year" in producer.refused(json.dumps({"event_type": "Custom", "data": {}, "timestamp": time}).encode())["message"]
