"""The rules that turn a record into offsets: `lay_out(record, abi)`, for every ABI.

`placers` has where fields go, family by family; `disputes` names records that compilers of one ABI lay out differently.
"""

from samebytes.layout.laid_out import Leaf
from samebytes.layout.rules.laying import lay_out

__all__ = ["Leaf", "lay_out"]
