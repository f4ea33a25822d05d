// How much was logged when: bars over the time that the list covers, warnings and errors apart. A click goes there.

import { fullTime } from './format.js';
import { h } from './dom.js';

const kBars = 90;

export class LogVolume {
  /** @param {(time: number) => void} onTime */
  constructor(onTime) {
    this.bars = Array.from({ length: kBars }, (_, i) => h('button', { type: 'button', tabindex: -1, 'aria-hidden': 'true', on: { click: () => this.choose(i) } }, h('i', { class: 'all' }), h('i', { class: 'warn' }), h('i', { class: 'bad' })));
    this.slider = h('input', { class: 'sr', type: 'range', min: 0, max: kBars - 1, step: 1, 'aria-label': 'Volume over time: go to', on: { change: () => this.choose(Number(this.slider.value)) } });
    this.element = h('div', { class: 'volume', role: 'group', 'aria-label': 'Log volume over time' }, ...this.bars, this.slider);
    this.onTime = onTime;
    this.from = 0;
    this.step = 1;
  }

  /** @param {number} i */
  choose(i) {
    this.onTime((this.from + i * this.step) * 1000);
  }

  /** @param {Map<number, [number, number, number]>} volume by second */
  show(volume) {
    this.element.hidden = volume.size < 2;
    if (volume.size < 2) {
      return;
    }
    let from = Infinity;
    let to = -Infinity;
    for (const second of volume.keys()) {
      from = Math.min(from, second);
      to = Math.max(to, second);
    }
    this.from = from;
    this.step = Math.max(1, Math.ceil((to - from + 1) / kBars));
    const sums = Array.from({ length: kBars }, () => [0, 0, 0]);
    for (const [second, counts] of volume) {
      const sum = sums[Math.min(kBars - 1, Math.floor((second - from) / this.step))];
      counts.forEach((count, i) => (sum[i] += count));
    }
    const most = Math.max(1, ...sums.map(([all]) => all));
    this.bars.forEach((bar, i) => {
      const [all, warn, bad] = sums[i];
      const [whole, middle, worst] = bar.children;
      whole.style.setProperty('height', `${Math.ceil((all / most) * 100)}%`);
      middle.style.setProperty('height', `${Math.ceil(((warn + bad) / most) * 100)}%`);
      worst.style.setProperty('height', `${Math.ceil((bad / most) * 100)}%`);
      bar.title = `${fullTime((from + i * this.step) * 1000)}: ${all.toLocaleString('en')} entries, ${warn} warnings, ${bad} errors`;
    });
  }
}
