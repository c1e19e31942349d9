/* One incident: hands the data from Dash to the drawing files, reads it again on every revision.
 *
 * dashboard/pages/incident.py lays out empty sections; incident_sections.js says what goes into
 * them. A read never overlaps another; whoever asks meanwhile gets one more.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});
  const AGAIN_MS = 4000;

  const state = { id: null, held: null, reading: false, again: false, readAt: -Infinity, revision: null, subscribed: false };
  inc.current = () => state.held;

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountIncident(data) {
      if (data) requestAnimationFrame(() => mount(data));
      return window.dash_clientside.no_update;
    },
  });

  function mount({ id, incident }) {
    Object.assign(state, { id, held: null, revision: null, readAt: -Infinity });
    inc.opened.clear();
    if (incident) show(incident);
    else inc.reread();
    if (!state.subscribed) fh.onSnapshot(follow);
    state.subscribed = true;
  }

  /** A new snapshot of the bank: this incident may have moved too. */
  function follow(snapshot) {
    if (!at("incident") || !state.id) return;
    const moved = snapshot.revision !== state.revision;
    state.revision = snapshot.revision;
    if (moved || performance.now() - state.readAt > AGAIN_MS) inc.reread();
    else draw();
  }

  inc.reread = async function () {
    if (state.reading) {
      state.again = true;
      return;
    }
    state.reading = true;
    do {
      state.again = false;
      await readOnce(state.id);
    } while (state.again);
    state.reading = false;
  };

  async function readOnce(id) {
    state.readAt = performance.now();
    try {
      const read = await fh.json(`/live/incident/${encodeURIComponent(id)}`);
      if (id === state.id) show(read);
    } catch (failed) {
      if (id === state.id) fault(failed.message);
    }
  }

  /** Show what a read or a verb answered. */
  inc.show = show;
  function show(incident) {
    state.held = incident;
    fault(null);
    draw();
  }

  function fault(reason) {
    const host = at("incident-fault");
    if (!host) return;
    const say = reason === null ? [] : [el("p.fh-failure", { role: "alert" }, t("inc.stale", { reason }), " ",
      el("button.fh-button.fh-button--plain", { type: "button", "data-action": "incident-reread" }, t("error.retry")))];
    fh.fill(host, say);
    if (reason !== null && !state.held) fh.fill(at("incident-head"), []);
  }
  fh.actions = fh.actions || {};
  fh.actions["incident-reread"] = () => inc.reread();

  function draw() {
    const incident = state.held;
    if (!incident || !at("incident")) return;
    at("incident").dataset.state = incident.state;
    for (const [name, make] of Object.entries(inc.sections)) fh.fill(at(`incident-${name}`), make(incident));
    const page = at("incident").closest("[data-title]");
    const title = `${inc.sentence(incident)} · ${t("app.name")}`;
    if (page && page.dataset.title !== title) page.dataset.title = title;
    if (document.title !== title) document.title = title;
  }
  inc.redraw = draw;

  /* What the viewer opened stays open when the page is drawn again. */
  inc.opened = new Set();
  inc.fold = (key, summary, ...content) =>
    el("details.inc-fold", { "data-key": key, open: inc.opened.has(key) }, el("summary", null, summary), content);
  document.addEventListener("fh:over", () => draw());
  document.addEventListener("toggle", (event) => {
    const key = event.target.matches && event.target.matches(".inc-fold") && event.target.dataset.key;
    if (key) inc.opened[event.target.open ? "add" : "delete"](key);
  }, true);
})();
