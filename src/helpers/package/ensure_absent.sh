#: summary: Packages are not installed, whichever package manager the host has.
#: doc: |
#:   By the package manager that the host has: apt (as dpkg.ensure_absent does it), apk, pacman, or dnf, yum and zypper (rpm.ensure_absent).
#:   Packages that need them go with them.
#: parameters:
#:   packages: {type: list, required: true, doc: Names.}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: uses: [manager, apt, rpm, apk, pacman, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: A package that has the same name everywhere.
#:     yaml: |
#:       package.ensure_absent: [telnet]
check() { choose_manager && "${manager}_check_absent" "$@"; }

apply() { "${manager}_remove"; }
