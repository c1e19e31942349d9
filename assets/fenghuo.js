/* Fenghuo in the browser, the small common part: words, elements, clocks, actions.
 *
 * Everything hangs on `window.fh`; files may load in any order, so none uses another at load time.
 * Text always goes in as text (never innerHTML): what people typed can't become markup.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});

  /* ---- words ------------------------------------------------------------------------------- */

  let words = null;

  /** The words of `key` in the page's language, with {marks} filled in and {n|one|many} chosen by n; an
   * unknown key as it is. */
  fh.t = function (key, params) {
    if (words === null) {
      const held = document.getElementById("fh-words");
      words = held ? JSON.parse(held.textContent) : {};
    }
    const text = Object.hasOwn(words, key) ? words[key] : String(key == null ? "" : key);
    if (!params) return text;
    return text.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (all, name, one, many) => {
      if (!(name in params)) return all;
      return one === undefined ? params[name] : Number(params[name]) === 1 ? one : many;
    });
  };
  fh.english = () => document.documentElement.lang === "en";

  /* ---- elements ---------------------------------------------------------------------------- */

  /** An element: el("p.lead", {data-key: 1}, child, "text", [more]); null and false are left out. */
  fh.el = function (name, attributes, ...children) {
    const [tag, ...classes] = name.split(".");
    const node = document.createElement(tag || "div");
    if (classes.length) node.className = classes.join(" ");
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      give(node, key, value === true ? "" : String(value));
    }
    append(node, children);
    return node;
  };

  /** Set an attribute; a style by its object, because the content policy forbids it in markup. */
  function give(node, name, value) {
    if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value);
  }

  function append(node, children) {
    for (const child of children) {
      if (Array.isArray(child)) append(node, child);
      else if (child instanceof Node) node.appendChild(child);
      else if (child !== null && child !== undefined && child !== false) {
        node.appendChild(document.createTextNode(String(child)));
      }
    }
  }

  /** A state: colour + shape + word. */
  fh.badge = (state, word) =>
    fh.el("span.fh-state", { "data-state": state }, fh.shape(), word === undefined ? fh.t(state) : word);
  fh.shape = () => fh.el("i.fh-shape", { "aria-hidden": "true" });
  fh.empty = (text, hint) =>
    fh.el("div.fh-empty", { role: "status" }, fh.el("p", null, text), hint && fh.el("small", null, hint));

  /* ---- changing only what changed ---------------------------------------------------------- */

  /** Make `host`'s children equal to `nodes`, touching only what differs; focus survives.
   *  Children with data-key are matched by key; one that is new after the first time gets
   *  data-new, which flashes once. */
  fh.fill = function (host, nodes) {
    if (!host) return;
    const wanted = fh.el("div", null, nodes);
    morphChildren(host, wanted, host.hasAttribute("data-filled"));
    host.setAttribute("data-filled", "");
  };

  function morphChildren(host, wanted, announce) {
    const byKey = new Map();
    for (const child of host.children) if (child.dataset.key) byKey.set(child.dataset.key, child);
    let place = host.firstChild;
    for (const next of [...wanted.childNodes]) {
      const key = next.nodeType === 1 ? next.dataset.key : undefined;
      let held = key ? byKey.get(key) : place;
      if (held && !key && !alike(held, next)) held = null;
      if (!held) {
        if (key && announce) next.setAttribute("data-new", "");
        host.insertBefore(next, place);
        continue;
      }
      if (held !== place) host.insertBefore(held, place);
      else place = place.nextSibling;
      if (key && held.nodeName !== next.nodeName) {
        held.replaceWith(next);
        continue;
      }
      morph(held, next, announce);
    }
    while (place) {
      const after = place.nextSibling;
      place.remove();
      place = after;
    }
  }

  function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && !(a.dataset && a.dataset.key);
  }

  function morph(held, next, announce) {
    if (held.nodeType === 3) {
      if (held.data !== next.data) held.data = next.data;
      return;
    }
    for (const { name } of [...held.attributes]) {
      if (name !== "data-new" && name !== "data-filled" && !next.hasAttribute(name)) held.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (held.getAttribute(name) !== value) give(held, name, value);
    }
    morphChildren(held, next, announce);
  }

  document.addEventListener("animationend", (event) => {
    if (event.target.removeAttribute && event.animationName === "fh-flash") event.target.removeAttribute("data-new");
  });

  /* ---- business time ------------------------------------------------------------------------ */

  const clock = { base: null, at: 0, rate: 1 };

  /** Set business time from a snapshot that was `age` real milliseconds old when it came. */
  fh.syncClock = function (iso, rate, age) {
    clock.base = Date.parse(iso);
    clock.at = performance.now() - age;
    clock.rate = rate;
  };
  /** Business now in milliseconds, or null before the first snapshot. */
  fh.now = () => (clock.base === null ? null : clock.base + (performance.now() - clock.at) * clock.rate);
  fh.rate = () => clock.rate;

  const two = (n) => String(n).padStart(2, "0");
  const SHANGHAI = 8 * 3600e3; // no summer time since 1991

  /** HH:MM in Shanghai, with the date before it unless it is today (business time). */
  fh.hourMinute = function (iso) {
    if (!iso) return "–";
    const at = new Date(Date.parse(iso) + SHANGHAI);
    const hm = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
    const now = fh.now();
    const today = now !== null && new Date(now + SHANGHAI).toISOString().slice(0, 10) === at.toISOString().slice(0, 10);
    return today ? hm : `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${hm}`;
  };
  fh.wallClock = function (milliseconds) {
    return new Date(milliseconds + SHANGHAI).toISOString().slice(11, 19);
  };

  /** mm:ss below an hour, h:mm:ss below a day, then days: 2天 03:15. */
  fh.duration = function (milliseconds) {
    const all = Math.max(0, Math.floor(milliseconds / 1000));
    const [d, h, m, s] = [Math.floor(all / 86400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
    if (d) return `${fh.t("duty.days", { n: d })} ${two(h)}:${two(m)}`;
    return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
  };

  /** calm, warn or over: how a clock stands. Without a warning time the last quarter hour's
   *  third (5 minutes) warns. */
  fh.phase = function (due, warn, now) {
    if (now >= due) return "over";
    return now >= (warn || due - 300e3) ? "warn" : "calm";
  };

  function face(due, warn, now) {
    const phase = fh.phase(due, warn, now);
    return { phase, text: phase === "over" ? "+" + fh.duration(now - due) : fh.duration(Math.ceil((due - now) / 1000) * 1000) };
  }

  /** A running clock to an absolute due time. */
  fh.countdown = function (due, warn, size) {
    const now = fh.now();
    const shown = now === null ? { phase: "calm", text: "–:–" } : face(Date.parse(due), Date.parse(warn || "") || 0, now);
    return fh.el(
      `time.fh-time.fh-time--${size}`,
      { datetime: due, "data-due": due, "data-warn": warn || null, "data-phase": shown.phase },
      shown.text
    );
  };
  fh.elapsed = function (since) {
    const now = fh.now();
    return fh.el("time.fh-time.fh-time--small", { datetime: since, "data-since": since },
      now === null ? "–:–" : fh.duration(now - Date.parse(since)));
  };

  function tick() {
    const now = fh.now();
    let ranOut = false;
    if (now !== null) {
      for (const node of document.querySelectorAll("[data-due]")) {
        const shown = face(Date.parse(node.dataset.due), Date.parse(node.dataset.warn || "") || 0, now);
        if (node.textContent !== shown.text) node.textContent = shown.text;
        if (node.dataset.phase !== shown.phase) {
          node.dataset.phase = shown.phase;
          ranOut = ranOut || shown.phase === "over";
        }
      }
      for (const node of document.querySelectorAll("[data-since]")) {
        const text = fh.duration(now - Date.parse(node.dataset.since));
        if (node.textContent !== text) node.textContent = text;
      }
      const wall = document.getElementById("fh-clock");
      const text = fh.wallClock(now);
      if (wall && wall.textContent !== text) wall.textContent = text;
    }
    // Pages that say more of what is overdue than its clock draw themselves again.
    if (ranOut) document.dispatchEvent(new CustomEvent("fh:over"));
    setTimeout(tick, clock.rate > 1 ? 100 : 200);
  }

  /* ---- actions ------------------------------------------------------------------------------ */

  const actions = (fh.actions = fh.actions || {});
  /** Something with data-action="name" was pressed: run fh.actions[name](element, event). */
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest && event.target.closest("[data-action]");
    const act = pressed && actions[pressed.dataset.action];
    if (act) act(pressed, event);
  });

  /* ---- shell: theme, language, title ---------------------------------------------------------- */

  const keep = (key, value) => { try { localStorage.setItem(key, value); } catch (refused) { /* private mode */ } };
  const kept = (key) => { try { return localStorage.getItem(key); } catch (refused) { return null; } };
  fh.keep = keep;
  fh.kept = kept;

  actions["switch-language"] = function () {
    document.cookie = `fh_lang=${fh.english() ? "zh" : "en"};path=/;max-age=31536000;samesite=lax`;
    location.reload();
  };
  actions["switch-theme"] = function () {
    const theme = document.documentElement.dataset.theme === "wall" ? "desk" : "wall";
    keep("fh-theme", theme);
    setTheme(theme);
  };
  function setTheme(theme) {
    if (document.documentElement.dataset.theme === theme) return;
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("fh:theme"));
  }

  let shown = null; // the page that follow() saw last
  /** The page shown says its title and its theme; a theme that the viewer chose comes first. */
  function follow() {
    const page = document.querySelector("[data-page-theme]");
    if (!page) return;
    document.title = page.dataset.title;
    setTheme(kept("fh-theme") || page.dataset.pageTheme);
    if (page !== shown) {
      shown = page;
      document.querySelector(".fh-more")?.removeAttribute("open"); // it was chosen from
      navEnds();
    }
    for (const link of document.querySelectorAll(".fh-nav-link")) {
      const here = link.getAttribute("href") === location.pathname;
      if (here && !link.hasAttribute("aria-current")) { link.setAttribute("aria-current", "page"); reveal(link); }
      if (!here) link.removeAttribute("aria-current");
    }
  }
  /** Where the navigation is wider than its place: the page's own link is in sight. */
  function reveal(link) {
    const nav = link.parentElement;
    nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
    navEnds();
  }
  /** Links that lie beyond an edge: the navigation fades out there. */
  function navEnds() {
    const nav = document.querySelector(".fh-nav");
    if (!nav) return;
    nav.toggleAttribute("data-before", nav.scrollLeft > 2);
    nav.toggleAttribute("data-after", nav.scrollWidth - nav.clientWidth - nav.scrollLeft > 2);
  }
  document.addEventListener("scroll", (event) => { if (event.target.className === "fh-nav") navEnds(); }, true);
  addEventListener("resize", navEnds);

  /** Read JSON from our own server; rejects with {message} in words that can be shown. */
  fh.json = async function (path, body) {
    const options = { headers: {}, signal: AbortSignal.timeout(15000) };
    if (body !== undefined) {
      options.method = "POST";
      const form = body instanceof FormData; // with a file; the browser writes its own header
      if (!form) options.headers["Content-Type"] = "application/json";
      options.body = form ? body : JSON.stringify(body);
    }
    let answer;
    try {
      answer = await fh.send(path, options);
    } catch (failed) {
      throw new Error(fh.t("link.lost"));
    }
    const read = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(read.error || `HTTP ${answer.status}`), { errors: read.errors || [], status: answer.status, answer: read });
    return read;
  };

  function start() {
    tick();
    new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
    follow();
    if (fh.startLive) fh.startLive();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else setTimeout(start, 0);
})();
