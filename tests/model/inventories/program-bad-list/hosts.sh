#!/bin/sh
cat <<'END'
["w1"]
END
