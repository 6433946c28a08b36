#: summary: Nothing is there.
#: doc: |
#:   Removes a file, a symbolic link (never what it leads to), or, with `recursive`, a directory and all it holds.
#:   Directories that a system cannot do without (/, /etc, /usr, …) are refused.
#: parameters:
#:   path: {type: path, required: true, doc: What must not be there.}
#:   recursive: {type: boolean, default: false, doc: Remove a directory with all it holds. Without it only an empty one is removed.}
#: main: path
#: tools: [rm, rmdir]
#: examples:
#:   - doc: The site that the package brings.
#:     yaml: |
#:       fs.ensure_absent: /etc/nginx/sites-enabled/default
#:   - doc: A whole tree.
#:     yaml: |
#:       fs.ensure_absent: {path: /srv/old, recursive: true}

# The path without empty and "." parts and slashes at its end; ".." is refused, since links make it lead anywhere.
plain_path() {
  plain='' rest=$1
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    case $part in
      '' | .) ;;
      ..) fail "'$path' holds '..': name what must not be there without it" ;;
      *) plain=$plain/$part ;;
    esac
  done
}

check() {
  plain_path "$path"
  case $plain in
    '' | /bin | /boot | /dev | /etc | /home | /lib | /lib32 | /lib64 | /libx32 | /opt | /proc | /root | /run | /sbin | /srv | /sys | \
      /tmp | /usr | /usr/bin | /usr/lib | /usr/local | /usr/sbin | /usr/share | /var | /var/lib | /var/log)
      fail "'$path' belongs to the system and is not removed"
      ;;
  esac
  if [ -L "$plain" ]; then
    kind='link'
    differs 'a symbolic link is there'
  elif [ -d "$plain" ]; then
    kind='directory'
    differs 'a directory is there'
  elif [ -e "$plain" ]; then
    kind='file'
    differs 'a file is there'
  fi
}

apply() {
  keep_tree "$plain"
  if [ "$kind" != directory ]; then
    rm -f -- "$plain" || fail "cannot remove '$path'"
  elif [ "$recursive" = true ]; then
    rm -rf -- "$plain" || fail "cannot remove all of '$path'"
  else
    rmdir -- "$plain" || fail "cannot remove the directory '$path' (recursive: true removes what it holds)"
  fi
}
