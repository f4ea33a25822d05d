// Looks for the costliest inputs: of each kind it keeps those that take the most steps for a byte,
// and changes them, again and again. A generator with a fixed seed decides, and steps are counted, so every
// run finds the same. `cost_fuzz CORPUS-DIRECTORY [ROUNDS]` says the costliest of each kind, and
// fails when one is beyond its bound, or when eight times of it cost much more than eight times as
// much: then the cost is not proportional to the input.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "fuzz/cost_fuzz.hpp"
#include "fuzz/fuzz.hpp"

namespace {

using ringside::fuzz::Cost;
using ringside::fuzz::cost_of;

constexpr int kRounds = 1500;
constexpr std::size_t kKept = 16;
constexpr std::size_t kMaxBytes = 4096;
constexpr int kTimes = 8;
constexpr std::uint64_t kLeastSteps = 2000;

struct Candidate {
  std::string input;
  Cost cost;
  [[nodiscard]] double share() const {
    return static_cast<double>(cost.steps) / static_cast<double>(cost.allowed + 1);
  }
};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (text.ends_with('\n')) {  // of the file, not of the input
    text.pop_back();
  }
  return text;
}

// The same kind of input, with eight times as much to look at.
std::string eightfold(const std::string& input) {
  const std::size_t line_feed = input.front() == 'f' ? input.find('\n') : std::string::npos;
  const bool is_json = input.front() == 'j';
  const std::size_t head = line_feed == std::string::npos ? 1 : line_feed + 1;
  std::string out = input.substr(0, head) + (is_json ? "{\"a\":[" : "");
  for (int i = 0; i < kTimes; ++i) {
    out += (is_json && i != 0 ? "," : "") + input.substr(head);
  }
  return out + (is_json ? "]}" : "");
}

bool is_proportional(const Candidate& candidate) {
  const Cost more = cost_of(eightfold(candidate.input));
  const std::uint64_t least = kLeastSteps + candidate.cost.steps;
  if (more.steps <= kTimes * least / 2 * 3) {
    return true;
  }
  std::printf("%llu steps, and %llu for %d times as much\n",
              static_cast<unsigned long long>(candidate.cost.steps),
              static_cast<unsigned long long>(more.steps), kTimes);
  return false;
}

std::string changed(const std::string& from, const std::string& other, std::mt19937_64& random) {
  constexpr std::string_view kTelling("\"\\{}[]:,=.-+&%|#@\0\n 0eAuthToken_\xC3\xFF", 33);
  std::string input = from;
  for (std::size_t n = 1 + random() % 3; n != 0; --n) {
    const std::size_t at = 1 + random() % input.size();
    const std::size_t length = 1 + random() % 32;
    switch (random() % 6) {
      case 0:
        input.insert(at, 1, kTelling[random() % kTelling.size()]);
        break;
      case 1:
        input.erase(at, length);
        break;
      case 2:
        input.insert(at, other, random() % other.size(), length);
        break;
      case 3:  // what costs much once may cost more when it comes often
        for (std::string piece = input.substr(at, length);
             !piece.empty() && input.size() < kMaxBytes && random() % 64 != 0;) {
          input.insert(at, piece);
        }
        break;
      case 4:
        if (at < input.size()) {
          input[at] = static_cast<char>(random());
        }
        break;
      default:
        input.insert(at, input.substr(at, input.size()));
    }
  }
  input.resize(std::min(input.size(), kMaxBytes));
  return input;
}

void keep_the_costliest(std::vector<Candidate>& kept, Candidate candidate) {
  const auto is_dearer = [](const Candidate& a, const Candidate& b) {
    return a.share() > b.share();
  };
  if (std::ranges::any_of(kept, [&](const Candidate& k) { return k.input == candidate.input; })) {
    return;
  }
  kept.insert(std::upper_bound(kept.begin(), kept.end(), candidate, is_dearer),
              std::move(candidate));
  if (kept.size() > kKept) {
    kept.pop_back();
  }
}

void search(std::vector<Candidate>& kept, int rounds) {
  std::mt19937_64 random(20'260'101);
  for (int i = 0; i < rounds; ++i) {
    const std::string input =
        changed(kept[random() % kept.size()].input, kept[random() % kept.size()].input, random);
    if (!input.empty() && input.front() == kept.front().input.front()) {
      keep_the_costliest(kept, {input, cost_of(input)});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || !std::filesystem::is_directory(argv[1])) {
    std::fputs("usage: cost_fuzz CORPUS-DIRECTORY [ROUNDS]\n", stderr);
    return 2;
  }
  const int rounds = argc > 2 ? std::atoi(argv[2]) : kRounds;
  std::map<char, std::vector<Candidate>> kinds;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const std::string input = content_of(file);
    (void)cost_of(input);  // what is made only once is made now
    keep_the_costliest(kinds[input.front()], {input, cost_of(input)});
  }
  int status = 0;
  for (auto& [kind, kept] : kinds) {
    search(kept, rounds);
    const Candidate& worst = kept.front();
    std::printf("%c: %llu steps for %zu bytes, %llu are allowed\n", kind,
                static_cast<unsigned long long>(worst.cost.steps), worst.input.size(),
                static_cast<unsigned long long>(worst.cost.allowed));
    if (worst.share() > 1 || !std::ranges::all_of(kept, is_proportional)) {
      const std::string name = std::string("too-costly-") + kind;
      std::ofstream(name, std::ios::binary) << worst.input;
      std::printf("that is too much; the costliest input is in the file %s\n", name.c_str());
      status = 1;
    }
    std::fflush(stdout);
  }
  return status;
}
