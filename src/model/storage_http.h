#pragma once

#include "model/http_client.h"
#include "model/storage_remote.h"

#include <memory>
#include <string>

namespace espresso {

/// What a web server has below a URL. `url` may hold a user, a password and a query, which all requests carry.
/// Throws Error when it is none.
std::unique_ptr<Storage> open_http_storage(const std::string& url, HttpSettings http, RemoteSettings remote);

}  // namespace espresso
