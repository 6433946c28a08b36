#: summary: Alpine packages are not installed.
#: doc: |
#:   Packages that need them go with them. What only they needed goes, too. A package that only provides such a name stays.
#: parameters:
#:   packages: {type: list, required: true, doc: Names.}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [apk]
#: uses: [apk, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: A server that nobody asked for.
#:     yaml: |
#:       apk.ensure_absent: [dropbear]
check() { apk_check_absent "$@"; }

apply() { apk_remove; }
