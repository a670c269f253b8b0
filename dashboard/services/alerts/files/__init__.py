"""Files that say something of cases behind alerts."""
