"""A reception centre: its records as data; slips, cascades and delays of referrals; what to expect."""
