// The script-tag form: `Ringside`, and the two documented classes as globals.

import * as Ringside from './index.js';

Object.assign(globalThis, {
  Ringside,
  ProvisioningWebSocket: Ringside.ProvisioningWebSocket,
  ProvisioningDashboard: Ringside.ProvisioningDashboard,
});
