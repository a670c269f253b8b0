"""What a stranger does who wants to stop a server: slow headers, slow bodies, connections that linger.

Short forms run in `tests/security/test_strangers_stall_nobody.py`, long ones by `make torture`.
"""
