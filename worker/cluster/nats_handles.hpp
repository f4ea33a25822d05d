#pragma once
// What libnats allocates, freed by destructors; and its errors as text. With nats_log.cpp and nats_stream.cpp the only
// places that know nats.h.

#include <nats/nats.h>

#include <memory>
#include <string>

namespace ringside::cluster::nats {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* it) const noexcept {
    Destroy(it);
  }
};
using Options = std::unique_ptr<natsOptions, Destroyer<natsOptions_Destroy>>;
using Connection = std::unique_ptr<natsConnection, Destroyer<natsConnection_Destroy>>;
using Subscription = std::unique_ptr<natsSubscription, Destroyer<natsSubscription_Destroy>>;
using JetStream = std::unique_ptr<jsCtx, Destroyer<jsCtx_Destroy>>;
using StreamInfo = std::unique_ptr<jsStreamInfo, Destroyer<jsStreamInfo_Destroy>>;
using Message = std::unique_ptr<natsMsg, Destroyer<natsMsg_Destroy>>;
using MetaData = std::unique_ptr<jsMsgMetaData, Destroyer<jsMsgMetaData_Destroy>>;
using KeyValues = std::unique_ptr<kvStore, Destroyer<kvStore_Destroy>>;
using Watcher = std::unique_ptr<kvWatcher, Destroyer<kvWatcher_Destroy>>;
using Entry = std::unique_ptr<kvEntry, Destroyer<kvEntry_Destroy>>;

// "Connection Timed Out", with what the library added.
[[nodiscard]] inline std::string error_text(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* const detail = nats_GetLastError(&last);
  std::string text = natsStatus_GetText(status);
  if (last == status && detail != nullptr && *detail != '\0') {
    text += std::string(" (") + detail + ')';
  }
  return text;
}

}  // namespace ringside::cluster::nats
