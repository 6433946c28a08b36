#: summary: The distribution, as /etc/os-release tells it.
#: facts:
#:   os.id: {type: string, doc: "Short name: debian, ubuntu, alpine."}
#:   os.id_like: {type: string, doc: "Those it derives from, between spaces: rhel fedora."}
#:   os.name: {type: string, doc: "Name: Debian GNU/Linux."}
#:   os.pretty_name: {type: string, doc: "Name and version for people."}
#:   os.version_id: {type: string, doc: "Version: 12, 24.04."}
#:   os.codename: {type: string, doc: "Name of the version: bookworm."}
for file in /etc/os-release /usr/lib/os-release; do
  [ -r "$file" ] || continue
  while IFS='=' read -r key value; do
    case $value in
      \"*\") value=${value#\"} value=${value%\"} ;;
      \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    case $key in
      ID | ID_LIKE | NAME | PRETTY_NAME | VERSION_ID | VERSION_CODENAME)
        case $key in
          ID) key=id ;;
          ID_LIKE) key=id_like ;;
          NAME) key=name ;;
          PRETTY_NAME) key=pretty_name ;;
          VERSION_ID) key=version_id ;;
          *) key=codename ;;
        esac
        fact .os "=$key=$value"
        ;;
    esac
  done <"$file"
  break
done
