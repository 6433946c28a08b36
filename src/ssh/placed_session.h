#pragma once

#include "ssh/session.h"
#include "ssh/workers.h"

#include <memory>

namespace espresso {

/// A session that lives at `place`, for use on the workers' own executor: each call goes there and comes back. What is
/// written must stay until write() has returned, also when nobody waits for that any more.
std::unique_ptr<Session> place_session(std::shared_ptr<Workers> workers, asio::any_io_executor place,
                                       std::shared_ptr<Session> session);

}  // namespace espresso
