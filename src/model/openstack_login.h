#pragma once

#include "model/http_client.h"

#include <string>

namespace espresso {

/// Who asks an OpenStack, and where one logs in there.
struct OpenstackLogin {
  std::string auth_url = {};  ///< of Keystone's version 3 (https://HOST/v3), or of version 1 (https://HOST/auth/v1.0)
  std::string user = {};
  std::string password = {};  ///< of the user; of the application credential where there is one
  std::string project = {};   ///< its name
  std::string project_id = {};
  std::string user_domain = {};  ///< the names of domains
  std::string project_domain = {};
  std::string application_credential = {};  ///< its id; it stands for a user and a project
  std::string region = {};                  ///< where there are several
  std::string interface = {};               ///< "public" unless it says otherwise
};

/// What is empty, from where the openstack tools and `swift` look: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD,
/// OS_PROJECT_NAME, OS_PROJECT_ID, OS_USER_DOMAIN_NAME, OS_PROJECT_DOMAIN_NAME, OS_REGION_NAME, OS_INTERFACE,
/// OS_APPLICATION_CREDENTIAL_ID, OS_APPLICATION_CREDENTIAL_SECRET; ST_AUTH, ST_USER, ST_KEY.
OpenstackLogin with_environment(OpenstackLogin login);

/// What a login gives.
struct OpenstackAccess {
  std::string token;
  std::string storage_url;  ///< of the account; empty when the login names none
};

/// Logs in as auth_url says: version 1 where its path ends with "/v1" or "/v1.0", else Keystone's version 3
/// ("Authentication and token management" of the Identity API). Throws Error; HttpTrouble where another attempt may
/// help.
OpenstackAccess log_in(HttpClient& client, const OpenstackLogin& login);

}  // namespace espresso
