// The dashboard: takes the token, defines the elements, shows the view that the address names.

import { applyTheme, currentView, kViews } from './preferences.js';
import { takeToken } from './sign_in_state.js';
import { streams } from './streams.js';
import './store.js';
import './batches.js';
import './health.js';
import './logs.js';
import './metrics.js';
import './recent_logs.js';
import './sign_in.js';
import './summary.js';
import './tasks.js';
import './top_bar.js';
import './trace.js';
import './workflows.js';

function showView() {
  const view = currentView();
  for (const name of kViews) {
    const section = document.getElementById(`view-${name}`);
    if (section) {
      section.hidden = name !== view;
    }
  }
  document.body.dataset.view = view;
  document.title = view === 'overview' ? 'Ringside' : `${view[0].toUpperCase()}${view.slice(1)} · Ringside`;
  if (view === 'metrics') {
    streams.want('metrics');
  }
  dispatchEvent(new CustomEvent('viewchange', { detail: view }));
}

applyTheme();
// A link with another token may be opened in this very tab: then only the fragment changes.
addEventListener('hashchange', () => {
  if (location.hash.includes('token=')) {
    const token = takeToken();
    if (token) {
      streams.start(token);
    }
  }
  showView();
});

const token = takeToken();
showView();
if (token) {
  streams.start(token);
  showView();
  streams.want('logs');
} else {
  streams.emit('token', { state: 'missing' });
}
streams.on('token', (/** @type {any} */ { state }) => {
  if (state === 'ok') {
    streams.want('logs');
    if (currentView() === 'metrics') {
      streams.want('metrics');
    }
  }
});
