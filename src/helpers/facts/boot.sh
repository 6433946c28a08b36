#: summary: Since when the host runs.
#: facts:
#:   boot_id: {type: string, doc: "Another one after each boot."}
#:   uptime: {type: integer, doc: "Seconds since it was booted."}
! first_line /proc/sys/kernel/random/boot_id || fact "=boot_id=$line"
! first_line /proc/uptime || fact "#uptime=${line%%.*}"
