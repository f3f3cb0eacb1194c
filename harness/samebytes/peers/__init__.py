"""Find, build, start, talk to, stop and reap peers. No code here knows a language: that is in `peers/<language>/`."""
