#: summary: A directory holds what is in an archive.
#: doc: |
#:   Archives of tar (plain, or packed by gzip, bzip2, xz or zstd) and zip, told apart by what is in them. Which archive was
#:   unpacked is noted in the directory, in .espresso-unpacked, so that it is unpacked again when it is another one; with
#:   `creates`, nothing is noted and it is unpacked when that path is not there. Files of the directory that are not in the
#:   archive are left alone. An archive with a member that leads out of the directory, by its name or by a link that is
#:   there, is refused. All belongs to whoever runs the operation, if `owner` says nothing else.
#: parameters:
#:   path: {type: path, required: true, doc: The directory.}
#:   source: {type: source, doc: Name of the archive in storage.}
#:   url: {type: string, doc: 'Where the host can fetch the archive itself, with curl or wget. An archive under the same URL counts as the same, unless sha256 is another.'}
#:   archive: {type: path, doc: 'The archive, when it is at the host already.'}
#:   sha256: {type: string, doc: 'With `url`: what the archive must be, by its SHA-256.'}
#:   headers: {type: map, doc: 'With `url`: headers of the request.'}
#:   creates: {type: path, doc: 'Not needed when this exists, which it must afterwards.'}
#:   strip_components: {type: integer, default: 0, doc: 'Leave out so many leading directories of the names in it (tar only).'}
#:   owner: {type: string, doc: 'User who is to own all that is unpacked, and the directory, by name or number.'}
#:   group: {type: string, doc: 'Group it is to belong to, by name or number.'}
#: title: path
#: one_of: [[source, url, archive]]
#: uses: [http]
#: tools: [tar, mktemp, sha256sum]
#: examples:
#:   - doc: A release, without the directory that its archive has around it.
#:     yaml: |
#:       fs.ensure_unpacked: {path: /opt/app, url: 'https://example.com/app-1.2.tar.gz', strip_components: 1}
#:   - doc: A site from storage.
#:     yaml: |
#:       fs.ensure_unpacked: {path: /srv/www, source: site.zip, owner: www-data}

# What tells archives apart: sets identity.
identify() {
  case $content_kind in
    blob) identity="sha256 $content_sha256" ;;
    inline)
      identity=$(say "$content_text" | sha256sum)
      identity="sha256 ${identity%% *}"
      ;;
    *)
      if [ -n "$url" ]; then
        choose_client
        identity=${sha256:+"sha256 $sha256"}
        identity=${identity:-"url $shown_url"}
      elif [ -n "$archive" ]; then
        identity=$(sha256sum <"$archive") || fail "cannot read '$archive'"
        identity="sha256 ${identity%% *}"
      else
        fail 'give a source, a url or an archive'
      fi
      ;;
  esac
  identity="$identity, without $strip_components leading directories"
}

read_note() {
  noted=
  { [ ! -f "$path/.espresso-unpacked" ] || [ -L "$path/.espresso-unpacked" ]; } ||
    IFS= read -r noted <"$path/.espresso-unpacked"
}

check() {
  unpack=
  [ "$r_phase" = after ] || identify
  read_stat "$path"
  if [ -n "$creates" ]; then
    [ -e "$creates" ] || [ -L "$creates" ] || { unpack=1 && differs "there is no '$creates'"; }
  fi
  case $s_kind in
    directory) ;;
    none)
      unpack=1
      differs 'no such directory'
      content_is_wanted
      return
      ;;
    *) fail "'$path' is $(kind_of), not a directory" ;;
  esac
  if [ -z "$creates" ]; then
    read_note
    [ "$noted" = "$identity" ] || { unpack=1 && differs archive "${noted%%,*}" "${identity%%,*}"; }
  fi
  [ -z "$unpack" ] || content_is_wanted
  check_attributes "$path" '' "$owner" "$group"
}

# Sets packed: the file that is the archive.
bring() {
  packed=$archive
  if [ -z "$packed" ]; then
    make_temp "$path"
    packed=$r_temp
    if [ -n "$url" ]; then
      fetch_to "$packed" || fail "cannot fetch '$shown_url'"
    else
      receive_content "$packed" 'the archive'
    fi
  fi
  [ -n "$url" ] && [ -n "$sha256" ] || return 0
  sum=$(sha256sum <"$packed")
  [ "${sum%% *}" = "$sha256" ] || fail "what came has the SHA-256 ${sum%% *}, not the one wanted"
}

unpacked_by() {
  case $(od -An -tx1 -N6 <"$packed" | tr -d ' \n') in
    1f8b*) tool=gzip ;;
    425a68*) tool=bzip2 ;;
    fd377a585a00) tool=xz ;;
    28b52ffd*) tool=zstd ;;
    504b0304* | 504b0506*) tool=unzip ;;
    *) tool='cat' ;;
  esac
  require_tool "$tool"
  [ "$tool" = unzip ] || require_tool tar
}
plain_tar() {
  case $tool in
    cat) cat <"$packed" ;;
    *) "$tool" -dc <"$packed" ;;
  esac
}

names() {
  case $tool in
    unzip) unzip -l "$packed" | sed -n 's/^ *[0-9][0-9]*  *[0-9-]*  *[0-9:]*  *//p' ;;
    # Names as they are; busybox knows no other way.
    *) plain_tar | tar --quoting-style=literal -tf - 2>/dev/null || plain_tar | tar -tf - ;;
  esac
}

# Busybox says what it strips instead of showing it.
refuse_what_leads_out() {
  said=$(names 2>&1) || fail "cannot read the archive: ${said##*"$n_"}"
  [ -n "$said" ] || fail 'there is nothing in the archive, or it is none'
  case $n_$said$n_ in
    *"$n_/"* | *": removing leading '/'"*) fail 'a member of the archive leads out of the directory: its name begins with a slash' ;;
    *"$n_../"* | */../* | *"/..$n_"* | *"$n_..$n_"* | *": removing leading '"*"../' from"*)
      fail "a member of the archive leads out of the directory: its name holds '..'"
      ;;
  esac
  within=
  each_name refuse_links_that_lead_out
}

# A link that is there already may be followed when what it leads to is within the directory.
refuse_links_that_lead_out() {
  [ -L "$path/$name" ] && [ -d "$path/$name" ] || return 0
  within=${within:-$(cd -P -- "$path" && pwd -P && say x)}
  target=$(cd -P -- "$path/$name" && pwd -P && say x)
  case ${target%x} in
    "${within%"$n_"x}"/*) ;;
    *) fail "a member of the archive leads out of the directory: '$path/$name' is a symbolic link" ;;
  esac
}

# FUNCTION: calls it with each name that the archive brings, and with the directories above it, as name.
each_name() {
  set -f
  IFS=$n_
  for name in $said; do
    unset IFS
    left=$strip_components
    while [ "$left" -gt 0 ]; do
      case $name in
        */*) name=${name#*/} ;;
        *) name= ;;
      esac
      left=$((left - 1))
    done
    while [ -n "$name" ] && [ "$name" != . ]; do
      name=${name%/}
      "$1"
      case $name in
        */*) name=${name%/*} ;;
        *) name= ;;
      esac
    done
  done
  unset IFS
  set +f
}

apply() {
  keep_tree "$path"
  [ -d "$path" ] || mkdir -p -- "$path" || fail "cannot make '$path'"
  if [ -z "$unpack" ]; then
    set_attributes "$path" '' "$owner" "$group"
    return
  fi
  bring
  unpacked_by
  refuse_what_leads_out
  if [ "$tool" = unzip ]; then
    [ "$strip_components" = 0 ] || fail 'strip_components is of use with tar only'
    unzip -q -o "$packed" -d "$path" || fail "cannot unpack all of it in '$path'"
  else
    set -- -xf - -C "$path" -o
    [ "$strip_components" = 0 ] || set -- "$@" "--strip-components=$strip_components"
    plain_tar | tar "$@" || fail "cannot unpack all of it in '$path'"
  fi
  [ -z "$owner$group" ] || each_name own_name
  set_attributes "$path" '' "$owner" "$group"
  [ -n "$creates" ] || note_it
}

own_name() {
  [ ! -e "$path/$name" ] && [ ! -L "$path/$name" ] || chown -h -- "$owner${group:+:$group}" "$path/$name" ||
    fail "cannot set the owner of '$path/$name'"
}

note_it() {
  [ -z "$r_temp" ] || rm -f -- "$r_temp"
  make_temp "$path"
  say "$identity$n_" >"$r_temp" || fail "cannot write in '$path'"
  finish_file "$path/.espresso-unpacked" 644 "$owner" "$group"
}
