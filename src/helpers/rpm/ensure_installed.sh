#: summary: Packages of dnf, yum or zypper are installed.
#: doc: |
#:   Missing ones are installed in one go, without questions, by zypper on SUSE, else by dnf or yum. What is installed is not
#:   upgraded unless a version is named. A name that only an installed package provides, such as `perl(DBI)`, counts as installed,
#:   as it does for them.
#: parameters:
#:   packages: {type: list, required: true, doc: 'Names: `nginx`, `glibc.i686`, `nginx=1.20.1` or, with its release, `nginx=1.20.1-14.el9`.'}
#:   recommends: {type: boolean, default: true, doc: Install what the packages recommend as well.}
#:   lock_timeout: {type: duration, default: 5m, doc: How long to wait for another program that is at the packages.}
#: main: packages
#: positional: packages
#: tools: [rpm]
#: uses: [rpm, patience, lists]
#: waits: [lock_timeout]
#: examples:
#:   - doc: One by its name, and one of a version.
#:     yaml: |
#:       rpm.ensure_installed: [vim-enhanced, "nginx=1.20.1"]
check() { rpm_check_installed "$@"; }

apply() { rpm_install; }
