#: summary: Debian packages are not installed.
#: doc: Packages that need them go with them. Configuration files stay, unless `purge`.
#: parameters:
#:   packages: {type: list, required: true, doc: Names.}
#:   purge: {type: boolean, default: false, doc: Remove their configuration files too.}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [dpkg-query, apt-get]
#: uses: [apt, patience]
#: waits: [lock_timeout]
#: examples:
#:   - doc: A server that nobody asked for.
#:     yaml: |
#:       dpkg.ensure_absent: {packages: [exim4-base], purge: true}
check() { apt_check_absent "$@"; }

apply() { apt_remove; }
