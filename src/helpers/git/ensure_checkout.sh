#: summary: A directory holds a checkout of a git repository, at this version.
#: doc: |
#:   Local changes to files that git knows, and commits that no one else has, are a failure unless `force` discards them. Files
#:   that git does not know are left alone. Of the repository only what the version needs is fetched. Check mode asks the
#:   repository what the version is, and fetches nothing; a whole commit hash needs no question. `register: x` gives x.commit, what
#:   is checked out in the end, and x.before.
#:   Git never asks for a password: give the host a key, and use `as` for the checkout of another user.
#: parameters:
#:   repository: {type: string, exposed: true, required: true, doc: 'Where it is: a URL, host:path or a path.'}
#:   path: {type: path, required: true, doc: The directory.}
#:   version: {type: string, doc: 'A branch, a tag or a whole commit hash. By default the branch that the repository presents.'}
#:   depth: {type: integer, doc: 'Fetch only so many commits of its history.'}
#:   force: {type: boolean, default: false, doc: Discard local changes and commits.}
#: title: path
#: tools: [git]
#: examples:
#:   - doc: What is on the branch now.
#:     yaml: |
#:       git.ensure_checkout: {repository: 'https://git.example.com/app.git', path: /srv/app, version: production}
#:   - doc: A release, without its history.
#:     yaml: |
#:       git.ensure_checkout: {repository: 'https://git.example.com/app.git', path: /srv/app, version: v1.4.2, depth: 1}
in_it() { git -c "safe.directory=$path" -C "$path" "$@"; }

# What the version is in the repository: sets ref (empty: a commit) and wanted.
resolve() {
  case $version in
    *[!0-9a-f]*) ;;
    ????????????????????????????????????????)
      ref='' wanted=$version
      return
      ;;
  esac
  if [ -z "$version" ]; then
    said=$(git ls-remote --symref -- "$repository" HEAD) || fail "cannot ask '$repository'"
    ref=${said#*'ref: '}
    ref=${ref%%[!A-Za-z0-9/._-]*}
    case $ref in refs/heads/*) ;; *) fail "'$repository' presents no branch: name a version" ;; esac
    wanted=${said##*"$n_"}
    wanted=${wanted%%[!0-9a-f]*}
    return
  fi
  said=$(git ls-remote -- "$repository" "refs/heads/$version" "refs/tags/$version" "refs/tags/$version^{}") ||
    fail "cannot ask '$repository'"
  said=$n_$said$n_
  # Of a tag with a message, the commit that it stands for.
  for ref in "refs/heads/$version" "refs/tags/$version^{}" "refs/tags/$version"; do
    case $said in
      *"	$ref$n_"*)
        wanted=${said%%"	$ref$n_"*}
        wanted=${wanted##*"$n_"}
        ref=${ref%'^{}'}
        return
        ;;
    esac
  done
  fail "'$repository' has no branch or tag '$version' (a commit is named by its whole hash)"
}

check_local_work() {
  said=$(in_it --no-optional-locks status --porcelain --untracked-files=no) || fail "cannot look at the checkout in '$path'"
  if [ -n "$said" ]; then
    [ "$force" = true ] || fail "there are local changes in '$path' (force: true discards them)"
    differs 'local changes'
  fi
  [ -n "$now" ] && [ "$force" != true ] && [ "$now" != "$wanted" ] || return 0
  said=$(in_it for-each-ref --count=1 --contains "$now" refs/remotes refs/tags refs/espresso) || said=
  [ -n "$said" ] || fail "there are commits in '$path' that '$repository' does not have (force: true discards them)"
}

check() {
  GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND=${GIT_SSH_COMMAND:-ssh -o BatchMode=yes}
  export GIT_TERMINAL_PROMPT GIT_SSH_COMMAND
  case $repository in -*) fail "'$repository' is not a repository" ;; esac
  [ "${depth:-1}" -ge 1 ] || fail "'depth' is at least 1, and this is $depth"
  [ "$r_phase" = after ] || resolve
  now=
  if [ ! -e "$path/.git" ]; then
    if [ -d "$path" ]; then
      [ -z "$(find "$path" -mindepth 1 -prune | head -n 1)" ] || fail "'$path' holds something else than a checkout of git"
    elif [ -e "$path" ] || [ -L "$path" ]; then
      fail "'$path' is not a directory"
    fi
    [ "$r_phase" = after ] || tell before ''
    tell commit "$wanted"
    differs 'no checkout'
    return
  fi
  now=$(in_it rev-parse -q --verify 'HEAD^{commit}') || now=
  origin=$(in_it config --get remote.origin.url) || origin=
  [ "$r_phase" = after ] || tell before "$now"
  tell commit "$wanted"
  [ "$origin" = "$repository" ] || differs repository "$origin" "$repository"
  [ "$now" = "$wanted" ] || differs commit "$now" "$wanted"
  check_local_work
}

fetch() { in_it fetch -q --no-tags ${depth:+"--depth=$depth"} origin "$@"; }

apply() {
  keep_tree "$path"
  if [ ! -e "$path/.git" ]; then
    git -c init.defaultBranch=main init -q -- "$path" || fail "cannot make '$path'"
  fi
  in_it config remote.origin.url "$repository" || fail "cannot set up '$path'"
  case $ref in
    refs/heads/*)
      branch=${ref#refs/heads/}
      fetch "+$ref:refs/remotes/origin/$branch" || fail "cannot fetch '$branch' from '$repository'"
      # It may have moved on since it was asked for.
      wanted=$(in_it rev-parse -q --verify "refs/remotes/origin/$branch^{commit}") || fail "cannot find '$branch'"
      ;;
    refs/tags/*) fetch "+$ref:$ref" || fail "cannot fetch '$version' from '$repository'" ;;
    *)
      in_it cat-file -e "$wanted^{commit}" 2>/dev/null || fetch "$wanted" 2>/dev/null ||
        in_it fetch -q --tags origin '+refs/heads/*:refs/remotes/origin/*' || fail "cannot fetch from '$repository'"
      in_it cat-file -e "$wanted^{commit}" 2>/dev/null || fail "'$repository' has no commit '$wanted'"
      ;;
  esac
  set -- checkout -q
  [ "$force" != true ] || set -- "$@" -f
  case $ref in
    refs/heads/*) in_it "$@" -B "$branch" "$wanted" -- ;;
    *) in_it "$@" --detach "$wanted" -- ;;
  esac || fail "cannot check out '${version:-$branch}' in '$path'"
  # So that it is known later what came from there, even when nothing else names it.
  in_it update-ref refs/espresso/checkout "$wanted" || fail "cannot note what is checked out in '$path'"
}
