#include "core/proto/media_type.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(each_form_is_chosen_by_its_name_in_any_case) {
  RS_EXPECT(choose_media_type("text/event-stream") == MediaType::kEventStream);
  RS_EXPECT(choose_media_type("Application/X-NDJSON") == MediaType::kJsonLines);
  RS_EXPECT(choose_media_type("application/json; charset=utf-8") == MediaType::kJson);
  for (const MediaType type : {MediaType::kEventStream, MediaType::kJsonLines, MediaType::kJson}) {
    RS_EXPECT(choose_media_type(name_of(type)) == type);
  }
}

RS_TEST(wildcards_and_other_types_ask_for_no_stream) {
  for (const std::string_view accept :
       {"", "*/*", "text/*", "application/*", "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/jsonx", "xapplication/json", ",,;;,", ";q=1"}) {
    RS_EXPECT(!choose_media_type(accept));
  }
}

RS_TEST(the_weight_decides_and_then_the_order) {
  RS_EXPECT(choose_media_type("application/json;q=0.5, text/event-stream;q=0.9") ==
            MediaType::kEventStream);
  RS_EXPECT(choose_media_type("application/json;q=0.501, text/event-stream;q=0.5") ==
            MediaType::kJson);
  RS_EXPECT(choose_media_type("application/x-ndjson, application/json") == MediaType::kJsonLines);
  RS_EXPECT(choose_media_type("application/json ; level=1 ; Q=0.1 , text/event-stream ;q=0.2") ==
            MediaType::kEventStream);
}

RS_TEST(a_weight_of_zero_refuses) {
  RS_EXPECT(!choose_media_type("application/json;q=0"));
  RS_EXPECT(!choose_media_type("application/json;q=0.000"));
  RS_EXPECT(choose_media_type("application/json;q=0.001") == MediaType::kJson);
}

RS_TEST(what_is_no_weight_counts_as_the_full_one) {
  RS_EXPECT(choose_media_type("application/json;q=, text/event-stream;q=0.9") == MediaType::kJson);
  RS_EXPECT(choose_media_type("application/json;q=x, text/event-stream;q=0.9") == MediaType::kJson);
  RS_EXPECT(choose_media_type("application/json;q=0.x, text/event-stream;q=0.9") ==
            MediaType::kJson);
  RS_EXPECT(choose_media_type("application/json;q=1.5, text/event-stream") == MediaType::kJson);
}

RS_TEST(gzip_is_taken_when_it_is_named_or_everything_is) {
  RS_EXPECT(accepts_gzip("gzip"));
  RS_EXPECT(accepts_gzip("deflate, GZIP;q=0.5, br"));
  RS_EXPECT(accepts_gzip("*"));
  RS_EXPECT(!accepts_gzip(""));
  RS_EXPECT(!accepts_gzip("br, deflate"));
  RS_EXPECT(!accepts_gzip("gzip;q=0, *"));
  RS_EXPECT(!accepts_gzip("*;q=0"));
}
