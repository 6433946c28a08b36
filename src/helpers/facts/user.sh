#: summary: The user that operations are run as, where they do not say another.
#: facts:
#:   user.uid: {type: integer, doc: "Number of the user."}
#:   user.name: {type: string, doc: "Name of the user."}
#:   user.home: {type: string, doc: "Home of the user."}
fact .user "#uid=$r_uid"
while IFS=: read -r name line uid gid comment home shell; do
  [ "$uid" != "$r_uid" ] || { fact .user "=name=$name" "=home=$home" && break; }
done </etc/passwd
