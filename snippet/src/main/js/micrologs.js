/*
 * The browser snippet: pageviews, uncaught errors, and the page's own errors and audits.
 *
 *   <script src="https://HOST/snippet/micrologs.js" data-public-key="..." data-environment="production" async></script>
 *
 * It is a guest in somebody else's page. Nothing here may throw into that page, slow it down, or need anything that a
 * browser can refuse: without cookies or storage the ids live in memory for as long as the document does.
 *
 * Every event is put into the queue first and taken out when the server has answered. What has no answer, because the
 * network, the server or the page went away, is sent again by this page or by the next one of the site; its event_id was
 * made once, so that the server counts it once, whoever sends it and how often.
 *
 * It has to stay small, and the build says how small. What looks clumsy is often what the minifier and gzip like best.
 */
(() => {
  const SESSION_IDLE_MS = 18e5;
  // The server allows an address 60 errors a minute and then blocks it: a page in a loop must not get there.
  const ERRORS_MAX = 50;
  // Keeps a body below the server's 64 KiB, which is also all that a browser lets out with `keepalive`.
  const TEXT_CHARS_MAX = 8192;
  // A retry is due when 8 times as much time has passed as before the one before it, and 15 s: 15 s, 2 min, 18 min, 2.5 h
  // and 20 h after the first try at the earliest, which outlasts a block of 15 minutes; a sixth would be past the day.
  const RETRY_MS = 15e3;
  const KEPT_MS_MAX = 864e5;
  // At most 330,000 of the 5 million characters that a site has, and well below what the server takes in a minute.
  const KEPT_MAX = 20;
  const KEPT_CHARS_MAX = 16384;

  const attempt = (action) => {
    try {
      return action();
    } catch {}
  };

  // 128 random bits, in characters that an event id may have. randomUUID() is missing on plain http.
  function random() {
    return crypto.getRandomValues(new Uint32Array(4)).join('-');
  }

  // A second tag on the page does nothing.
  const start = () => {
    if (window.Micrologs) return;
    const script = document.currentScript;
    const options = script.dataset;
    const api = (options.apiUrl || script.src).replace(/\/(snippet\/.*)?$/, '');
    const resolution = screen.width + 'x' + screen.height;
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const seen = new Set();
    // Whoever uses this browser does not want to be counted. Read once: the next page knows of a change.
    const off = attempt(() => localStorage._ml_off);
    // Nothing is left in the browser, and nothing is said that tells it from others.
    const traceless = off || navigator.globalPrivacyControl || 'cookieless' in options;
    // Storage that is blocked or full throws here and not later; a plain object does as well, for this document.
    const storage = (name, key) =>
      attempt(() => {
        const found = traceless ? {} : window[name];
        found[key] = found[key] || '';
        return found;
      }) || {};
    const kept = storage('localStorage', '_ml_q');
    const tab = storage('sessionStorage', '_ml_sid');
    let visitor = random();
    let fingerprint;
    let referrer = document.referrer;
    let url;

    traceless ||
      attempt(() => {
        const found = /\b_ml_vid=([^;]+)/.exec(document.cookie);
        if (found) visitor = found[1];
        else {
          // Goes out once, with the first pageview of a new id: only then can the server know a visitor who lost the cookie.
          fingerprint = [resolution, timezone, navigator.languages, navigator.userAgent] + '';
          // On http the second one is refused.
          ['', ';secure'].map(
            (more) => (document.cookie = '_ml_vid=' + visitor + ';path=/;max-age=31536000;samesite=lax' + more),
          );
        }
      });

    // Sends one more event, if there is one, and whatever else is due; what was answered goes. The queue is a list of
    // [address, body, made, due], times in ms. What is too old, too long or no such list goes, too.
    const send = (answered, kind, fields, context) =>
      off ||
      attempt(() => {
        const now = Date.now();
        const events =
          attempt(() =>
            JSON.parse(kept._ml_q).filter(
              ([, body, made]) => body != answered && !body[KEPT_CHARS_MAX] && made > now - KEPT_MS_MAX,
            ),
          ) || [];
        if (kind) {
          // Kept in the storage alone, because other documents of this tab go on with the same session.
          if (!tab._ml_sid || now - tab._ml_last > SESSION_IDLE_MS) tab._ml_sid = random();
          tab._ml_last = now;
          events.push([
            `${api}/api/track/${kind}.php?k=${options.publicKey}`,
            JSON.stringify(
              {
                event_id: random(),
                visitor_id: visitor,
                session_token: tab._ml_sid,
                // What JSON cannot hold, and what the server would drop anyway, must not take the event with it.
                context: attempt(() => (JSON.stringify(context)[TEXT_CHARS_MAX] ? null : context)),
                ...fields,
              },
              // Half a character, from this cut or from the page's own, is no text: the server would refuse the event.
              (_, value) =>
                typeof value == 'string' ? value.slice(0, TEXT_CHARS_MAX).replace(/\p{Cs}/gu, '') : value,
            ),
            now,
            now,
          ]);
        }
        events.forEach((event) => {
          const body = event[1];
          if (event[3] > now) return;
          event[3] = now + 7 * Math.abs(now - event[2]) + RETRY_MS;
          attempt(() =>
            // No preflight: a string body is text/plain, and the key is in the address. CORS mode is fetch's default.
            fetch(event[0], { method: 'POST', keepalive: true, credentials: 'omit', body }).then(
              ({ status }) => status == 429 || status == 503 || send(body),
              // No answer: nothing to do, and nothing to be told to the page.
              attempt,
            ),
          );
        });
        // Before any answer, so that another tab leaves alone what this one has sent.
        kept._ml_q = JSON.stringify(events.slice(-KEPT_MAX));
      });

    // Anything can be thrown. `event` is the browser's report of it; the page's own have none and are never repeats.
    const report = (thrown, context, severity, event = {}) =>
      attempt(() => {
        const error = Object(thrown);
        const frame = /(\w+:\S+?):(\d+):\d/.exec(error.stack) || [];
        const message = '' + (error.message || event.message || thrown);
        const file = event.filename || frame[1];
        const line = event.lineno || +frame[2];
        if (event.type && (seen.size == seen.add(message + file + line).size || seen.size > ERRORS_MAX)) return;
        const fields = {
          message,
          error_type: error.name,
          file,
          line,
          stack: error.stack,
          url: location.href,
          environment: options.environment,
          severity,
        };
        send(0, 'error', fields, context);
      });

    const view = () => {
      // A prerendered page may never be looked at.
      if (url == location.href || document.prerendering) return;
      url = location.href;
      send(0, 'pageview', {
        url,
        page_title: document.title,
        referrer,
        screen_resolution: resolution,
        timezone,
        fingerprint,
      });
      // The next view in this document comes from this one, as with a real navigation, and needs no fingerprint.
      [referrer, fingerprint] = [url];
    };
    const heard = (event) => {
      // Out of the back/forward cache: another look at the same address.
      if (event.persisted) url = 0;
      // A router may set address, title and address again: look once, when it is done. It also makes one view of the
      // popstate and the hashchange of the same navigation.
      setTimeout(view);
      // Images and scripts that do not load are errors without a message.
      if (event.message || event.promise) report(event.error || event.reason, 0, 0, event);
    };

    // First, because a page may have made the rest impossible.
    window.Micrologs = {
      error: report,
      audit(action, actor, context) {
        send(0, 'audit', { action, actor }, context);
      },
    };
    setTimeout(view);
    setInterval(send, RETRY_MS);
    // Capturing, because the end of prerendering is told to the document only.
    // The 0 keeps the minifier from making one text of the names, which is more when gzipped.
    ['popstate', 'hashchange', 'pageshow', 'prerenderingchange', 'error', 'unhandledrejection', 0].forEach((type) =>
      addEventListener(type, heard, true),
    );
    ['pushState', 'replaceState'].forEach((name) => {
      const original = history[name];
      history[name] = (...values) => {
        setTimeout(view);
        return original.apply(history, values);
      };
    });
  };

  attempt(start);
})();
