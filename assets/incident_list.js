/* All incidents: open ones by their next clock, past ones newest first. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});
  const AGAIN_MS = 10000;
  const state = { subscribed: false, revision: null, readAt: -Infinity, busy: false };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountIncidents(wanted) {
      if (wanted) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    state.revision = null;
    if (!state.subscribed) fh.onSnapshot(follow);
    else if (fh.snapshot()) follow(fh.snapshot());
    state.subscribed = true;
  }

  function follow(snapshot) {
    if (!at("incidents")) return;
    const old = performance.now() - state.readAt > AGAIN_MS;
    if (snapshot.revision === state.revision && !old) return;
    state.revision = snapshot.revision;
    read();
  }

  async function read() {
    if (state.busy) return;
    state.busy = true;
    state.readAt = performance.now();
    const seen = state.revision;
    await Promise.all([one("open", openRow), one("stood_down", openRow), one("closed", closedRow)]);
    state.busy = false;
    if (seen !== state.revision && at("incidents")) read();
  }

  async function one(name, row) {
    const host = at(`incidents-${name}`);
    try {
      const { incidents } = await fh.json(`/live/incident-list/${name}`);
      if (name !== "closed") incidents.sort((a, b) => due(a) - due(b));
      if (name === "stood_down") at("incidents-stood_down-panel").hidden = !incidents.length;
      fh.fill(host, incidents.length ? incidents.map(row) : [fh.empty(t(`list.${name}_none`))]);
    } catch (failed) {
      fh.fill(host, [el("p.fh-failure", { role: "alert" }, t("list.failed", { reason: failed.message }))]);
    }
  }

  const first = (incident) => inc.openDuties(incident).sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))[0];
  const due = (incident) => (first(incident) ? Date.parse(first(incident).due_at) : Infinity);

  function what(incident) {
    const facts = [incident.place.branch !== incident.place.short_name ? incident.place.branch : null, incident.product, t("inc.since", { time: fh.hourMinute(incident.opened_at) }), incident.id];
    return el("div.inc-row-what", null,
      el("h3", null, fh.badge(incident.severity, t(`severity.${incident.severity}`)), el("a", { href: `/incident/${incident.id}` }, inc.sentence(incident))),
      el("p.fh-meta", null, facts.filter(Boolean).join(" · ")));
  }

  function openRow(incident) {
    const duty = first(incident);
    const late = inc.openDuties(incident).filter((one) => Date.parse(one.due_at) <= fh.now()).length;
    const last = incident.acknowledgements[incident.acknowledgements.length - 1];
    return el("article.inc-row", { "data-key": incident.id, "data-state": incident.severity },
      what(incident),
      el("div.inc-row-answer", null, last ? fh.badge("acknowledged", inc.person(last.by, last.role)) : fh.badge("unanswered", t("list.unanswered"))),
      el("div.inc-row-clock", null, duty ? fh.countdown(duty.due_at, duty.warn_at, "row") : fh.badge("acknowledged", t("duty.over_with")), late ? el("p", null, fh.badge("gap", t("duty.breaches", { n: late }))) : null, duty ? el("p.fh-meta", null, inc.title(duty)) : null));
  }

  function closedRow(incident) {
    const lasted = fh.duration(Date.parse(incident.closed_at) - Date.parse(incident.opened_at));
    return el("article.inc-row.inc-row--closed", { "data-key": incident.id },
      what(incident),
      el("div.inc-row-answer", null, el("span.fh-meta", null, t("inc.lasted", { time: lasted }))),
      el("div.inc-row-clock", null, el("span", null, fh.hourMinute(incident.closed_at)), el("p.fh-meta", null, t("list.ended"))));
  }
})();
