// What LeakSanitizer must not tell of: leaks of libssh's own.

#ifdef __SANITIZE_ADDRESS__

/// Where an agent refuses to sign, libssh 0.10 forgets the buffer of its request.
extern "C" const char* __lsan_default_suppressions() { return "leak:ssh_buffer_new\n"; }

#endif
