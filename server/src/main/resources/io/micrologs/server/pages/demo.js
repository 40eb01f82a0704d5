// What the demo page can do. It stands before the snippet's tag, so that it sees the very first request.
(() => {
  const TITLES = { '': 'Demo', pricing: 'Pricing', docs: 'Docs', about: 'About', 'tour/1': 'Tour, step 1', 'tour/2': 'Tour, step 2' };

  const title = () => {
    const name = TITLES[location.pathname.replace(/^\/demo\/?/, '')] || 'Demo';
    document.title = name + ' · Micrologs demo';
    const heading = document.getElementById('heading');
    if (heading) heading.textContent = name;
    for (const link of document.querySelectorAll('nav a')) {
      if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  };

  // Shows a request of the snippet. textContent only: what is shown is what a page was given.
  const show = (kind, body) => {
    const item = document.createElement('li');
    const line = document.createElement('p');
    const label = document.createElement('strong');
    const what = document.createElement('span');
    const state = document.createElement('span');
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    const pre = document.createElement('pre');
    label.textContent = kind;
    label.className = 'kind ' + kind;
    what.textContent = kind === 'pageview' ? new URL(body.url).pathname : body.message || body.action;
    what.className = 'what';
    state.textContent = 'sending';
    state.className = 'state';
    summary.textContent = 'what was sent';
    pre.textContent = JSON.stringify(body, null, 2);
    pre.tabIndex = 0;
    line.append(label, ' ', what, ' ', state);
    details.append(summary, pre);
    item.append(line, details);
    ready(() => {
      document.getElementById('sent').prepend(item);
      document.getElementById('nothing').hidden = true;
    });
    return (text, good) => {
      state.textContent = text;
      state.classList.add(good ? 'good' : 'bad');
    };
  };

  const ready = (action) => {
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', action);
    else action();
  };

  const original = window.fetch;
  window.fetch = function (resource, options) {
    const answer = original.apply(this, arguments);
    const kind = /\/api\/track\/(\w+)\.php/.exec(resource);
    if (kind) {
      const done = show(kind[1], JSON.parse(options.body));
      answer.then(
        (response) => done(response.status + (response.ok ? ' accepted' : ' refused'), response.ok),
        () => done('not reached', false),
      );
    }
    return answer;
  };

  const actions = {
    throw: () => {
      throw new TypeError('The demo button threw this');
    },
    reject: () => {
      Promise.reject(new RangeError('Nobody caught this demo promise'));
    },
    report: () => Micrologs.error('The demo reported this', { button: 'report' }, 'warning'),
    audit: () => Micrologs.audit('demo.clicked', 'demo visitor', { button: 'audit' }),
  };

  addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.do) actions[button.dataset.do]();
    else if (button.dataset.go === 'back') history.back();
    else {
      history.pushState(null, '', button.dataset.go);
      title();
    }
  });
  addEventListener('popstate', title);
  // At once, for the snippet's first pageview; and again when there is a heading.
  title();
  ready(title);
})();
