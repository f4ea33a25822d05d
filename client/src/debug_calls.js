// Debug sessions as calls that return: the server answers each `debug` message with one of the same action, in order.

export class DebugCalls {
  /** @type {{action: string, resolve: (reply: any) => void, reject: (error: Error) => void}[]} */
  #waiting = [];
  #client;

  /** @param {import('./websocket.js').ProvisioningWebSocket} client */
  constructor(client) {
    this.#client = client;
    client.on('debug', (reply) => this.#onReply(reply));
    client.on('error', ({ request, message }) => request === 'debug' && this.#waiting.shift()?.reject(new Error(message)));
    client.on('disconnected', ({ reason }) => this.#waiting.splice(0).forEach((call) => call.reject(new Error(reason || 'the connection was lost'))));
  }

  /** @param {string} action @param {Record<string, any>} parameters @returns {Promise<any>} */
  call(action, parameters) {
    return new Promise((resolve, reject) => {
      if (this.#client.send({ type: 'debug', action, ...parameters })) {
        this.#waiting.push({ action, resolve, reject });
      } else {
        reject(new Error('not connected'));
      }
    });
  }

  /** @param {any} reply */
  #onReply(reply) {
    const call = this.#waiting.find((one) => one.action === reply.action);
    this.#waiting = this.#waiting.filter((one) => one !== call);
    if (reply.ok) {
      call?.resolve(reply);
    } else {
      call?.reject(new Error(reply.message ?? `debug ${reply.action} failed`));
    }
  }
}
