// How clients come, go, and change their minds.
#include <fmt/format.h>

#include <stdexcept>

#include "core/auth/token.hpp"
#include "tests/sim/world.hpp"

namespace ringside::sim {
namespace {

constexpr const char* kRoles[] = {"admin", "developer", "viewer", "team"};
// Compression takes most of the time, so few have it.
constexpr Wire kWires[] = {
    Wire::kWebSocket,   Wire::kWebSocket,   Wire::kWebSocket,   Wire::kWebSocket,
    Wire::kWebSocket,   Wire::kWebSocket,   Wire::kWebSocket,   Wire::kDeflate,
    Wire::kEventStream, Wire::kEventStream, Wire::kEventStream, Wire::kEventStreamGzip,
    Wire::kJsonLines,   Wire::kJsonLines,   Wire::kJsonLines,   Wire::kJsonLinesGzip};
constexpr const char* kUsers[] = {"ann", "bob", "cid", "dee"};

}  // namespace

// One half of the tokens have no filter.
std::set<int> World::random_rows() {
  return dice_.one_in(2)
             ? std::set<int>{}
             : std::set<int>{static_cast<int>(dice_.below(4)), static_cast<int>(dice_.below(4))};
}

std::string World::token(const std::string& user, const Wish& wish) const {
  const std::int64_t now = to_ns(clock_.wall_now()) / 1'000'000'000;
  Json claims = Json::object();
  claims.set("sub", user).set("role", wish.role).set("iat", now).set("exp", now + 3600);
  if (!wish.rows.empty()) {
    Json colors = Json::array();
    for (const int color : wish.rows) {
      colors.append(std::to_string(color));
    }
    claims.set("filter", Json::object().set("color", colors));
  }
  return World::unwrap(make_token(Key{"", Algorithm::kHS256, World::kSecret}, claims));
}

Encoding& World::encoding_of(Wire wire) {
  if (is_websocket(wire)) {
    return hub_->websocket(wire == Wire::kDeflate);
  }
  return hub_->encoding_of(is_event_stream(wire) ? MediaType::kEventStream : MediaType::kJsonLines,
                           is_gzip(wire));
}

Viewer& World::add_viewer(const std::string& user, Wish wish, Arrival arrival, bool rate_limited) {
  const Wire wire = arrival.wire;
  UpgradeRequest request;
  request.path = info_of(arrival.endpoint).path;
  request.arguments = arrival.arguments;
  request.address = "127.0.0.1";
  const bool first_message = is_websocket(wire) && dice_.one_in(4);
  const std::string key = token(user, wish);
  if (!first_message) {
    request.arguments.emplace_back("token", key);
  }
  if (arrival.tail != 0) {
    request.arguments.emplace_back("tail", std::to_string(arrival.tail));
  }
  if (is_event_stream(wire)) {
    request.last_event_id = arrival.resume_at;
  } else if (!arrival.resume_at.empty()) {
    request.arguments.emplace_back("since", arrival.resume_at);
  }
  const MediaType type = is_event_stream(wire) ? MediaType::kEventStream : MediaType::kJsonLines;
  auto decision = is_websocket(wire) ? decide_upgrade(request, vhost_.get(), {})
                                     : decide_stream(request, type, vhost_.get(), {});
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    throw std::runtime_error("refused: " + refusal->message);
  }
  viewers_.push_back(
      std::make_unique<Viewer>(log_, *ids_, user, std::move(wish), std::move(arrival)));
  Viewer& viewer = *viewers_.back();
  viewer.rate_limited = rate_limited;
  for (const auto& [name, value] : viewer.arrival.arguments) {
    viewer.remember("with", name + "=" + value);
  }
  expect_arrival(viewer);
  viewer.socket.room = 512 + dice_.below(16'384);
  viewer.session = std::make_unique<Session>(
      viewer.socket, *vhost_, std::get<Admission>(std::move(decision)), encoding_of(wire));
  viewer.session->start();
  if (first_message) {
    // In pieces, as a message may come.
    const std::string message = R"({"type":"auth","token":")" + key + "\"}";
    const std::size_t cut = dice_.below(message.size());
    viewer.session->on_receive(std::string_view(message).substr(0, cut), false, false);
    viewer.session->on_receive(std::string_view(message).substr(cut), false, true);
  }
  return viewer;
}

void World::expect_arrival(Viewer& viewer) {
  const Arrival& arrival = viewer.arrival;
  if (!is_websocket(arrival.wire) && !is_event_stream(arrival.wire)) {
    viewer.expect_no_welcome();
  }
  if (arrival.tail != 0) {
    viewer.expect_tail(arrival.tail);
  } else if (const auto id = parse_event_id(arrival.resume_at)) {
    viewer.remember("with", "since=" + arrival.resume_at);
    const bool same_epoch = id->epoch == writer_->epoch();
    const Seq seq = HiddenIds::is_hidden(id->seq) ? ids_->reveal(id->seq) : id->seq;
    viewer.expect_replay(same_epoch ? seq.value : 0, same_epoch);
  }
}

void World::connect() {
  const std::string user = fmt::format("{}{}", dice_.pick(kUsers), n_revoked_);
  Wish wish;
  wish.role = dice_.pick(kRoles);
  wish.rows = random_rows();
  Arrival arrival;
  arrival.wire = dice_.pick(kWires);
  arrival.arguments.emplace_back("batch_size", std::to_string(dice_.between(1, 12)));
  bool rate_limited = false;
  switch (dice_.below(6)) {
    case 0:
      arrival.arguments.emplace_back("flush_ms", std::to_string(dice_.between(1, 300)));
      break;
    case 1:
      arrival.arguments.emplace_back("max_rate", std::to_string(dice_.between(1, 40)));
      rate_limited = true;
      break;
    case 2:
      arrival.endpoint = Endpoint::kLogs;
      wish.all = false;
      wish.types = {{"LogEntry", {}}};
      arrival.tail = static_cast<unsigned>(dice_.between(1, 30));
      break;
    case 3:
      wish.all_colors = {static_cast<int>(dice_.below(4))};
      arrival.arguments.emplace_back("filter.color", std::to_string(*wish.all_colors.begin()));
      break;
    default:
      break;
  }
  add_viewer(user, std::move(wish), std::move(arrival), rate_limited);
}

void World::disconnect(std::size_t i) {
  Viewer& viewer = *viewers_[i];
  if (viewer.socket.closed_by_server && !is_websocket(viewer.arrival.wire) &&
      !viewer.socket.broken && viewer.violation().empty()) {
    viewer.socket.end_stream(encoding_of(viewer.arrival.wire));
    viewer.check_end();
  }
  if (violation_.empty() && !viewer.violation().empty()) {
    violation_ = viewer.violation() + "\n" + viewer.story();
  }
  n_received_by_gone_ += viewer.n_received();
  digest_ = digest_ * 31 + viewer.socket.digest();
  viewer.session->on_closed(dice_.one_in(2) ? 1000 : 1006);
  viewer.session.reset();
  viewers_.erase(viewers_.begin() + static_cast<std::ptrdiff_t>(i));
}

// The client of a stream over plain HTTP loses its connection, and continues where it was.
void World::come_back(std::size_t i) {
  const Viewer& gone = *viewers_[i];
  if (!gone.welcomed() || gone.awaits_epoch() || gone.socket.closed_by_server || gone.socket.dead ||
      gone.socket.broken) {
    return;
  }
  const std::string user = gone.user();
  Wish wish = gone.wish();
  const bool rate_limited = gone.rate_limited;
  Arrival arrival = gone.arrival;
  arrival.tail = 0;
  arrival.resume_at = gone.socket.reader.last_id();
  disconnect(i);
  add_viewer(user, std::move(wish), std::move(arrival), rate_limited);
}

void World::bury_closed() {
  for (std::size_t i = viewers_.size(); i-- > 0;) {
    if (viewers_[i]->socket.closed_by_server || viewers_[i]->session->closing()) {
      disconnect(i);
    }
  }
}

void World::read_some(Viewer& viewer, std::size_t n_bytes) {
  if (viewer.socket.drain(n_bytes) && !viewer.socket.closed_by_server) {
    viewer.session->on_writable();
  }
  if (viewer.socket.take_pong()) {
    viewer.session->on_pong();
  }
}

// Several ping intervals, in which everybody who is alive reads a little, some very slowly.
void World::let_much_time_pass() {
  for (std::chrono::nanoseconds passed{0}; passed < 4 * kPingInterval;
       passed += std::chrono::seconds(1)) {
    for (auto& viewer : viewers_) {
      read_some(*viewer, dice_.one_in(2) ? 1 + dice_.below(100) : dice_.below(6000));
    }
    let_time_pass(std::chrono::seconds(1));
    check_all();
  }
}

// A dead client is cut off at the third look at it: the first may still find what moved before it died.
void World::check_dead() {
  for (const auto& viewer : viewers_) {
    const auto dead_for = clock_.mono_now() - viewer->died_at;
    if (viewer->socket.dead && dead_for > 3 * kPingInterval + 2 * Hub::kTick &&
        violation_.empty()) {
      violation_ = viewer->user() + ": dead for too long\n" + viewer->story();
    }
  }
}

// --- what clients do

Wish World::random_wish(const Wish& now) {
  Wish wish;
  wish.role = now.role;
  wish.rows = now.rows;
  if (dice_.one_in(2)) {
    wish.all_colors = {static_cast<int>(dice_.below(4)), static_cast<int>(dice_.below(4))};
  }
  wish.only_warm = dice_.one_in(6);
  return wish;
}

std::string World::subscribe_text(const Wish& wish, const std::string& since) const {
  Json filters = Json::object();
  if (!wish.all_colors.empty()) {
    Json colors = Json::array();
    for (const int color : wish.all_colors) {
      colors.append(std::to_string(color));  // a filter reads the number in a string
    }
    filters.set("color", colors);
  }
  if (wish.only_warm) {
    filters.set("data.warm", true);
  }
  if (!since.empty()) {
    filters.set("since", since);
  }
  return fmt::format(R"({{"type":"subscribe","events":["*"],"filters":{}}})", filters.dump());
}

void World::change_view(Viewer& viewer) {
  Wish wish = random_wish(viewer.wish());
  const std::string text = subscribe_text(wish, {});
  viewer.change_view(std::move(wish), text);
}

void World::renew(Viewer& viewer) {
  Wish wish = viewer.wish();
  wish.role = dice_.pick(kRoles);
  wish.rows = random_rows();
  const std::string text = R"({"type":"auth","token":")" + token(viewer.user(), wish) + "\"}";
  viewer.is_renewed = true;
  viewer.change_view(std::move(wish), text);
}

void World::replay(Viewer& viewer) {
  const bool same_epoch = !dice_.one_in(8);
  const std::uint64_t after =
      log_.head() - dice_.below(std::min<std::uint64_t>(log_.head(), 1500) + 1);
  Wish wish = random_wish(viewer.wish());
  const std::string text = subscribe_text(
      wish, same_epoch ? id_of(after, wish) : old_epoch_ + ":" + std::to_string(after));
  viewer.replay_from(after, same_epoch, std::move(wish), text);
}

void World::debug(Viewer& viewer) {
  switch (dice_.below(5)) {
    case 0:
      viewer.pause();
      break;
    case 1:
      viewer.step(static_cast<unsigned>(dice_.between(1, 20)));
      break;
    case 2:
      viewer.seek(
          id_of(std::max<std::uint64_t>(
                    1, log_.head() - dice_.below(std::min<std::uint64_t>(log_.head(), 300) + 1)),
                viewer.wish()));
      break;
    default:
      viewer.resume();
      break;
  }
}

void World::act(Viewer& viewer) {
  if (!viewer.welcomed() || viewer.rate_limited || viewer.awaits_epoch() ||
      viewer.awaits_answer() || viewer.replaying() || viewer.socket.closed_by_server ||
      viewer.socket.dead) {
    return;
  }
  switch (dice_.below(6)) {
    case 0:
    case 1:
      change_view(viewer);
      break;
    case 2:
      renew(viewer);
      break;
    case 3:
      if (!viewer.paused()) {
        replay(viewer);
      }
      break;
    default:
      debug(viewer);
      break;
  }
}

void World::revoke() {
  if (viewers_.empty()) {
    return;
  }
  // Names are not used again: a token of the same second would be revoked too.
  (void)hub_->control()->revoke(RevocationKind::kUser,
                                viewers_[dice_.below(viewers_.size())]->user());
  ++n_revoked_;
  let_time_pass(Hub::kTick);
  bury_closed();
}

}  // namespace ringside::sim
