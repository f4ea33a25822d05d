// Keys from files: what a line of configuration means, what is refused at load, and files that
// change under a running server.
#include "core/auth/keyset.hpp"

#include <filesystem>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::string why_not(const KeySource& source) {
  const auto loaded = Keyset::load({source});
  return loaded ? "it was loaded" : loaded.error().message;
}

KeySource secret_at(std::string path) { return {std::move(path), Algorithm::kHS256, "", false}; }

std::vector<std::string> ids_of(const std::vector<const Key*>& keys) {
  std::vector<std::string> ids;
  for (const Key* key : keys) {
    ids.push_back(key->id);
  }
  return ids;
}

}  // namespace

RS_TEST(algorithm_names_are_exact) {
  for (const char* name : {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384",
                           "ES512", "PS256", "PS384", "PS512", "EdDSA"}) {
    Algorithm algorithm{};
    RS_EXPECT(parse_algorithm(name, algorithm));
    RS_EXPECT_EQ(name_of(algorithm), name);
  }
  for (const char* name : {"", "none", "hs256", "HS256 ", "PS255", "eddsa"}) {
    Algorithm algorithm{};
    RS_EXPECT(!parse_algorithm(name, algorithm));
  }
}

RS_TEST(key_sources_are_read_as_documented) {
  const KeySource plain = RS_UNWRAP(parse_key_source("HS256:/etc/ringside/jwt.secret"));
  RS_EXPECT_EQ(plain.path, "/etc/ringside/jwt.secret");
  RS_EXPECT_EQ(plain.algorithm, Algorithm::kHS256);
  RS_EXPECT_EQ(plain.id, "");
  const KeySource named = RS_UNWRAP(parse_key_source("ES256:kid=2026:/etc/ringside/es.pem"));
  RS_EXPECT_EQ(named.algorithm, Algorithm::kES256);
  RS_EXPECT_EQ(named.id, "2026");
  RS_EXPECT_EQ(named.path, "/etc/ringside/es.pem");
  const KeySource set = RS_UNWRAP(parse_key_source("jwks:/etc/ringside/keys.json"));
  RS_EXPECT(set.is_jwk_set);
  RS_EXPECT_EQ(set.path, "/etc/ringside/keys.json");
}

RS_TEST(key_sources_that_mean_nothing_are_refused_and_quoted) {
  for (const char* text : {"", "/etc/key", "none:/etc/key", "hs256:/etc/key", "HS256:",
                           "HS256:kid=a", "HS256:kid=a:", "jwks:kid=a:/etc/key", "jwks:"}) {
    const auto source = parse_key_source(text);
    RS_EXPECT(!source);
    RS_EXPECT_CONTAINS(source.error().message, text);
  }
}

RS_TEST(a_secret_is_the_bytes_of_its_file_less_one_newline) {
  const TempDir dir;
  const std::string secret(kSecret);
  RS_EXPECT_EQ(
      RS_UNWRAP(Keyset::load({secret_at(dir.write("a", secret))}))->keys().front().material,
      secret);
  RS_EXPECT_EQ(
      RS_UNWRAP(Keyset::load({secret_at(dir.write("b", secret + "\n"))}))->keys().front().material,
      secret);
  RS_EXPECT_EQ(RS_UNWRAP(Keyset::load({secret_at(dir.write("c", secret + "\n\n"))}))
                   ->keys()
                   .front()
                   .material,
               secret + "\n");
  RS_EXPECT_EQ(
      RS_UNWRAP(Keyset::load({secret_at(dir.write("d", std::string(32, 'x')))}))->keys().size(), 1);
}

RS_TEST(secrets_that_are_none_are_refused) {
  const TempDir dir;
  RS_EXPECT_CONTAINS(why_not(secret_at(dir.write("short", std::string(31, 'x') + "\n"))),
                     "at least 32 bytes");
  RS_EXPECT_CONTAINS(why_not(secret_at(dir.write("empty", ""))), "at least 32 bytes");
  RS_EXPECT_CONTAINS(why_not(secret_at(dir / "absent")), "absent");
  RS_EXPECT_CONTAINS(why_not(secret_at(dir.path().string())), "Is a directory");
  RS_EXPECT_CONTAINS(why_not(secret_at(dir.write("pem", public_pem(make_rsa_key().get())))), "PEM");
  RS_EXPECT_CONTAINS(why_not(secret_at(dir.write("large", std::string((1U << 20U) + 1, 'x')))),
                     "1 MiB");
}

RS_TEST(a_key_file_has_at_most_1_mib) {
  const TempDir dir;
  const std::string path = dir.write("large", std::string(1U << 20U, 'x'));
  RS_EXPECT_EQ(RS_UNWRAP(Keyset::load({secret_at(path)}))->keys().front().material.size(),
               1U << 20U);
}

RS_TEST(a_set_of_keys_that_is_not_there_yet_is_read_when_it_comes) {
  const TempDir dir;
  const std::string secret = dir.write("secret", kSecret);
  const KeySource set{dir / "keys.json", Algorithm::kHS256, "", true};
  const auto file = RS_UNWRAP(KeysetFile::open({set, secret_at(secret)}));
  RS_EXPECT_EQ(file->current()->keys().size(), 1);
  RS_EXPECT(!file->refresh());
  dir.write("keys.json", R"({"keys":[{"kty":"oct","kid":"k","k":")" +
                             to_base64url(std::string(32, 'k')) + R"("}]})");
  RS_EXPECT(file->refresh());
  RS_EXPECT_EQ(file->current()->keys().size(), 2);
  RS_EXPECT_EQ(file->current()->keys()[0].material, std::string(32, 'k'));
  std::filesystem::remove(dir / "keys.json");
  RS_EXPECT(file->refresh());
  RS_EXPECT_EQ(file->current()->keys().size(), 1);
  RS_EXPECT(!KeysetFile::open({{secret + "/keys.json", Algorithm::kHS256, "", true}}));
}

RS_TEST(an_error_tells_nothing_of_the_secret) {
  const TempDir dir;
  RS_EXPECT_NOT_CONTAINS(why_not(secret_at(dir.write("short", "hunter2hunter2"))), "hunter2");
}

RS_TEST(public_keys_are_loaded_and_private_ones_refused) {
  const TempDir dir;
  const Pkey key = make_ec_key("P-256");
  const std::string path = dir.write("public.pem", public_pem(key.get()));
  const auto keys = RS_UNWRAP(Keyset::load({{path, Algorithm::kES256, "k1", false}}));
  RS_EXPECT_EQ(keys->keys().front().id, "k1");
  RS_EXPECT_CONTAINS(
      why_not({dir.write("private.pem", private_pem(key.get())), Algorithm::kES256, "", false}),
      "private key");
  RS_EXPECT_CONTAINS(why_not({path, Algorithm::kES384, "", false}), "ES384");
  RS_EXPECT_CONTAINS(why_not({path, Algorithm::kRS256, "", false}), "RSA");
}

RS_TEST(keys_are_found_by_their_id) {
  const auto key = [](const char* id) { return Key{id, Algorithm::kHS256, std::string(kSecret)}; };
  const Keyset several({key("a"), key("b"), key(""), key("b")});
  RS_EXPECT(ids_of(several.find("b")) == std::vector<std::string>({"b", "b"}));
  RS_EXPECT(ids_of(several.find("")) == std::vector<std::string>({""}));
  RS_EXPECT(several.find("c").empty());
  const Keyset only({key("a")});
  RS_EXPECT_EQ(only.find("").size(), 1);  // a token without kid: there is no other choice
  RS_EXPECT(only.find("b").empty());
  const Keyset nameless({key("")});
  RS_EXPECT_EQ(nameless.find("b").size(), 1);  // a key without id: a token may give it any
  RS_EXPECT_EQ(nameless.find("").size(), 1);
  const Keyset two({key(""), key("a")});
  RS_EXPECT(two.find("b").empty());
  RS_EXPECT(Keyset({}).find("").empty());
}

RS_TEST(a_changed_file_is_read_again_and_the_old_set_lives_on_for_who_holds_it) {
  const TempDir dir;
  const std::string path = dir.write("secret", kSecret);
  const auto file = RS_UNWRAP(KeysetFile::open({secret_at(path)}));
  const auto before = file->current();
  RS_EXPECT(!file->refresh());
  RS_EXPECT(file->current() == before);
  const std::string next(48, 'n');
  std::filesystem::rename(dir.write("secret.new", next), path);
  RS_EXPECT(file->refresh());
  RS_EXPECT_EQ(file->current()->keys().front().material, next);
  RS_EXPECT_EQ(before->keys().front().material, kSecret);
  RS_EXPECT(!file->refresh());
}

RS_TEST(a_broken_new_file_keeps_the_old_set_until_it_is_mended) {
  const TempDir dir;
  const std::string path = dir.write("secret", kSecret);
  const auto file = RS_UNWRAP(KeysetFile::open({secret_at(path)}));
  dir.write("secret", "too short");
  RS_EXPECT(!file->refresh());
  RS_EXPECT_EQ(file->current()->keys().front().material, kSecret);
  std::filesystem::remove(path);
  RS_EXPECT(!file->refresh());
  RS_EXPECT_EQ(file->current()->keys().front().material, kSecret);
  const std::string next(64, 'm');
  dir.write("secret", next);
  RS_EXPECT(file->refresh());
  RS_EXPECT_EQ(file->current()->keys().front().material, next);
}

RS_TEST(one_broken_file_of_several_keeps_the_whole_old_set) {
  const TempDir dir;
  const std::string a = dir.write("a", kSecret);
  const std::string b = dir.write("b", std::string(40, 'b'));
  const auto file = RS_UNWRAP(
      KeysetFile::open({{a, Algorithm::kHS256, "a", false}, {b, Algorithm::kHS512, "b", false}}));
  dir.write("a", std::string(50, 'a'));
  dir.write("b", "");
  RS_EXPECT(!file->refresh());
  RS_EXPECT_EQ(file->current()->keys()[0].material, kSecret);
  RS_EXPECT_EQ(file->current()->keys()[1].material, std::string(40, 'b'));
}

RS_TEST(opening_fails_when_a_file_is_not_there) {
  const TempDir dir;
  RS_EXPECT(!KeysetFile::open({secret_at(dir / "absent")}));
}
