// zlib puts two checksums together from the second and the length of its text.
#include "module/transport/plain_sum.hpp"

#include <zlib.h>

namespace ringside {

void PlainSum::add(std::string_view text) noexcept {
  PlainSum piece;
  piece.crc = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  piece.n_bytes = text.size();
  add(piece);
}

void PlainSum::add(const PlainSum& piece) noexcept {
  has_begun = has_begun || piece.has_begun;
  if (piece.n_bytes == 0) {
    return;
  }
  crc = n_bytes == 0 ? piece.crc
                     : static_cast<std::uint32_t>(
                           crc32_combine(crc, piece.crc, static_cast<z_off_t>(piece.n_bytes)));
  n_bytes += piece.n_bytes;
}

}  // namespace ringside
