"""Cluster detection: Kulldorff's scan statistics, exact, with SaTScan's answers.

`scan` is all that other layers need.
"""

from surveillance.scan.result import ScanResult
from surveillance.scan.run import scan

__all__ = ["ScanResult", "scan"]
