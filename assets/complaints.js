/* One complaint's record (dashboard/pages/complaints.py): masked, revealed for a reason; its papers. */
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
  const state = { id: null, shown: null, log: null };
  const page = {
    root: "files", stale: "cpf.failed", deaf: true, again: Infinity,
    asked: () => (state.id ? `${ROOT}/${state.id}` : null), read: whole,
    missing: () => [fh.empty(t("cpf.missing"), t("inc.missing_hint")),
      el("div.fh-actions", null, el("a.fh-button.fh-button--plain", { href: "/archive" }, t("cpf.back")))], draw,
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountComplaintFiles(given) {
      if (given) requestAnimationFrame(() => mount(given.id));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id: id || null, shown: null, log: null });
    fh.fill(at("files-head"), [el("h1", { "data-key": "h" }, `${t("page.file")} ${id || ""}`), el("p.fh-meta", { "data-key": "l" }, t("cpf.lead"))]);
    fh.fill(at("files-search"), [el("a.fh-button.fh-button--plain", { "data-key": "b", href: "/archive" }, t("cpf.back")),
      fh.may("see_ticket") && id ? el("a.fh-button.fh-button--plain", { "data-key": "t", href: `/tickets/${id}` }, t("arc.ticket")) : null].filter(Boolean));
    fh.reading.open(page);
    fh.reading.again(page);
  }

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
    fh.fill(at("files-body"), page.held ? record(page.held) : []);
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
      one.texts ? fh.papers(one.complaint) : null,
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
})();
