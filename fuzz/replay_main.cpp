// Stands in for libFuzzer where there is none: each file of the corpus, then mutations of them by a
// generator with a fixed seed, so that a failure is found again. `NAME_fuzz FILE...` runs single
// inputs.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace {

constexpr int kMutations = 4000;
constexpr std::size_t kMaxBytes = 4096;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run(const std::string& input) {
  // A copy of exactly this size: AddressSanitizer then sees a read after its end.
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string mutated(const std::vector<std::string>& corpus, std::mt19937_64& random) {
  constexpr std::string_view kTelling("\"\\{}[]:,=.-+&%|#@\0\n 0e\xC3\xFF", 24);
  std::string input = corpus[random() % corpus.size()];
  for (std::size_t n = 1 + random() % 4; n != 0; --n) {
    const std::size_t at = random() % (input.size() + 1);
    switch (random() % 5) {
      case 0:
        input.insert(at, 1, kTelling[random() % kTelling.size()]);
        break;
      case 1:
        input.erase(at, 1 + random() % 8);
        break;
      case 2:
        if (at < input.size()) {
          input[at] = static_cast<char>(random());
        }
        break;
      case 3: {  // a piece of another
        const std::string& other = corpus[random() % corpus.size()];
        const std::size_t from = random() % (other.size() + 1);
        input.insert(at, other, from, random() % 32);
        break;
      }
      default:
        input.insert(at, input.substr(at, random() % 16));
    }
  }
  input.resize(std::min(input.size(), kMaxBytes));
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> corpus;
  bool mutate = false;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      corpus.push_back(content_of(argv[i]));
      continue;
    }
    mutate = true;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      corpus.push_back(content_of(file));
    }
  }
  if (corpus.empty()) {
    std::fputs("usage: NAME_fuzz CORPUS-DIRECTORY|FILE...\n", stderr);
    return 2;
  }
  run("");
  std::for_each(corpus.begin(), corpus.end(), run);
  std::mt19937_64 random(20'260'101);
  for (int i = 0; mutate && i < kMutations; ++i) {
    run(mutated(corpus, random));
  }
  return 0;
}
