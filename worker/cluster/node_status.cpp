// What a node says of itself.
#include "worker/cluster/node.hpp"

namespace ringside::cluster {

ClusterStatus Node::status() const {
  ClusterStatus status;
  status.state = state_;
  status.head = follower_.position().end;
  status.behind =
      known_last_ > follower_.position().number ? known_last_ - follower_.position().number : 0;
  status.current = current_;
  status.changed = changed_;
  status.node = options_.name;
  status.reason = reason_;
  return status;
}

}  // namespace ringside::cluster
