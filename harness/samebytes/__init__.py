"""samebytes proves that programs in different languages agree, byte for byte, about the memory they share."""

__all__ = ["__version__"]

__version__ = "0.1.0"
