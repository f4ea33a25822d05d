"""What one identity does takes no place from another: users with chosen names, members of the producers' group."""

from stack import Stack

# The names acct81, acct499, ... share one of 256 buckets with the name "victim" in a table that hashes names with XXH3 and no key.
CHOSEN = [
    81, 499, 1460, 1731, 1841, 2283, 2705, 3016, 3041, 3217, 3258, 3483, 3575, 3769, 4031, 4561, 4682, 4834, 5055, 5355,
    5635, 5641, 6031, 6067, 6721, 6982, 7515, 7544, 7574, 7696, 7890, 8350, 8369, 8833, 9087, 9282, 9478, 11134, 11303,
    11452, 11541, 11937, 12107, 12992, 13070, 13173, 13577, 13584, 13742, 13907, 14326, 14571, 15361, 15374, 15503, 16318,
    16409, 16856, 17146, 17242, 17570, 17674, 18042, 18305,
]


def test_users_with_chosen_names_lock_nobody_out():
    with Stack() as stack:
        others = [stack.connect(user=f"acct{number}") for number in CHOSEN]
        with stack.connect(user="victim") as victim:
            assert victim.request({"type": "ping"}, "pong")
        for other in others:
            other.drop()
