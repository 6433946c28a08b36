#: summary: Packages are installed, whichever package manager the host has.
#: doc: |
#:   By the package manager that the host has: apt (as dpkg.ensure_installed does it), apk, pacman, or dnf, yum and zypper (rpm.ensure_installed).
#:   Names, and versions in `name=version`, are as the package manager has them.
#: parameters:
#:   packages: {type: list, required: true, doc: 'Names: `nginx`, `nginx=1.26.2`.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: uses: [manager, apt, rpm, apk, pacman, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: Packages that have the same name everywhere.
#:     yaml: |
#:       package.ensure_installed: [curl, git]
check() { choose_manager && "${manager}_check_installed" "$@"; }

apply() { "${manager}_install"; }
