#pragma once

#include "model/http_client.h"
#include "model/openstack_login.h"
#include "model/storage_remote.h"

#include <memory>
#include <string>

namespace espresso {

/// What lies in a container of OpenStack Swift below a prefix: swift://CONTAINER/PREFIX. What `login` leaves out comes
/// from the environment. `endpoint`: the URL of the account (https://HOST/v1/AUTH_ID) instead of what the login says;
/// may be empty. Throws Error when the URL or the endpoint is none.
std::unique_ptr<Storage> open_swift_storage(const std::string& url, OpenstackLogin login, const std::string& endpoint,
                                            HttpSettings http, RemoteSettings remote);

}  // namespace espresso
