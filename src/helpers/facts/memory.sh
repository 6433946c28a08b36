#: summary: Memory, in bytes.
#: facts:
#:   memory.total: {type: integer, doc: "All that the kernel can use."}
#:   memory.free: {type: integer, doc: "What is not used for anything, not even as a cache."}
#:   memory.available: {type: integer, doc: "What programs could still get."}
#:   memory.swap_total: {type: integer, doc: "Size of swap; 0 without any."}
#:   memory.swap_free: {type: integer, doc: "What of it is not used."}
if [ -r /proc/meminfo ]; then
  while read -r key size line; do
    case $key in
      MemTotal:) fact .memory "ktotal=$size" ;;
      MemFree:) fact .memory "kfree=$size" ;;
      MemAvailable:) fact .memory "kavailable=$size" ;;
      SwapTotal:) fact .memory "kswap_total=$size" ;;
      SwapFree:) fact .memory "kswap_free=$size" && break ;;
    esac
  done </proc/meminfo
fi
