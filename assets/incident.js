/* One incident: hands the data from Dash to the drawing files, reads it again on every revision
 * (page_reading.js).
 *
 * dashboard/pages/incident.py lays out empty sections; incident_sections.js says what goes into
 * them.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});

  const state = { id: null };
  const page = { root: "incident", again: 4000, stale: "inc.stale", asked: () => `/live/incident/${encodeURIComponent(state.id)}`, draw };
  inc.current = () => page.held;
  inc.reread = () => fh.reading.again(page);
  inc.show = (incident) => fh.reading.take(page, incident);
  inc.redraw = () => fh.reading.show(page);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountIncident(data) {
      if (data) requestAnimationFrame(() => mount(data));
      return window.dash_clientside.no_update;
    },
  });

  function mount({ id, incident }) {
    state.id = id;
    inc.opened.clear();
    fh.reading.open(page, incident);
  }

  function draw() {
    const incident = page.held;
    at("incident").dataset.state = incident.state;
    for (const [name, make] of Object.entries(inc.sections)) fh.fill(at(`incident-${name}`), make(incident));
    const body = at("incident").closest("[data-title]");
    const title = `${inc.sentence(incident)} · ${t("app.name")}`;
    if (body && body.dataset.title !== title) body.dataset.title = title;
    if (document.title !== title) document.title = title;
  }

  /** There is no such incident: said in place of the sections. */
  inc.noSuch = () => [el("div.inc-none", null, el("div.fh-failure", { role: "alert" }, el("p", null, t("inc.missing")), el("small", null, t("inc.missing_hint"))),
    el("a.fh-button.fh-button--plain", { href: "/incidents" }, t("inc.to_list")))];

  /* What the viewer opened stays open when the page is drawn again. */
  inc.opened = new Set();
  inc.fold = (key, summary, ...content) =>
    el("details.inc-fold", { "data-key": key, open: inc.opened.has(key) }, el("summary", null, summary), content);
  document.addEventListener("toggle", (event) => {
    const key = event.target.matches && event.target.matches(".inc-fold") && event.target.dataset.key;
    if (key) inc.opened[event.target.open ? "add" : "delete"](key);
  }, true);
})();
