"""Cluster detection: Kulldorff's scan statistics, exact, with SaTScan's answers.

`scan` is all that other layers need. The package itself may be called, too, as `surveillance.scan(...)`:
importing it makes its name an attribute of `surveillance`, where notebooks look for the function.
"""

import inspect
import sys
from types import ModuleType

from surveillance.scan.api import scan
from surveillance.scan.result import ScanResult

__all__ = ["ScanResult", "scan"]


class _CallablePackage(ModuleType):
    """A package whose call is the scan (Python data model, "Customizing module attribute access")."""

    __call__ = staticmethod(scan)


sys.modules[__name__].__class__ = _CallablePackage
__signature__ = inspect.signature(scan)
