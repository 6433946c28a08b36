#!/bin/sh
cat <<'END'
{"web": {"hosts": ["w1", ]}}
END
