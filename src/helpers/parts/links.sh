# Where symbolic links lead.

# follow_links PATH: sets target to what the path leads to, which need not exist. (readlink -f of busybox wants it to.)
follow_links() {
  target=$1
  hops=0
  while [ -L "$target" ]; do
    hops=$((hops + 1))
    [ "$hops" -le 40 ] || fail "the symbolic link '$1' leads in a circle"
    read_link "$target"
    case $l_target in
      /*) target=$l_target ;;
      *) target=${target%/*}/$l_target ;;
    esac
  done
}
