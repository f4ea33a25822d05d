// Asks for a token: when there is none, when the one there is ends or is refused. A link with another token works as well, and so
// does signing in on another tab.

import { h } from './dom.js';
import { copyText } from './clipboard.js';
import { streams } from './streams.js';

/** @type {Record<string, [string, string]>} */
const kTexts = {
  missing: ['Sign in', 'Open the link that the server printed, or paste a token.'],
  'signed-out': ['Signed out', 'Paste a token to sign in again, or open a link in this tab.'],
  expiring: ['Your token ends soon', 'Paste a new one to stay connected, or open a new link in this tab.'],
  expired: ['Your token has expired', 'Paste a new one to go on where you were, or open a new link in this tab.'],
  refused: ['The server did not accept this token', 'Paste another one, or open a new link in this tab.'],
};
export const kTokenCommand = 'ringside token --secret /etc/ringside/jwt.secret --user you --role admin';

class SignIn extends HTMLElement {
  connectedCallback() {
    this.heading = h('h2', { id: 'sign-in-title' });
    this.text = h('p');
    this.input = h('input', { class: 'field mono', id: 'sign-in-token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true });
    this.dialog = h('dialog', { 'aria-labelledby': 'sign-in-title' },
      h('form', { on: { submit: (/** @type {Event} */ event) => this.submit(event) } }, this.heading, this.text,
        h('label', { for: 'sign-in-token' }, 'Token'), this.input,
        h('button', { class: 'button primary', type: 'submit' }, 'Connect')),
      h('div', { class: 'hint' }, h('p', { class: 'muted' }, 'To make a token, run this on the server:'),
        h('code', { id: 'token-command' }, ...kTokenCommand.split(/(?= --)/).map((part) => h('span', {}, part))), h('button', { class: 'button', type: 'button', on: { click: () => copyText(kTokenCommand, 'Command') } }, 'Copy'),
        h('p', { class: 'muted' }, 'A server started by script/server has its secret in its run directory: .run/jwt.secret.')));
    this.append(this.dialog);
    streams.on('token', (/** @type {any} */ { state }) => this.show(state));
  }

  /** @param {string} state */
  show(state) {
    if (!(state in kTexts)) {
      this.dialog.close();
      return;
    }
    const [heading, text] = kTexts[state];
    this.heading.textContent = heading;
    this.text.textContent = text;
    if (this.dialog.open && state !== 'expiring' && !this.dialog.matches(':modal')) {
      this.dialog.close();
    }
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
    const token = /[#?&]token=([^&\s]+)/.exec(pasted)?.[1] ?? pasted;
    this.input.value = '';
    this.dialog.close();
    streams.start(token);
  }
}

customElements.define('rs-sign-in', SignIn);
