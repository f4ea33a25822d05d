// The dashboard: takes the token, defines the elements, shows the view that the address names.

import { applyPreferences } from './preferences.js';
import { currentView, kViews } from './route.js';
import { takeToken } from './sign_in_state.js';
import { streams } from './streams.js';
import './store.js';
import './all_logs.js';
import './batches.js';
import './connections.js';
import './events.js';
import './failures.js';
import './health.js';
import './keys.js';
import './logs.js';
import './metrics.js';
import './recent_logs.js';
import './rejected.js';
import './run_find.js';
import './run_page.js';
import './sign_in.js';
import './summary.js';
import './tasks.js';
import './top_bar.js';
import './workflows.js';
import { startNotifying } from './notify.js';

function showView() {
  const view = currentView();
  for (const name of kViews) {
    const section = document.getElementById(`view-${name}`);
    if (section) {
      section.hidden = name !== view;
    }
  }
  document.body.dataset.view = view;
  dispatchEvent(new CustomEvent('viewchange', { detail: view }));
}

applyPreferences();
// A link with another token may be opened in this very tab: then only the fragment changes.
addEventListener('hashchange', () => {
  const token = takeToken();
  if (token) {
    streams.start(token);
  }
  showView();
});

const token = takeToken();
showView();
startNotifying();
streams.begin(token);
