// Which requests with events are taken, and why others are not.
#include "module/ingest_admission.hpp"

#include "tests/unit/module/module_fixture.hpp"

namespace {

using namespace ringside;
using test::ModuleFixture;

IngestHead head_of(const ModuleFixture& f, const std::string& role = "producer") {
  IngestHead head;
  head.host = "localhost";
  head.authorization = "Bearer " + f.token("ci", role, std::chrono::seconds(60));
  head.content_type = "application/x-ndjson";
  return head;
}

HttpError refused(ModuleFixture& f, const IngestHead& head, IngestKind kind = IngestKind::kEvents) {
  const IngestDecision decision = decide_ingest(kind, head, f.vhost.get(), "");
  RS_EXPECT(std::holds_alternative<Refusal>(decision));
  return std::get<Refusal>(decision).error;
}

RS_TEST(a_good_request_is_taken_with_its_forms) {
  ModuleFixture f;
  IngestHead head = head_of(f);
  head.content_encoding = "gzip";
  head.idempotency_key = "k";
  head.has_length = false;
  head.is_chunked = true;
  head.address = "192.0.2.7";
  const IngestDecision decision = decide_ingest(IngestKind::kEvents, head, f.vhost.get(), "");
  const auto& admission = std::get<IngestAdmission>(decision);
  RS_EXPECT(admission.form == BodyForm::kLines);
  RS_EXPECT(admission.is_gzip);
  RS_EXPECT(admission.is_chunked);
  RS_EXPECT_EQ(admission.key, "k");
  RS_EXPECT_EQ(admission.identity.user, "ci");
  RS_EXPECT_EQ(admission.address, "192.0.2.7");
  RS_EXPECT(admission.place != nullptr);
}

RS_TEST(each_fault_of_the_head_has_its_error) {
  ModuleFixture f;
  const auto with = [&](auto change) {
    IngestHead head = head_of(f);
    change(head);
    return refused(f, head);
  };
  RS_EXPECT(with([](IngestHead& h) { h.over_http2 = true; }) == HttpError::kHttp2Unsupported);
  RS_EXPECT(with([](IngestHead& h) { h.origin = "https://evil.example"; }) ==
            HttpError::kOriginNotAllowed);
  RS_EXPECT(with([](IngestHead& h) { h.is_post = false; }) == HttpError::kMethodNotAllowed);
  RS_EXPECT(with([](IngestHead& h) { h.has_length = false; }) == HttpError::kLengthRequired);
  RS_EXPECT(with([](IngestHead& h) { h.content_type = "text/xml"; }) ==
            HttpError::kUnsupportedMediaType);
  RS_EXPECT(with([](IngestHead& h) { h.content_encoding = "br"; }) ==
            HttpError::kUnsupportedMediaType);
  RS_EXPECT(with([](IngestHead& h) { h.idempotency_key = "a b"; }) == HttpError::kBadRequest);
  RS_EXPECT(with([](IngestHead& h) { h.unknown_parameter = "level"; }) == HttpError::kBadParameter);
  RS_EXPECT(with([](IngestHead& h) { h.token = "x"; }) == HttpError::kBadParameter);
  RS_EXPECT(with([](IngestHead& h) { h.authorization = ""; }) == HttpError::kUnauthenticated);
  RS_EXPECT(with([](IngestHead& h) { h.authorization += "x"; }) == HttpError::kUnauthenticated);
}

RS_TEST(the_role_decides_and_it_is_configuration) {
  ModuleFixture f;
  RS_EXPECT(refused(f, head_of(f, "admin")) == HttpError::kForbidden);
  RS_EXPECT(refused(f, head_of(f, "")) == HttpError::kForbidden);
  ModuleFixture other(test::Settings{{"producer-roles", "ci|robot"}});
  RS_EXPECT(refused(other, head_of(other, "producer")) == HttpError::kForbidden);
  RS_EXPECT(std::holds_alternative<IngestAdmission>(
      decide_ingest(IngestKind::kEvents, head_of(other, "robot"), other.vhost.get(), "")));
  ModuleFixture closed(test::Settings{{"producer-roles", ""}});
  RS_EXPECT(refused(closed, head_of(closed, "")) == HttpError::kForbidden);
}

RS_TEST(an_expired_token_is_401) {
  ModuleFixture f;
  const IngestHead head = head_of(f);
  f.clock.advance(std::chrono::hours(1));
  RS_EXPECT(refused(f, head) == HttpError::kUnauthenticated);
}

RS_TEST(places_are_limited_for_each_user_and_given_back) {
  ModuleFixture f(test::Settings{{"limit-ingests-per-user", "1"}});
  {
    const IngestDecision first = decide_ingest(IngestKind::kEvents, head_of(f), f.vhost.get(), "");
    RS_EXPECT(refused(f, head_of(f)) == HttpError::kTooManyConnections);
  }
  RS_EXPECT(std::holds_alternative<IngestAdmission>(
      decide_ingest(IngestKind::kEvents, head_of(f), f.vhost.get(), "")));
}

RS_TEST(a_vhost_that_is_not_served_says_why) {
  const IngestDecision decision = decide_ingest(IngestKind::kEvents, {}, nullptr, "keys: none");
  RS_EXPECT(std::get<Refusal>(decision).error == HttpError::kMisconfigured);
  RS_EXPECT_EQ(std::get<Refusal>(decision).message, "keys: none");
}

}  // namespace
