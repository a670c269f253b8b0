"""Commands about other systems: DHIS2, ODK Central, KoboToolbox."""
