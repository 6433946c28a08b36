#pragma once

#include "model/http_client.h"
#include "model/storage_remote.h"

#include <string>

namespace espresso {

/// What an answer of a server says of an object: 200, 206 and 304; all others are `missing`.
ObjectSource::Answer object_answer(const HttpAnswer& answer);

/// Throws HttpTrouble when a 206 holds another part than the one from `offset` on.
void check_range(const std::string& url, const HttpAnswer& answer, std::uint64_t offset);

/// GET of an object from a store that knows If-Match: `http` says where it is and who asks. What is here already is
/// gone on with only while it is of the same version; else the object begins anew. For other answers than 200, 206 and
/// 304, see HttpAnswer::text. Throws HttpTrouble.
HttpAnswer get_object(HttpClient& client, HttpClient::Request http, const ObjectSource::Request& request,
                      const ObjectSource::Body& body);

/// Whether a server that answered so may answer otherwise soon.
bool may_pass(int status);

}  // namespace espresso
