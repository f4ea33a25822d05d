// Asks for a token: when there is none, when the one there is ends or is refused. A link with another token works as well.

import { h } from './dom.js';
import { keepToken } from './sign_in_state.js';
import { streams } from './streams.js';

/** @type {Record<string, [string, string]>} */
const kTexts = {
  missing: ['Sign in', 'Open the link that the server printed, or paste a token.'],
  expiring: ['Your token ends soon', 'Paste a new one to stay connected, or open a new link in this tab.'],
  expired: ['Your token has expired', 'Paste a new one to go on where you were, or open a new link in this tab.'],
  refused: ['The server did not accept this token', 'Paste another one, or open a new link in this tab.'],
};

class SignIn extends HTMLElement {
  connectedCallback() {
    this.heading = h('h2', { id: 'sign-in-title' });
    this.text = h('p');
    this.input = h('input', { class: 'field mono', id: 'sign-in-token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true });
    this.dialog = h('dialog', { 'aria-labelledby': 'sign-in-title' },
      h('form', { on: { submit: (/** @type {Event} */ event) => this.submit(event) } }, this.heading, this.text,
        h('label', { for: 'sign-in-token' }, 'Token'), this.input,
        h('button', { class: 'button primary', type: 'submit' }, 'Connect')),
      h('p', { class: 'muted hint' }));
    this.dialog.lastElementChild.append('A token of your own: ', h('code', {}, 'ringside token --user you --role admin'));
    this.append(this.dialog);
    streams.on('token', (/** @type {any} */ { state }) => this.show(state));
    if (!streams.token) {
      this.show('missing');
    }
  }

  /** @param {string} state */
  show(state) {
    if (state === 'ok' || (state === 'missing' && streams.token)) {
      this.dialog.close();
      return;
    }
    const [heading, text] = kTexts[state] ?? kTexts.refused;
    this.heading.textContent = heading;
    this.text.textContent = text;
    if (!this.dialog.open) {
      this.input.value = '';
      if (state === 'expiring') {
        this.dialog.show(); // does not keep anybody from reading on
      } else {
        this.dialog.showModal();
      }
    }
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const pasted = this.input.value.trim();
    const token = /#token=([^&\s]+)/.exec(pasted)?.[1] ?? pasted;
    keepToken(token);
    this.input.value = '';
    this.dialog.close();
    streams.start(token);
  }
}

customElements.define('rs-sign-in', SignIn);
