/* 审计日志 (dashboard/pages/journal.py): search the journal, check its chain stretch by stretch. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const FIELDS = ["actor", "verb", "subject", "incident", "unit", "since", "until"];
  const state = { wanted: {}, faults: [], chain: null, older: [], before: null };
  const page = { root: "journal", stale: "jrn.failed", deaf: true, again: Infinity, asked: () => "/live/journal/search", read: (address) => ask(address, null), draw };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountJournal(data) {
      if (data) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    const incident = new URLSearchParams(location.search).get("incident");
    Object.assign(state, { wanted: incident ? { incident } : {}, faults: [], chain: null, older: [], before: null });
    fh.fill(at("journal-head"), [el("h1", { "data-key": "title" }, t("page.journal")), el("p.fh-meta", { "data-key": "lead" }, t("jrn.lead"))]);
    drawChain();
    drawSearch();
    fh.reading.open(page);
  }

  const body = (before) => ({ ...state.wanted, ...(before ? { before } : {}) });
  /** A time as it is typed is Shanghai's, wherever the browser stands. */
  const moment = (text) => (text ? `${text}:00+08:00` : null);

  async function ask(address, before) {
    state.faults = [];
    try {
      return await fh.json(address, body(before));
    } catch (failed) {
      state.faults = failed.errors || [];
      throw failed;
    } finally {
      drawSearch();
    }
  }

  /* ---- searching ------------------------------------------------------------------------------------- */

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".jrn-form")) return;
    event.preventDefault();
    go(event.target);
  });

  function go(form) {
    const given = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value.trim()]));
    for (const name of ["since", "until"]) given[name] = moment(given[name]);
    state.wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
    Object.assign(state, { older: [], before: null });
    page.taken = (page.taken || 0) + 1; // an answer to what was asked before counts no more
    fh.reading.again(page);
  }
  actions["journal-clear"] = function (pressed) {
    const form = pressed.closest("form");
    for (const name of FIELDS) form.elements[name].value = "";
    go(form);
  };
  actions["journal-more"] = async function (pressed) {
    pressed.disabled = true;
    try {
      const more = await ask("/live/journal/search", state.before || page.held.before);
      state.older.push(...more.entries);
      state.before = more.before || 0;
      fh.reading.show(page);
    } catch (failed) {
      pressed.disabled = false;
      fh.toast(t("jrn.failed", { reason: failed.message }), "bad");
    }
  };

  function drawSearch() {
    const host = at("journal-search");
    if (!host) return;
    const fault = (name) => state.faults.find((one) => one.field === name);
    const field = (name) => {
      const wrong = fault(name);
      const when = name === "since" || name === "until";
      const value = state.wanted[name] || "";
      return el("label.jrn-field", { "data-key": name }, el("span", null, t(`jrn.field.${name}`)),
        el("input", { name, type: when ? "datetime-local" : "text", maxlength: 80, autocomplete: "off", value: when ? value.slice(0, 16) : value, ...(wrong ? { "aria-invalid": "true", "aria-describedby": `jrn-fault-${name}` } : {}) }),
        wrong ? el("small.fh-fault", { id: `jrn-fault-${name}` }, `${wrong.message} ${wrong.remedy || ""}`) : null);
    };
    if (host.querySelector("form") && !state.faults.length && !host.querySelector(".fh-fault")) return; // what is being typed stays
    // On a phone the entries come first: the conditions fold away until they are wanted.
    const open = Boolean(state.faults.length) || !matchMedia("(max-width: 760px)").matches;
    fh.fill(host, [el("details.jrn-conditions", { "data-key": "conditions", open }, el("summary", null, t("jrn.conditions")), el("form.jrn-form", { role: "search" }, FIELDS.map(field),
      el("div.fh-actions", { "data-key": "go" }, el("button.fh-button.fh-button--main", { type: "submit" }, t("jrn.search")),
        el("button.fh-button.fh-button--plain", { type: "button", "data-action": "journal-clear" }, t("jrn.clear")))))]);
  }

  /* ---- the chain --------------------------------------------------------------------------------------- */

  actions["journal-verify"] = async function () {
    let stretch = { place: 0, hash: "" };
    state.chain = { ...stretch, total: null, running: true };
    drawChain();
    try {
      do {
        stretch = await fh.json("/live/journal/verify", { place: stretch.place, hash: stretch.hash });
        state.chain = { ...stretch, running: !stretch.done };
        drawChain();
      } while (!stretch.done && at("journal-chain"));
    } catch (failed) {
      state.chain = { failed: failed.message };
      drawChain();
    }
  };

  function drawChain() {
    const { chain } = state;
    const said = !chain ? null
      : chain.failed ? fh.badge("unanswered", t("jrn.failed", { reason: chain.failed }))
      : chain.running ? [el("progress.jrn-progress", { max: chain.total || 1, value: chain.place, "aria-label": t("jrn.verify") }), el("span.fh-meta", null, chain.total === null ? t("loading") : t("jrn.verifying", { place: chain.place, total: chain.total }))]
      : chain.broken_at ? fh.badge("unanswered", t("jrn.broken", { place: chain.broken_at, why: t(`jrn.why.${chain.why}`) }))
      : [fh.badge("acknowledged", t("jrn.sound", { total: chain.place, unsealed: chain.unsealed })), chain.hash ? el("span.jrn-hash", null, t("jrn.head"), " ", el("code", null, chain.hash.slice(0, 16))) : null];
    fh.fill(at("journal-chain"), [
      el("button.fh-button.fh-button--plain", { type: "button", "data-key": "verify", "data-action": "journal-verify", disabled: Boolean(chain && chain.running) }, t("jrn.verify")),
      el("div.jrn-said", { "data-key": "said", role: "status" }, said)]);
  }

  /* ---- entries ------------------------------------------------------------------------------------------ */

  function draw() {
    const { held } = page;
    const entries = held ? [...held.entries, ...state.older] : [];
    const before = held ? (state.before === null ? held.before : state.before) : null;
    fh.fill(at("journal-entries"), !held ? [] : !entries.length ? [fh.empty(t("jrn.none"))] : [
      el("ol.jrn-list", { "data-key": "list" }, entries.map(line)),
      before ? el("div.fh-actions", { "data-key": "more" }, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "journal-more" }, t("jrn.more"))) : null].filter(Boolean));
  }

  function who(entry) {
    const [kind, role] = entry.actor.split(":");
    if (entry.by) return kind === "account" ? entry.by : fh.english() ? `${entry.by}, ${t(role)}` : `${entry.by} ${t(role)}`;
    if (kind === "token") return t("jrn.token", { name: role });
    if (kind === "gateway") return t("jrn.gateway", { name: role });
    if (kind === "cli") return t("jrn.cli");
    return kind === "web" && role ? t(role) : ["engine", "sender"].includes(entry.actor) ? t("jrn.system") : entry.actor;
  }

  function line(entry) {
    const changed = entry.before || entry.after;
    return el("li.jrn-line", { "data-key": `e${entry.id}` },
      el("div.jrn-when", null, el("span.jrn-number", null, `#${entry.id}`), el("time", { datetime: entry.at }, entry.at.slice(0, 19).replace("T", " ")),
        el("small.fh-meta", null, t(entry.sealed ? "jrn.sealed" : "jrn.unsealed"))),
      el("div.jrn-what", null, el("b", null, fh.english() ? entry.en : entry.zh), el("code", null, entry.verb),
        changed ? el("details", null, el("summary", null, t("jrn.details")), side("jrn.before", entry.before), side("jrn.after", entry.after), el("p.fh-meta", null, t("jrn.real", { at: entry.real_at }))) : null),
      el("div.jrn-who", null, who(entry)),
      el("div.jrn-where", null, entry.unit_name ? el("span", null, entry.unit_name) : null, el("code", null, entry.subject),
        entry.incident ? el("a", { href: `/incidents/${entry.incident}` }, entry.incident) : null));
  }

  const side = (title, value) => (value ? el("div", null, el("small", null, t(title)), el("pre", null, JSON.stringify(value, null, 1))) : null);
})();
