// Pause and time travel of the log table, by the server's debug session: the connection's cursor stops, moves and plays; the
// page shows what comes.

import { duration } from './format.js';
import { h, icon, setText } from './dom.js';
import { streams } from './streams.js';

const kStep = 100;
const kPollMs = 2000;

export class LogTravel {
  /** @param {any} logs the log view */
  constructor(logs) {
    this.logs = logs;
    this.mode = 'live';
    this.moved = false;
    this.button = h('button', { class: 'button', type: 'button', id: 'log-pause', on: { click: () => this.toggle() } });
    this.where = h('span', { class: 'where' });
    this.behind = h('span', { class: 'behind' });
    this.time = h('input', { class: 'field', type: 'datetime-local', step: 1, 'aria-label': 'Go to time' });
    const act = (/** @type {string} */ label, /** @type {() => Promise<any>} */ what, /** @type {string} */ image = '') =>
      h('button', { class: 'button', type: 'button', on: { click: what } }, image && icon(image), label);
    this.bar = h('div', { class: 'travel', role: 'group', 'aria-label': 'Time travel', hidden: true },
      this.where, this.behind, act('−1 min', () => this.back(60)), act('−10 min', () => this.back(600)), this.time, act('Go', () => this.go(), 'clock'),
      act(`Next ${kStep}`, () => this.step(), 'step'), act('Play', () => this.play(1), 'play'), act('Play 10×', () => this.play(10)),
      h('div', { class: 'end' }, h('button', { class: 'button primary', type: 'button', on: { click: () => this.live() } }, 'Back to live')));
    this.show();
  }

  show() {
    this.button.replaceChildren(icon(this.mode === 'live' ? 'pause' : 'play'), this.mode === 'live' ? 'Pause' : 'Resume');
    this.bar.hidden = this.mode === 'live';
    setText(this.where, this.mode === 'playing' ? `Playing ${this.speed}×` : 'Paused');
    clearInterval(this.poll);
    if (this.mode !== 'live') {
      this.poll = setInterval(() => void this.inspect(), kPollMs);
    } else {
      setText(this.behind, '');
    }
  }

  /** @param {string} action @param {Record<string, any>} [parameters] @returns {Promise<any>} nothing when it failed */
  async call(action, parameters) {
    try {
      const reply = await streams.logs.debug(action, parameters);
      if (this.mode !== 'live' && typeof reply.behind === 'number') {
        setText(this.behind, reply.behind === 0 ? 'at the end' : `${reply.behind.toLocaleString('en')} events behind`);
      }
      return reply;
    } catch (error) {
      this.logs.showProblem(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** @param {string} mode */
  set(mode) {
    this.mode = mode;
    this.show();
  }

  toggle() {
    return this.mode === 'live' ? this.pause() : this.live();
  }

  async pause() {
    this.moved = false;
    this.set('paused');
    if (!(await this.call('pause'))) {
      this.set('live');
    }
  }

  async inspect() {
    const reply = await this.call('inspect');
    if (reply?.overwritten_in_ms !== undefined && reply.overwritten_in_ms < 60_000 && reply.behind > 0) {
      setText(this.behind, `${this.behind.textContent}, kept for ${duration(reply.overwritten_in_ms / 1000)} more`);
    }
  }

  /** @param {number} seconds before the first entry shown */
  back(seconds) {
    const { buffer } = this.logs;
    const shown = buffer.length > 0 ? Date.parse(buffer.at(0).timestamp) : Date.now();
    // Live, what is shown first is old; one means back from now.
    return this.seek(new Date((this.moved ? shown : Date.now()) - seconds * 1000));
  }

  async go() {
    const time = new Date(this.time.value);
    if (!Number.isNaN(time.getTime())) {
      await this.seek(time);
    }
  }

  /** @param {Date} time */
  async seek(time) {
    this.moved = true;
    this.set('paused');
    this.time.value = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    if (await this.call('pause')) {
      this.logs.clear();
      this.logs.list.following = false;
      if (await this.call('seek', { to: time.toISOString() })) {
        await this.step();
      }
    }
  }

  async step() {
    this.set('paused');
    await this.call('step', { count: kStep });
  }

  /** @param {number} speed */
  async play(speed) {
    this.speed = speed;
    this.set('playing');
    this.logs.list.follow();
    await this.call('resume', { speed });
  }

  // Where the cursor was only stopped, it goes on from there and nothing is left out; after travels the table begins anew.
  async live() {
    const moved = this.moved || this.mode === 'playing';
    this.moved = false;
    this.set('live');
    if (moved) {
      await this.call('detach');
      this.logs.subscribe();
    } else {
      await this.call('resume');
    }
    this.logs.list.follow();
  }

  /** New filters while paused: they begin live. */
  onSubscribed() {
    if (this.mode !== 'live') {
      this.moved = false;
      this.set('live');
      void this.call('resume');
    }
  }

  /** A debug session ends with its connection. */
  onConnected() {
    if (this.mode !== 'live') {
      const { moved } = this;
      this.moved = false;
      this.set('live');
      if (moved) {
        this.logs.subscribe();
      }
    }
  }
}
