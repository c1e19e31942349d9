/* What the complaint form keeps on this machine, and the sending that outlasts an outage.
 *
 * One draft, and a queue: each sent complaint is one entry under its own key, with the body frozen
 * when it was first sent, so that every try carries the same bytes under the same source_ref and
 * the server can tell a repetition. An entry leaves the queue only by an answer.
 *
 * All of it is the signed-in person's: on a machine that several share nobody else is shown it, and
 * what waits is sent when its owner is signed in again. Signing out takes the draft away.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const whose = () => (fh.viewer() ? fh.viewer().id : 0);
  const draftKey = () => `fh-complaint-draft:${whose()}`;
  const entryKey = (ref) => `fh-complaint-out:${whose()}:${ref}`;
  const FIRST_WAIT = 2000;
  const LONGEST_WAIT = 15000;
  const TIMEOUT_MS = 10000;
  const STUCK_MS = 12000; // a try that has no outcome by then belongs to a tab that was closed
  const pace = { timer: null, wait: FIRST_WAIT, busy: false, triedAt: -Infinity };
  const watchers = [];
  const store = (fh.complaints = {
    /** Called after every change of the queue, with the entry concerned (or null). */
    watch: (tell) => watchers.push(tell),
    /** Whether this browser keeps anything at all. */
    keeps: true,
  });

  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch (broken) { return null; } };
  function write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      store.keeps = true;
    } catch (refused) {
      store.keeps = false;
    }
  }

  store.newRef = function () {
    const bytes = crypto.getRandomValues(new Uint8Array(10));
    return `CW-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  };
  store.draft = () => read(draftKey());
  store.keepDraft = (draft) => write(draftKey(), draft);
  store.dropDraft = () => localStorage.removeItem(draftKey());
  /** What signing out would leave here or take away: how many are not delivered, whether a draft is. */
  store.left = () => ({ unsent: store.entries().filter((entry) => entry.state !== "done").length, draft: store.draft() !== null });

  /** All entries of the queue, the oldest first. */
  store.entries = function () {
    const found = [];
    try {
      for (let nth = 0; nth < localStorage.length; nth += 1) {
        const key = localStorage.key(nth);
        if (key.startsWith(entryKey(""))) found.push(read(key));
      }
    } catch (refused) { /* private mode: nothing is kept */ }
    return found.filter(Boolean).sort((a, b) => a.at - b.at);
  };
  store.put = function (entry) {
    write(entryKey(entry.ref), entry);
    tell(entry);
  };
  store.drop = function (ref) {
    localStorage.removeItem(entryKey(ref));
    tell(null);
  };
  const tell = (entry) => { for (const watcher of watchers) watcher(entry); };

  addEventListener("storage", (event) => {
    if (event.key === draftKey() || (event.key || "").startsWith(entryKey(""))) tell(null);
  });

  /* ---- sending --------------------------------------------------------------------------------- */

  /** One try. Resolves to the entry with its new state: done, refused (with errors) or waiting. */
  store.send = async function (entry) {
    const tried = { ...entry, tries: (entry.tries || 0) + 1 };
    let outcome;
    try {
      const answer = await fh.send("/live/complaints", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: entry.body, signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      outcome = judge(answer.status, await answer.json().catch(() => null));
    } catch (failed) {
      outcome = { state: "waiting" }; // it may have arrived: only the same bytes may be sent again
    }
    const next = { ...tried, ...outcome };
    if (next.state === "done") { delete next.body; delete next.draft; } // no personal data stays behind
    store.put(next);
    if (next.state === "waiting") plan();
    return next;
  };

  function judge(status, read) {
    if ((status === 200 || status === 201) && read) return { state: "done", answer: read };
    if (status >= 500 || [401, 408, 429].includes(status) || !read) return { state: "waiting" };
    return { state: "refused", status, error: read.error || `HTTP ${status}`, errors: read.errors || [] };
  }

  /** Try what waits, one after the other; never from two tabs at once where the browser can tell. */
  async function work() {
    if (pace.busy) return;
    pace.busy = true;
    pace.triedAt = performance.now();
    try {
      if (navigator.locks) await navigator.locks.request("fh-complaint-out", { ifAvailable: true }, (lock) => (lock ? round() : null));
      else await round();
    } finally {
      pace.busy = false;
    }
    if (store.entries().some((entry) => entry.state === "waiting")) plan();
    else pace.wait = FIRST_WAIT;
  }

  async function round() {
    for (const entry of store.entries()) {
      if (entry.state === "sending" && Date.now() - entry.at > STUCK_MS) store.put({ ...entry, state: "waiting" });
    }
    for (const entry of store.entries()) {
      if (entry.state !== "waiting") continue;
      const after = await store.send(entry);
      if (after.state === "waiting") { pace.wait = Math.min(LONGEST_WAIT, pace.wait * 1.5); return; }
    }
  }

  function plan() {
    clearTimeout(pace.timer);
    pace.timer = setTimeout(work, pace.wait);
  }

  /** The server gave a sign of life: don't wait for the timer. */
  store.nudge = function () {
    const waits = store.entries().some((entry) => entry.state === "waiting");
    if (waits && performance.now() - pace.triedAt > 1000) { pace.wait = FIRST_WAIT; work(); }
  };

  function start() {
    work();
    setTimeout(work, STUCK_MS + 500);
    addEventListener("online", store.nudge);
    fh.onSnapshot(store.nudge);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else setTimeout(start, 0);
})();
