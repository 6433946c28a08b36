#: summary: The kernel and the machine it is made for.
#: facts:
#:   kernel: {type: string, doc: "Release of the kernel: 6.1.0-18-amd64."}
#:   arch: {type: string, doc: "What uname -m says: x86_64, aarch64."}
first_line /proc/sys/kernel/osrelease || line=$(uname -r)
fact "=kernel=$line"
first_line /proc/sys/kernel/arch || line=$(uname -m)
fact "=arch=$line"
