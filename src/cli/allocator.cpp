// Linked into the program alone, with jemalloc: a run on many hosts allocates little things for each of them all the
// time, and comes back to each after all the others. With glibc's allocator that took an eighth more CPU on 1000 hosts.

extern "C" {
// jemalloc(3), TUNING. Huge pages: what belongs to a thousand hosts is spread over more small ones than the CPU's
// address cache knows.
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:auto";
}
