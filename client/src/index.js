// @ringside/client

export { ProvisioningWebSocket } from './websocket.js';
export { ProvisioningDashboard } from './provisioning_dashboard.js';
export { UnauthorizedError } from './tokens.js';
export { adviceFor } from './advice.js';
export { backoffDelay } from './backoff.js';
export { parseEventId } from './event_id.js';
