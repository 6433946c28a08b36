#: summary: Packages of dnf, yum or zypper are not installed.
#: doc: |
#:   Packages that need them go with them. What they needed stays. A package that only provides such a name stays.
#: parameters:
#:   packages: {type: list, required: true, doc: Names.}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [rpm]
#: uses: [rpm, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: A server that nobody asked for.
#:     yaml: |
#:       rpm.ensure_absent: [telnet-server]
check() { rpm_check_absent "$@"; }

apply() { rpm_remove; }
