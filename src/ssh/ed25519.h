#pragma once

namespace espresso {

/// From now on OpenSSL signs and verifies Ed25519 (RFC 8032) through libsodium, in this whole process: libssh verifies
/// a host's key and signs with the user's in every handshake, which takes OpenSSL 3.0 more CPU than all else in it
/// together. May be called again, and by any thread. False where that cannot be had (OpenSSL in FIPS mode): all stays
/// as it is.
bool use_faster_ed25519();

}  // namespace espresso
