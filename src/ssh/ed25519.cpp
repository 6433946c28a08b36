#include "ssh/ed25519.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <sodium.h>

#include <algorithm>
#include <array>

// A provider of OpenSSL, see provider(7), provider-keymgmt(7) and provider-signature(7): keys and signatures of
// Ed25519, and nothing else. All other algorithms stay those of the default provider, which comes after it.

namespace espresso {

namespace {

constexpr const char* provider_name = "espresso";
constexpr const char* provider_property = "provider=espresso";

struct Key {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key = {};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key =
      {};  ///< libsodium's: the seed, then the public key
  bool has_public = false;
  bool has_secret = false;

  Key() = default;
  Key(const Key&) = default;
  Key& operator=(const Key&) = delete;
  ~Key() { sodium_memzero(secret_key.data(), secret_key.size()); }
};

const Key& key_of(const void* data) { return *static_cast<const Key*>(data); }

void* new_key(void*) { return new Key; }
void free_key(void* key) { delete static_cast<Key*>(key); }
void* copy_key(const void* key, int) { return new Key(key_of(key)); }

int has_parts(const void* data, int selection) {
  const Key& key = key_of(data);
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && !key.has_secret) return 0;
  if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) && !key.has_public) return 0;
  return 1;
}

int are_equal(const void* one, const void* other, int selection) {
  if (!(selection & OSSL_KEYMGMT_SELECT_KEYPAIR)) return 1;
  const Key& a = key_of(one);
  const Key& b = key_of(other);
  return a.has_public && b.has_public && a.public_key == b.public_key;
}

/// The octets of a parameter, when there are just so many of them.
template <std::size_t Size>
const unsigned char* octets(const OSSL_PARAM params[], const char* name) {
  const void* data = nullptr;
  std::size_t size = 0;
  const OSSL_PARAM* param = OSSL_PARAM_locate_const(params, name);
  if (!param || !OSSL_PARAM_get_octet_string_ptr(param, &data, &size) || size != Size) return nullptr;
  return static_cast<const unsigned char*>(data);
}

int import_key(void* data, int selection, const OSSL_PARAM params[]) {
  Key& key = *static_cast<Key*>(data);
  if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) {
    if (const auto* seed = octets<crypto_sign_SEEDBYTES>(params, OSSL_PKEY_PARAM_PRIV_KEY)) {
      crypto_sign_seed_keypair(key.public_key.data(), key.secret_key.data(), seed);
      key.has_public = key.has_secret = true;
      return 1;
    }
  }
  const auto* bytes = octets<crypto_sign_PUBLICKEYBYTES>(params, OSSL_PKEY_PARAM_PUB_KEY);
  if (!bytes) return 0;
  std::copy_n(bytes, key.public_key.size(), key.public_key.begin());
  key.has_public = true;
  return 1;
}

const OSSL_PARAM* key_types(int) {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                     OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, nullptr, 0), OSSL_PARAM_END};
  return types;
}

// So that what others can do with such a key, such as writing it to a file, they still can.
int export_key(void* data, int selection, OSSL_CALLBACK* callback, void* argument) {
  Key& key = *static_cast<Key*>(data);
  if (!has_parts(data, selection)) return 0;
  OSSL_PARAM params[3] = {OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END};
  std::size_t count = 0;
  if (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY)
    params[count++] =
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key.public_key.data(), key.public_key.size());
  if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
    params[count++] =
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, key.secret_key.data(), crypto_sign_SEEDBYTES);
  return callback(params, argument);
}

int get_key_params(void* data, OSSL_PARAM params[]) {
  const Key& key = key_of(data);
  const auto set_int = [&](const char* name, int value) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    return !param || OSSL_PARAM_set_int(param, value);
  };
  const auto set_octets = [&](const char* name, const unsigned char* bytes, std::size_t size) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    return !param || OSSL_PARAM_set_octet_string(param, bytes, size);
  };
  // The message itself is signed, no digest of it.
  OSSL_PARAM* digest = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_MANDATORY_DIGEST);
  return set_int(OSSL_PKEY_PARAM_BITS, 256) && set_int(OSSL_PKEY_PARAM_SECURITY_BITS, 128) &&
         set_int(OSSL_PKEY_PARAM_MAX_SIZE, crypto_sign_BYTES) && (!digest || OSSL_PARAM_set_utf8_string(digest, "")) &&
         (!key.has_public || set_octets(OSSL_PKEY_PARAM_PUB_KEY, key.public_key.data(), key.public_key.size())) &&
         (!key.has_secret || set_octets(OSSL_PKEY_PARAM_PRIV_KEY, key.secret_key.data(), crypto_sign_SEEDBYTES));
}

const OSSL_PARAM* gettable_key_params(void*) {
  static const OSSL_PARAM types[] = {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
                                     OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
                                     OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
                                     OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
                                     OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                     OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, nullptr, 0),
                                     OSSL_PARAM_END};
  return types;
}

// A signature under way holds on to its key by itself: OpenSSL keeps the key as long as the context.
struct Signing {
  const Key* key = nullptr;
};

void* new_signing(void*, const char*) { return new Signing; }
void free_signing(void* signing) { delete static_cast<Signing*>(signing); }
void* copy_signing(void* signing) { return new Signing(*static_cast<Signing*>(signing)); }

int begin(void* data, const char* digest, void* key, const OSSL_PARAM[]) {
  if (digest && *digest) return 0;
  auto& signing = *static_cast<Signing*>(data);
  if (key) signing.key = static_cast<const Key*>(key);
  return signing.key != nullptr;
}

int sign(void* data, unsigned char* signature, std::size_t* size, std::size_t space, const unsigned char* message,
         std::size_t message_size) {
  const Key& key = *static_cast<Signing*>(data)->key;
  if (!key.has_secret) return 0;
  *size = crypto_sign_BYTES;
  if (!signature) return 1;
  if (space < crypto_sign_BYTES) return 0;
  return crypto_sign_detached(signature, nullptr, message, message_size, key.secret_key.data()) == 0;
}

int verify(void* data, const unsigned char* signature, std::size_t size, const unsigned char* message,
           std::size_t message_size) {
  const Key& key = *static_cast<Signing*>(data)->key;
  return key.has_public && size == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature, message, message_size, key.public_key.data()) == 0;
}

template <typename Function>
OSSL_DISPATCH entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

const OSSL_ALGORITHM* algorithms(void*, int operation, int* no_cache) {
  static const OSSL_DISPATCH keys[] = {entry(OSSL_FUNC_KEYMGMT_NEW, new_key),
                                       entry(OSSL_FUNC_KEYMGMT_FREE, free_key),
                                       entry(OSSL_FUNC_KEYMGMT_DUP, copy_key),
                                       entry(OSSL_FUNC_KEYMGMT_HAS, has_parts),
                                       entry(OSSL_FUNC_KEYMGMT_MATCH, are_equal),
                                       entry(OSSL_FUNC_KEYMGMT_IMPORT, import_key),
                                       entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),
                                       entry(OSSL_FUNC_KEYMGMT_EXPORT, export_key),
                                       entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),
                                       entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_key_params),
                                       entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_key_params),
                                       {0, nullptr}};
  static const OSSL_DISPATCH signatures[] = {
      entry(OSSL_FUNC_SIGNATURE_NEWCTX, new_signing),   entry(OSSL_FUNC_SIGNATURE_FREECTX, free_signing),
      entry(OSSL_FUNC_SIGNATURE_DUPCTX, copy_signing),  entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin),
      entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign),     entry(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, begin),
      entry(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, verify), {0, nullptr}};
  static const OSSL_ALGORITHM key_algorithms[] = {{"ED25519:1.3.101.112", provider_property, keys, nullptr},
                                                  {nullptr, nullptr, nullptr, nullptr}};
  static const OSSL_ALGORITHM signature_algorithms[] = {{"ED25519:1.3.101.112", provider_property, signatures, nullptr},
                                                        {nullptr, nullptr, nullptr, nullptr}};
  *no_cache = 0;
  switch (operation) {
    case OSSL_OP_KEYMGMT:
      return key_algorithms;
    case OSSL_OP_SIGNATURE:
      return signature_algorithms;
    default:
      return nullptr;
  }
}

int begin_provider(const OSSL_CORE_HANDLE* core, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
                   void** context) {
  static const OSSL_DISPATCH own[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, algorithms), {0, nullptr}};
  *functions = own;
  *context = const_cast<OSSL_CORE_HANDLE*>(core);
  return 1;
}

/// Loaded for as long as the process lasts; null where it cannot be had.
OSSL_PROVIDER* load() {
  // In FIPS mode the algorithms are those of a module that was tested as a whole.
  if (EVP_default_properties_is_fips_enabled(nullptr) || sodium_init() < 0) return nullptr;
  if (!OSSL_PROVIDER_add_builtin(nullptr, provider_name, begin_provider)) return nullptr;
  // The default provider stays what is fallen back on.
  OSSL_PROVIDER* provider = OSSL_PROVIDER_try_load(nullptr, provider_name, 1);
  if (provider) EVP_set_default_properties(nullptr, "?provider=espresso");
  return provider;
}

}  // namespace

bool use_faster_ed25519() {
  static const OSSL_PROVIDER* const provider = load();
  return provider != nullptr;
}

}  // namespace espresso
