/** @license Micrologs, Apache-2.0 */

/*
 * The browser snippet: pageviews, uncaught errors, and the page's own errors and audits.
 *
 *   <script src="https://HOST/snippet/micrologs.js" data-public-key="..." data-environment="production" async></script>
 *
 * It is a guest in somebody else's page. Nothing here may throw into that page, slow it down, or need anything that a
 * browser can refuse: without cookies or storage the ids live in memory for as long as the document does.
 *
 * It has to stay small, and the build says how small. What looks clumsy is often what the minifier and gzip like best.
 */
(() => {
  const SESSION_IDLE_MS = 18e5;
  // The server allows an address 60 errors a minute and then blocks it: a page in a loop must not get there.
  const ERRORS_MAX = 50;
  // Keeps a body below the server's 64 KiB, which is also all that a browser lets out with `keepalive`.
  const TEXT_CHARS_MAX = 8192;

  const attempt = (action) => {
    try {
      return action();
    } catch {}
  };

  // 128 random bits, in characters that an event id may have. randomUUID() is missing on plain http.
  const random = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

  const start = () => {
    const script = document.currentScript;
    const options = script.dataset;
    const api = (options.apiUrl || new URL(script.src).origin).replace(/\/$/, '') + '/api/track/';
    const resolution = screen.width + 'x' + screen.height;
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const seen = new Set();
    // Storage that is blocked or full throws here and not later.
    const storage =
      attempt(() => {
        sessionStorage._ml_last = sessionStorage._ml_last || 0;
        return sessionStorage;
      }) || {};
    let visitor = attempt(() => /(^|; )_ml_vid=([^;]+)/.exec(document.cookie)[2]);
    let fingerprint;
    let referrer = document.referrer;
    let url;

    if (!visitor) {
      visitor = random();
      // Goes out once, with the first pageview of a new id: only then can the server know a visitor who lost the cookie.
      fingerprint =
        [resolution, timezone, navigator.platform, navigator.hardwareConcurrency, navigator.languages] + '';
      // "https:" has a sixth character, "http:" has not.
      const secure = location.protocol[5] ? ';secure' : '';
      attempt(() => (document.cookie = '_ml_vid=' + visitor + ';path=/;max-age=31536000;samesite=lax' + secure));
    }

    const session = () => {
      const now = Date.now();
      // Kept in the storage alone, because other documents of this tab go on with the same session.
      if (!storage._ml_sid || now - storage._ml_last > SESSION_IDLE_MS) storage._ml_sid = random();
      storage._ml_last = now;
      return storage._ml_sid;
    };

    // No preflight: a string body is text/plain, and the key is in the address. CORS mode is fetch's default.
    const send = (kind, fields, context) =>
      attempt(() => {
        fetch(api + kind + '.php?k=' + options.publicKey, {
          method: 'POST',
          keepalive: true,
          credentials: 'omit',
          body: JSON.stringify(
            {
              event_id: random(),
              visitor_id: visitor,
              session_token: session(),
              // What JSON cannot hold, and what the server would drop anyway, must not take the event with it.
              context: attempt(() => (JSON.stringify(context)[TEXT_CHARS_MAX] ? null : context)),
              ...fields,
            },
            // Half a character, from this cut or from the page's own, is no text: the server would refuse the event.
            (_, value) =>
              typeof value == 'string' ? value.slice(0, TEXT_CHARS_MAX).replace(/\p{Cs}/gu, '') : value,
          ),
        }).catch(() => {});
      });

    // Anything can be thrown. `event` is the browser's report of it; the page's own have none and are never repeats.
    const report = (thrown, event, severity, context) =>
      attempt(() => {
        const error = Object(thrown);
        const frame = /(\w+:\/\/\S+?):(\d+):\d+/.exec(error.stack) || [];
        const message = '' + (error.message || event.message || thrown || 'Unknown');
        const file = event.filename || frame[1];
        const line = event.lineno || +frame[2];
        const key = message + file + line;
        if (event.type && (seen.has(key) || seen.add(key).size > ERRORS_MAX)) return;
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
        send('error', fields, context);
      });

    const view = () => {
      // A prerendered page may never be looked at.
      if (url == location.href || document.prerendering) return;
      url = location.href;
      send('pageview', {
        url,
        page_title: document.title,
        referrer,
        screen_resolution: resolution,
        timezone,
        fingerprint,
      });
      // The next view in this document comes from this one, as with a real navigation.
      referrer = url;
      fingerprint = undefined;
    };
    // A router may set address, title and address again: look once, when it is done. It also makes one view of the
    // popstate and the hashchange of the same navigation.
    const changed = (event) => {
      // Out of the back/forward cache: another look at the same address.
      if (event.persisted) url = 0;
      setTimeout(view);
    };

    // Capturing, because the end of prerendering is told to the document only.
    ['popstate', 'hashchange', 'pageshow', 'prerenderingchange'].forEach((type) => addEventListener(type, changed, true));
    // Not capturing, because images and scripts that do not load would then count.
    ['error', 'unhandledrejection'].forEach((type) =>
      addEventListener(type, (event) => report(event.error || event.reason, event)),
    );
    ['pushState', 'replaceState'].forEach((name) => {
      const original = history[name];
      history[name] = function () {
        setTimeout(view);
        return original.apply(this, arguments);
      };
    });
    setTimeout(view);

    window.Micrologs = {
      error(message, context, severity) {
        report(message, {}, severity, context);
      },
      audit(action, actor, context) {
        send('audit', { action, actor }, context);
      },
    };
  };

  // A second tag on the page does nothing.
  if (!window.Micrologs) attempt(start);
})();
