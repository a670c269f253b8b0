"""Cluster detection: Kulldorff's scan statistics, exact, with SaTScan's answers.

`scan` is all that other layers need.
"""

from surveillance.scan.api import scan
from surveillance.scan.result import ScanResult

__all__ = ["ScanResult", "scan"]
