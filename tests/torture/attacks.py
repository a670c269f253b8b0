"""`python -m tests.torture attacks`: what attacks once found, tried again by its tests in their long forms.

Kills, full disks, strangers, guesses, bombs, formulas and viewers have long runs of their own.
"""

from __future__ import annotations

from tests.torture import properties

#: What was found -> the tests that hold the mend.
FOUND = {
    "a socket that lingers or trickles stops everybody": (
        "tests/security/test_strangers_stall_nobody.py",
        "tests/security/test_through_a_proxy.py",
        "tests/security/test_turns.py",
    ),
    "a full disk is told wrongly, and keeps sessions alive": (
        "tests/reliability/test_full_disk_served.py",
        "tests/reliability/test_import_trail.py",
    ),
    "the keeper is not watched": (
        "tests/reliability/test_server_processes.py",
        "tests/security/test_monitoring.py",
    ),
    "weak secrets are taken": ("tests/unit/test_secret_strength.py",),
    "guesses are counted by what a stranger claims": (
        "tests/security/test_guesses.py",
        "tests/security/test_second_factor.py",
        "tests/security/test_sign_in.py",
    ),
    "the demo opens a public server": ("tests/security/test_demo_accounts.py",),
    "files can be read by others": ("tests/reliability/test_private_files.py",),
    "accounts cannot be changed, hostile files cost much, posts do not say where they come from": (
        "tests/security/test_administration.py",
        "tests/security/test_hostile_files.py",
        "tests/security/test_gate.py",
        "tests/security/test_strangers_requests.py",
    ),
    "PostgreSQL away, of another encoding, or another's": ("tests/reliability/test_database_away.py",),
    "the page of deployment leads astray": (
        "tests/deploy/test_followed.py",
        "tests/deploy/test_units_and_proxies.py",
        "tests/deploy/test_container_and_lists.py",
    ),
}


def run(seed: int, count: int) -> properties.Reached:
    """Try all of it `count` times, on both databases, with new random examples each time."""
    files = tuple(dict.fromkeys(file for held in FOUND.values() for file in held))
    return properties.run(seed, count, files, "-m", "full or not full")
