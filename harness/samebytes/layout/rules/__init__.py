"""The rules that turn a record into offsets: `lay_out(record, abi)`, for every ABI.

A module for each compiler's rules; where the compilers of one ABI have different ones, `disputes` says who has what.
"""

from samebytes.layout.laid_out import Leaf
from samebytes.layout.rules.laying import lay_out, lay_out_as

__all__ = ["Leaf", "lay_out", "lay_out_as"]
