// Pause and time travel of the log view. A pause holds the list where it is, while entries go on arriving unseen. To seek, step
// and play, the server's debug session moves the cursor of a connection of the view's own.

import { duration, fieldTime, timeOfField } from './format.js';
import { FrozenLog } from './log_buffer.js';
import { h, icon, setText } from './dom.js';
import { serverNow } from './server_clock.js';
import { setQuery } from './route.js';
import { streams } from './streams.js';

const kStep = 100;
const kPollMs = 2000;

export class LogTravel {
  /** @param {any} logs the log view */
  constructor(logs) {
    this.logs = logs;
    /** @type {'live' | 'paused' | 'seeking' | 'playing'} */
    this.mode = 'live';
    this.journey = 0; // of the last place asked for: what an earlier one still waits for is none of its business
    this.speed = 1;
    this.button = h('button', { class: 'button', type: 'button', id: 'log-pause', on: { click: () => this.toggle() } });
    this.where = h('span', { class: 'where' });
    this.behind = h('span', { class: 'behind' });
    this.time = h('input', { class: 'field', type: 'datetime-local', step: 1, 'aria-label': 'Go to time', on: { keydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && this.go() } });
    const act = (/** @type {string} */ label, /** @type {() => any} */ what, /** @type {string} */ image = '') =>
      h('button', { class: 'button', type: 'button', on: { click: what } }, image && icon(image), label);
    this.bar = h('div', { class: 'travel', role: 'group', 'aria-label': 'Time travel', hidden: true },
      this.where, this.behind, act('−1 min', () => this.back(60)), act('−10 min', () => this.back(600)), this.time, act('Go', () => this.go(), 'clock'),
      act(`Next ${kStep}`, () => this.step(), 'step'), act('Play', () => this.play(1), 'play'), act('Play 10×', () => this.play(10)),
      h('div', { class: 'end' }, h('button', { class: 'button primary', type: 'button', on: { click: () => this.live() } }, 'Back to live')));
    this.show();
  }

  get isMoved() {
    return this.mode === 'seeking' || this.mode === 'playing';
  }

  show() {
    this.button.replaceChildren(icon(this.mode === 'live' ? 'pause' : 'play'), this.mode === 'live' ? 'Pause' : 'Resume');
    this.bar.hidden = this.mode === 'live';
    setText(this.where, this.mode === 'playing' ? `Playing ${this.speed}×` : 'Paused');
    clearInterval(this.poll);
    if (this.isMoved) {
      this.poll = setInterval(() => void this.call('inspect'), kPollMs);
    }
    this.showPlace();
  }

  /** Where the list stands, for the pill and the bar. */
  showPlace() {
    const { buffer } = this.logs;
    const shown = !this.logs.closest('[hidden]');
    if (this.mode === 'live') {
      setText(this.behind, '');
      streams.setPaused(null);
      return;
    }
    const last = buffer.length > 0 ? buffer.timeAt(buffer.length - 1) : (this.soughtAt ?? serverNow());
    streams.setPaused(shown ? last : null);
    if (this.mode === 'paused') {
      const behind = buffer instanceof FrozenLog ? buffer.behind : 0;
      setText(this.behind, behind === 0 ? 'at the end' : `${behind.toLocaleString('en')} events behind`);
    }
  }

  /** @param {string} action @param {Record<string, any>} [parameters] @returns {Promise<any>} nothing when it failed */
  async call(action, parameters) {
    const { journey } = this;
    try {
      const reply = await this.side.debug(action, parameters);
      if (journey !== this.journey) {
        return null;
      }
      if (this.isMoved && typeof reply.behind === 'number') {
        const kept = reply.overwritten_in_ms !== undefined && reply.overwritten_in_ms < 60_000 && reply.behind > 0 ? `, kept for ${duration(reply.overwritten_in_ms / 1000)} more` : '';
        setText(this.behind, (reply.behind === 0 ? 'at the end' : `${reply.behind.toLocaleString('en')} events behind`) + kept);
      }
      this.showPlace();
      return reply;
    } catch (error) {
      if (journey === this.journey) {
        this.logs.onProblem(error instanceof Error ? error.message : String(error));
      }
      return null;
    }
  }

  /** @param {'live' | 'paused' | 'seeking' | 'playing'} mode */
  set(mode) {
    this.mode = mode;
    this.show();
  }

  toggle() {
    return this.mode === 'live' ? this.pause() : this.live();
  }

  pause() {
    this.logs.freeze(true);
    this.set('paused');
  }

  /** @param {number} seconds before the first entry shown */
  back(seconds) {
    const { buffer } = this.logs;
    // Live, the entry on top is old; one means back from now.
    return this.seek((this.isMoved && buffer.length > 0 ? buffer.timeAt(0) : serverNow()) - seconds * 1000);
  }

  async go() {
    const time = timeOfField(this.time.value);
    if (!Number.isNaN(time)) {
      await this.seek(time);
    }
  }

  /** @param {number} time @returns {Promise<boolean>} whether it came there, and nobody has asked for another place meanwhile */
  async seek(time) {
    const journey = ++this.journey;
    this.soughtAt = time;
    this.set('seeking');
    this.time.value = fieldTime(time);
    setQuery({ at: new Date(time).toISOString() });
    this.logs.freeze(false);
    const side = await this.logs.source.travel(() => journey === this.journey);
    if (!side) {
      return false;
    }
    this.side = side;
    this.logs.list.following = false;
    for (const [action, parameters] of /** @type {[string, any][]} */ ([['pause', undefined], ['seek', { to: new Date(time).toISOString() }], ['step', { count: kStep }]])) {
      if (!(await this.call(action, parameters))) {
        return false;
      }
    }
    return true;
  }

  async step() {
    if (!this.isMoved) {
      await this.seek(serverNow());
      return;
    }
    this.set('seeking');
    await this.call('step', { count: kStep });
  }

  /** @param {number} speed */
  async play(speed) {
    if (!this.isMoved && !(await this.seek(serverNow() - 60_000))) {
      return;
    }
    this.speed = speed;
    this.set('playing');
    this.logs.list.follow();
    await this.call('resume', { speed });
  }

  live() {
    const moved = this.isMoved;
    this.journey++;
    this.set('live');
    setQuery({ at: '', line: '' });
    this.logs.freeze(false);
    if (moved) {
      this.logs.source.choose(this.logs.filters(), true);
    }
    this.logs.list.follow();
  }

  /** The list is another one: it has other filters, or its connection was lost. It begins live. */
  onOtherList() {
    this.journey++;
    setQuery({ at: '', line: '' });
    if (this.mode !== 'live') {
      this.set('live');
      this.logs.freeze(false);
    }
  }
}
