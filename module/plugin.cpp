// What lws looks for when it loads the plugin: the protocol table and the one exported symbol,
// whose name is the file's after its first underscore (libprotocol_ringside.so).
#include "module/host/lws_dispatch.hpp"

namespace {

const lws_protocols kProtocols[] = {
    {"ringside-ws", ringside::on_lws_callback, sizeof(ringside::PerSession),
     ringside::kRxBufferBytes, 0, nullptr, ringside::kTxPacketBytes},
    {"ringside-metrics", ringside::on_lws_callback, sizeof(ringside::PerSession),
     ringside::kRxBufferBytes, 0, nullptr, ringside::kTxPacketBytes},
    {"ringside-logs", ringside::on_lws_callback, sizeof(ringside::PerSession),
     ringside::kRxBufferBytes, 0, nullptr, ringside::kTxPacketBytes},
};

}  // namespace

// lws wants the symbol to be called `ringside`, which in C++ is our namespace: the label gives the
// linker the name.
extern "C" __attribute__((visibility("default")))
const lws_plugin_protocol_t ringside_plugin __asm__("ringside");
extern "C" const lws_plugin_protocol_t ringside_plugin = {
    {"ringside", "lws_protocol_plugin", LWS_BUILD_HASH, LWS_PLUGIN_API_MAGIC},
    kProtocols,
    nullptr,
    LWS_ARRAY_SIZE(kProtocols),
    0,
};
