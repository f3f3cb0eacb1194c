"""The commands, one module each, found by file: `NAME.py` is `samebytes NAME`. `add_to(commands)` adds its parser and says what runs."""
