// The library under test: the sources, or what RINGSIDE_CLIENT names, as the built package.

export const { NodeSocket, ProvisioningWebSocket, UnauthorizedError } = await import(process.env.RINGSIDE_CLIENT ?? '../../src/node/index.js');
