/* 投诉档案 (dashboard/pages/complaints.py): found by words, shown masked, revealed for a reason. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const FIELDS = ["name", "phone", "id_number", "account", "address"];
  const TEXTS = ["subject", "summary", "demand"];
  const ROOT = "/live/complaint-files";
  const state = { id: null, text: "", shown: null, log: null, due: null };
  const page = {
    root: "files", stale: "cpf.failed", deaf: true, again: Infinity,
    asked: () => (state.id ? `${ROOT}/${state.id}` : `${ROOT}/search`),
    read: (address) => (state.id ? whole(address) : fh.say(address, { text: state.text })),
    missing: () => [fh.empty(t("cpf.missing"), t("inc.missing_hint")),
      el("div.fh-actions", null, el("a.fh-button.fh-button--plain", { href: "/complaints" }, t("cpf.back")))], draw,
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountComplaintFiles(given) {
      if (given) requestAnimationFrame(() => mount(given.id));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id: id || null, shown: null, log: null, due: null });
    fh.fill(at("files-head"), [el("h1", { "data-key": "h" }, id ? `${t("page.file")} ${id}` : t("page.files")), el("p.fh-meta", { "data-key": "l" }, t("cpf.lead"))]);
    fh.fill(at("files-search"), id ? [el("a.fh-button.fh-button--plain", { "data-key": "b", href: "/complaints" }, t("cpf.back"))] : [
      el("form.cpf-form", { "data-key": "f", role: "search" },
        el("label.cpf-field", null, el("span", null, t("cpf.ask")), el("input", { name: "text", type: "search", maxlength: 80, autocomplete: "off", value: state.text })),
        el("button.fh-button.fh-button--main", { type: "submit" }, t("cpf.search")))]);
    fh.reading.open(page);
    fh.reading.again(page);
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".cpf-form")) return;
    event.preventDefault();
    state.text = event.target.elements.text.value.trim();
    page.taken = (page.taken || 0) + 1; // an answer to what was asked before counts no more
    fh.reading.again(page);
  });

  /** The complaint, and the regulator cases that are about it. */
  async function whole(address) {
    const asked = fh.may("see_regulator") ? fh.json(`/live/regulator-cases/of/${state.id}`).catch(() => ({ cases: [] })) : { cases: [] };
    const [one, { cases }] = await Promise.all([fh.json(address), asked]);
    return { ...one, cases };
  }

  const may = (right) => Boolean(page.held && page.held.may.includes(right));
  const time = (text) => (text ? text.slice(0, 16).replace("T", " ") : "–");
  const button = (action, words, data) => el("button.fh-button.fh-button--plain", { type: "button", "data-key": action, "data-action": action, ...data }, words);

  function draw() {
    if (!at("files-body")) return;
    fh.fill(at("files-body"), !page.held ? [] : state.id ? record(page.held) : list(page.held));
  }

  /* ---- the list ------------------------------------------------------------------------------------ */

  function list({ found, more, asked }) {
    const tools = el("div.fh-actions", { "data-key": "tools" }, may("export_complaints") ? button("files-export", t("cpf.export")) : null, may("dispose") ? button("files-due", t("cpf.due")) : null);
    const answer = !asked ? fh.empty(t("cpf.begin")) : !found.length ? fh.empty(t("cpf.none")) : el("div", { "data-key": "found" },
      el("p.fh-meta", { role: "status" }, t(more ? "cpf.found_most" : "cpf.found", { n: found.length })),
      el("table.fh-table.cpf-table", null, el("thead", null, el("tr", null, ["complaint", "received", "unit", "product", "client", "phone", "status"].map((key) => el("th", { scope: "col" }, t(`cpf.${key}`))))),
        el("tbody", null, found.map(line))));
    return [tools, answer, state.due ? dueList() : null].filter(Boolean);
  }

  const cell = (key, ...content) => el("td", { "data-head": t(`cpf.${key}`) }, content);
  const first = (one) => one.parties[0] || {};
  const masked = (party, name) => (party.erased ? t("cpf.erased") : party[name] || "–");

  function line(one) {
    return el("tr", { "data-key": one.complaint },
      cell("complaint", el("a", { href: `/complaints/${one.complaint}` }, one.complaint)),
      cell("received", time(one.received_at)), cell("unit", one.unit), cell("product", one.product || "–"),
      cell("client", masked(first(one), "name")), cell("phone", masked(first(one), "phone")),
      cell("status", t(`cpf.status.${one.status}`)));
  }

  /* ---- one complaint ---------------------------------------------------------------------------------- */

  const pair = (key, value) => el("div.cpf-pair", { "data-key": key }, el("dt", null, t(`cpf.${key}`)), el("dd", null, value));

  function record(one) {
    const clear = state.shown;
    const texts = clear ? clear.texts : one.texts;
    return [
      el("dl.cpf-facts", { "data-key": "facts" }, pair("received", time(one.received_at)), pair("entered", time(one.entered_at)), pair("unit", one.unit),
        pair("channel", t(one.channel)), pair("product", one.product || "–"), pair("status", t(`cpf.status.${one.status}`)), one.amount ? pair("amount", one.amount) : null,
        one.incident ? pair("incident", el("a", { href: `/incidents/${one.incident}` }, one.incident)) : null,
        ...one.cases.map((known) => el("div.cpf-pair", { "data-key": known.id }, el("dt", null, t("page.regulator")),
          el("dd", null, el("a", { href: `/regulator/${known.id}` }, known.number), " ", el("small", null, t(`reg.state.${known.state}`)))))),
      one.channel === "regulator" && !one.cases.length && fh.may("work_regulator") ? el("p", { "data-key": "offer" }, fh.badge("incident", t("reg.offer_hint")), " ",
        el("a.fh-button.fh-button--plain", { href: `/regulator?${new URLSearchParams({ complaint: state.id, unit: one.unit_code })}` }, t("reg.offer"))) : null,
      clear ? el("p.cpf-clear", { "data-key": "clear", role: "status" }, fh.badge("slow", t("cpf.revealed"))) : null,
      ...one.parties.map((party, nth) => person(party, nth, clear)),
      el("section.cpf-part", { "data-key": "texts" }, el("h2", null, t("cpf.texts")),
        one.disposed_at ? el("p.fh-meta", null, t("cpf.disposed")) : !texts ? el("p.fh-meta", null, t("cpf.erased"))
          : el("dl.cpf-texts", null, TEXTS.filter((name) => texts[name]).map((name) => pair(name, texts[name])))),
      el("div.fh-actions", { "data-key": "tools" },
        may("reveal_client") && !clear && one.texts ? button("files-reveal", t("cpf.reveal")) : null,
        may("see_access_log") ? button("files-looked", t("cpf.looked")) : null,
        may("dispose") && one.texts ? one.clients.map((client) => button("files-erase", t("cpf.erase"), { "data-client": client })) : null),
      state.log ? el("section.cpf-part", { "data-key": "log" }, el("h2", null, t("cpf.looked")), state.log.length
        ? el("ol.cpf-log", null, state.log.map((entry) => el("li", null, el("time", null, time(entry.at)), el("span", null, entry.by || entry.actor), el("span", null, t(`cpf.what.${entry.what}`), " ", entry.fields.map((name) => t(`cpf.${name}`)).join("、")), el("span", null, entry.reason))))
        : el("p.fh-meta", null, t("cpf.looked_none"))) : null,
    ].filter(Boolean);
  }

  function person(party, nth, clear) {
    const held = clear ? clear.parties[nth] : party;
    return el("section.cpf-part", { "data-key": `p${nth}` }, el("h2", null, t(`cpf.role.${party.role}`)),
      party.erased ? el("p.fh-meta", null, t("cpf.erased")) : el("dl.cpf-facts", null, FIELDS.filter((name) => held[name]).map((name) => pair(name, held[name]))));
  }

  /* ---- acts -------------------------------------------------------------------------------------------- */

  const reason = () => fh.inc.field(t("cpf.reason"), el("textarea", { name: "reason", required: true, rows: 2, maxlength: 200 }));
  /** Only what the record holds is asked for, and so journalled as seen. */
  const held = () => [...FIELDS.filter((name) => page.held.parties.some((party) => party[name])), ...TEXTS.filter((name) => page.held.texts[name])];
  const why = (form) => form.elements.reason.value.trim();

  actions["files-reveal"] = function () {
    fh.inc.ask(t("cpf.reveal"), {
      intro: el("p.fh-meta", null, t("cpf.reveal_ask")), fields: [reason()], save: t("cpf.reveal"),
      send: async (form) => { state.shown = await fh.say(`${ROOT}/${state.id}/reveal`, { fields: held(), reason: why(form) }); draw(); },
    });
  };
  actions["files-looked"] = async function () {
    try {
      state.log = (await fh.json(`${ROOT}/${state.id}/looked`)).log;
      draw();
    } catch (failed) { fh.toast(t("cpf.failed", { reason: failed.message }), "bad"); }
  };
  actions["files-erase"] = function (pressed) {
    fh.inc.ask(t("cpf.erase"), {
      intro: el("p.inc-warn", null, t("cpf.erase_ask")), fields: [reason()], save: t("cpf.erase"),
      send: async (form) => { await fh.say(`${ROOT}/clients/${pressed.dataset.client}/erase`, { reason: why(form) }); state.shown = null; fh.toast(t("cpf.erase_done")); fh.reading.again(page); },
    });
  };
  actions["files-export"] = function () {
    fh.inc.ask(t("cpf.export"), {
      intro: el("p.fh-meta", null, t("cpf.export_ask")), fields: [reason()], save: t("cpf.export"),
      send: async (form) => { await save({ reason: why(form), text: state.text, kind: "xlsx" }); fh.toast(t("cpf.exported")); },
    });
  };

  async function save(body) {
    const answer = await fetch(`${ROOT}/export`, { method: "POST", headers: { "X-Fenghuo": "1", "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || `HTTP ${answer.status}`);
    const link = el("a", { href: URL.createObjectURL(await answer.blob()), download: "complaints.xlsx" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /* ---- disposal ------------------------------------------------------------------------------------------ */

  actions["files-due"] = async function () {
    try {
      state.due = (await fh.json(`${ROOT}/disposal`)).due;
      draw();
    } catch (failed) { fh.toast(t("cpf.failed", { reason: failed.message }), "bad"); }
  };

  function dueList() {
    return el("section.cpf-part", { "data-key": "due" }, el("h2", null, t("cpf.due")), el("p.fh-meta", { role: "status" }, t("cpf.due_n", { n: state.due.length })),
      state.due.length ? el("ul.cpf-due", null, state.due.map((one) => el("li", null, el("label.fh-radio", null, el("input", { type: "checkbox", name: "due", value: one.complaint }), `${one.complaint} · ${time(one.received_at)} · ${one.unit}`)))) : null,
      state.due.length ? button("files-dispose", t("cpf.dispose")) : null);
  }

  actions["files-dispose"] = function () {
    const chosen = [...document.querySelectorAll("#files [name=due]:checked")].map((box) => box.value);
    if (!chosen.length) return fh.toast(t("cpf.choose"), "bad");
    return fh.inc.ask(t("cpf.dispose"), {
      intro: el("p.inc-warn", null, t("cpf.dispose_ask", { n: chosen.length })), fields: [reason()], save: t("cpf.dispose"),
      send: async (form) => { const done = await fh.say(`${ROOT}/disposal`, { complaints: chosen, reason: why(form) }); fh.toast(t("cpf.disposed_n", { n: done.disposed })); actions["files-due"](); },
    });
  };
})();
