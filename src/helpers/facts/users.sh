#: summary: Users and groups of /etc/passwd and /etc/group, by name.
#: facts:
#:   users: {type: mapping, doc: "The users; facts.users.root.home."}
#:   users.*.uid: {type: integer, doc: "Number of the user."}
#:   users.*.gid: {type: integer, doc: "Number of the user's group."}
#:   users.*.comment: {type: string, doc: "Full name and such."}
#:   users.*.home: {type: string, doc: "Home."}
#:   users.*.shell: {type: string, doc: "Login shell."}
#:   groups: {type: mapping, doc: "The groups; facts.groups.sudo.members."}
#:   groups.*.gid: {type: integer, doc: "Number of the group."}
#:   groups.*.members: {type: list, doc: "Users who are in it besides those whose own group it is."}
fact .users
while IFS=: read -r name line uid gid comment home shell; do
  case $name in '' | '#'* | [+-]*) continue ;; esac
  fact .users ".$name" "#uid=$uid" "#gid=$gid" "=comment=$comment" "=home=$home" "=shell=$shell"
done </etc/passwd
fact .groups
while IFS=: read -r name line gid rest; do
  case $name in '' | '#'* | [+-]*) continue ;; esac
  set -- "#gid=$gid" '[members='
  rest=$rest,
  while [ -n "${rest#,}" ]; do
    set -- "$@" "-members=${rest%%,*}"
    rest=${rest#*,}
  done
  fact .groups ".$name" "$@"
done </etc/group
