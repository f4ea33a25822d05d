// Debug sessions as calls that return: the server answers each `debug` message with one of the same action, in order.

export class DebugCalls {
  /** @type {{action: string, resolve: (reply: any) => void, reject: (error: Error) => void}[]} */
  #waiting = [];

  /** @param {string} action @returns {Promise<any>} */
  expect(action) {
    return new Promise((resolve, reject) => this.#waiting.push({ action, resolve, reject }));
  }

  /** @param {any} reply */
  onReply(reply) {
    const at = this.#waiting.findIndex((call) => call.action === reply.action);
    if (at >= 0) {
      const [call] = this.#waiting.splice(at, 1);
      if (reply.ok) {
        call.resolve(reply);
      } else {
        call.reject(new Error(reply.message ?? `debug ${reply.action} failed`));
      }
    }
  }

  /** @param {string} why */
  rejectAll(why) {
    for (const call of this.#waiting.splice(0)) {
      call.reject(new Error(why));
    }
  }

  /** The oldest call was refused by an `error` message. @param {string} why */
  rejectFirst(why) {
    this.#waiting.shift()?.reject(new Error(why));
  }
}
