/* 接口令牌: which machines may call, what they may do, and since when they have not. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const page = { root: "tokens", again: 30000, deaf: true, stale: "tok.failed", asked: () => "/live/tokens", draw };
  const HEADS = ["label", "unit", "sources", "scopes", "state", "used", "act"];
  const SHAPES = { active: "ok", expired: "slow", revoked: "gap" };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountTokens(given) {
      if (given) requestAnimationFrame(() => { fh.reading.open(page); fh.reading.again(page); });
      return window.dash_clientside.no_update;
    },
  });

  /* ---- drawing ---------------------------------------------------------------------------------- */

  function draw() {
    const { tokens, refused } = page.held;
    fh.fill(at("tokens-head"), [
      el("h1", { "data-key": "h" }, t("page.tokens")),
      el("span.fh-meta", { "data-key": "n" }, t("tok.count", { n: tokens.filter((one) => one.state === "active").length })),
      refused ? el("span.tok-refused", { "data-key": "r", role: "status" }, fh.badge("gap", t("tok.recent", refused))) : null,
      el("button.fh-button.fh-button--main.tok-add", { "data-key": "b", type: "button", "data-action": "token-add" }, t("tok.add")),
    ].filter(Boolean));
    fh.fill(at("tokens-list"), !tokens.length ? [fh.empty(t("tok.none"))] : [el("table.fh-table.ppl-table", { "data-key": "table" },
      el("thead", null, el("tr", null, HEADS.map((key) => el("th", { scope: "col" }, t(`tok.head.${key}`))))),
      el("tbody", null, tokens.map(row)))]);
  }

  const cell = (key, ...content) => el("td", { "data-head": t(`tok.head.${key}`) }, content);
  const names = (scopes) => scopes.map((scope) => t(`right.${scope}`)).join("、");

  function row(one) {
    const all = one.scopes.length >= page.held.scopes.length;
    return el("tr", { "data-key": `t${one.id}`, "data-disabled": one.state !== "active" },
      cell("label", one.label),
      cell("unit", one.unit_name || "–"),
      cell("sources", one.sources.includes("*") ? t("tok.any") : one.sources.join("、")),
      cell("scopes", el("details.tok-scopes", null, el("summary", null, t(all ? "tok.all" : "tok.some", { n: one.scopes.length })), el("span.fh-meta", null, names(one.scopes)))),
      cell("state", el("span.ppl-states", null, fh.badge(SHAPES[one.state], t(`tok.state.${one.state}`)),
        one.expires && one.state === "active" ? el("small.fh-meta", null, t("tok.until", { time: fh.hourMinute(one.expires) })) : null,
        one.refused ? el("small.fh-meta", null, t("tok.refused", { n: one.refused })) : null)),
      cell("used", one.used ? t("tok.used", { time: fh.hourMinute(one.used), from: one.used_from || "?" }) : t("tok.never")),
      cell("act", one.state === "revoked" ? null : el("button.fh-button.fh-button--plain", { type: "button", "data-action": "token-revoke", "data-token": one.id, "aria-label": `${t("tok.revoke")} ${one.label}` }, t("tok.revoke"))));
  }

  /* ---- forms ------------------------------------------------------------------------------------ */

  const again = () => fh.reading.again(page);
  const USUAL = ["take_complaint", "report_gathering"];

  function unitOf(text) {
    const found = page.held.units.find((unit) => text === unit.code || text === unit.name || text === `${unit.name} ${unit.code}`);
    if (!found) throw new Error(t("ppl.unit_unknown"));
    return found.code;
  }

  actions["token-add"] = function () {
    const [top] = page.held.units;
    const plain = { autocomplete: "off", spellcheck: "false" };
    fh.inc.ask(t("tok.add"), {
      fields: [
        fh.inc.field(t("tok.head.label"), el("input", { name: "label", required: true, maxlength: 60, ...plain })),
        fh.inc.field(t("tok.head.unit"), el("input", { name: "unit", required: true, list: "tokens-units", value: top ? `${top.name} ${top.code}` : null, ...plain })),
        el("datalist", { id: "tokens-units" }, page.held.units.map((unit) => el("option", { value: `${unit.name} ${unit.code}` }))),
        fh.inc.field(t("tok.head.sources"), el("input", { name: "sources", required: true, maxlength: 400, placeholder: t("tok.sources_hint"), ...plain })),
        fh.inc.field(t("tok.expires"), el("input", { name: "expires", type: "date" })),
        el("fieldset.tok-boxes", null, el("legend", null, t("tok.head.scopes")), page.held.scopes.map((scope) =>
          el("label.fh-radio", null, el("input", { type: "checkbox", name: "scope", value: scope, checked: USUAL.includes(scope) }), t(`right.${scope}`)))),
      ],
      save: t("tok.create"),
      send: async (form) => {
        const { label, unit, sources, expires } = form.elements;
        const { token } = await fh.say("/live/tokens", {
          label: label.value.trim(), unit: unitOf(unit.value.trim()),
          scopes: [...form.querySelectorAll("[name=scope]:checked")].map((box) => box.value),
          sources: sources.value.split(/[,，、\s]+/).filter(Boolean),
          expires: expires.value ? `${expires.value}T00:00:00+08:00` : null,
        });
        setTimeout(() => showOnce(token), 0);
        again();
      },
    });
  };

  actions["token-revoke"] = function (pressed) {
    const one = page.held.tokens.find((token) => String(token.id) === pressed.dataset.token);
    fh.inc.ask(`${t("tok.revoke")} ${one.label}`, {
      intro: el("p.fh-meta", null, t("tok.revoke_ask")), fields: [], save: t("tok.revoke"),
      send: async () => { await fh.say(`/live/tokens/${one.id}/revoke`); fh.toast(t("tok.done")); again(); },
    });
  };

  function showOnce(token) {
    fh.dialog(t("tok.once"), el("p.ppl-once.tok-once", null, token), el("p.fh-meta", null, t("tok.once_why")),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
  }
})();
