#: summary: Packages of pacman are installed.
#: doc: |
#:   Missing ones are installed in one go, without questions. What is installed is not upgraded unless a version is named; a
#:   version must be one that the repositories still have. A name that only an installed package provides counts as installed, as
#:   it does for pacman. Of a group all members must be there.
#: parameters:
#:   packages: {type: list, required: true, doc: 'Names of packages or groups: `nginx`, `nginx=1.26.2`, `base-devel`.'}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [pacman]
#: uses: [pacman, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: Two packages.
#:     yaml: |
#:       pacman.ensure_installed: [curl, nginx]
check() { pacman_check_installed "$@"; }

apply() { pacman_install; }
