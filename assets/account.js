/* 我的账号: where I am signed in, my second factor, my password. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const page = { root: "account", again: 30000, deaf: true, stale: "acct.failed", asked: () => "/live/account", draw };
  const button = (action, text, kind, more) => el(`button.fh-button.fh-button--${kind || "plain"}`, { type: "button", "data-action": action, ...more }, text);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountAccount(wanted) {
      if (wanted) requestAnimationFrame(() => { fh.reading.open(page); fh.reading.again(page); });
      return window.dash_clientside.no_update;
    },
  });

  /** POST, with every field's fault in the words that are thrown. */
  fh.say = async function (path, body) {
    try {
      return await fh.json(path, body || {});
    } catch (failed) {
      const said = (failed.errors || []).map((one) => [one.message, one.remedy].filter(Boolean).join(fh.english() ? ": " : "，"));
      if (said.length) failed.message = said.join(fh.english() ? "; " : "；");
      throw failed;
    }
  };

  /* ---- drawing ---------------------------------------------------------------------------------- */

  function draw() {
    const { name, login, unit, roles, seats, sessions, factor } = page.held;
    fh.fill(at("account-head"), [
      el("h1", { "data-key": "name" }, name),
      el("p.fh-meta", { "data-key": "who" }, [login, unit, roles.map((role) => t(`access.${role}`)).join("、"), seats.map((seat) => t(seat)).join("、")].filter(Boolean).join(" · ")),
      el("a", { "data-key": "rights", href: "/rights" }, t("page.rights")),
      button("account-out", t("acct.sign_out"), "plain", { "data-key": "out" }),
    ]);
    fh.fill(at("account-sessions"), [el("ul.acct-list", { "data-key": "list" }, sessions.map(line)),
      sessions.length > 1 ? button("account-end-others", t("acct.end_others"), "plain", { "data-key": "others" }) : null]);
    fh.fill(at("account-factor"), factorLines(factor));
    fh.fill(at("account-password"), [el("p.fh-meta", { "data-key": "hint" }, t("acct.password_hint")), button("account-password", t("acct.change"), "plain", { "data-key": "change" })]);
  }

  function line(one) {
    return el("li", { "data-key": `s${one.id}` },
      el("p", null, el("b", null, one.device), " ", one.this ? fh.badge("ok", t("acct.this")) : null,
        el("span.fh-meta", null, `${one.address} · ${t("acct.seen", { time: fh.hourMinute(one.seen) })} · ${t("acct.ends", { time: fh.hourMinute(one.ends) })}`)),
      one.this ? null : button("account-end", t("acct.end"), "plain", { "data-session": one.id, "aria-label": `${t("acct.end")} ${one.device}` }));
  }

  function factorLines({ since, codes_left: left, required }) {
    const state = since ? fh.badge("ok", t("acct.factor_on", { time: fh.hourMinute(since) })) : fh.badge(required ? "gap" : "quiet", t("acct.factor_off"));
    return [
      el("p", { "data-key": "state" }, state, required ? el("span.fh-meta", null, ` ${t("acct.factor_must")}`) : null),
      since ? el("p.fh-meta", { "data-key": "left" }, left <= 3 ? fh.badge("slow", t("acct.codes_left", { n: left })) : t("acct.codes_left", { n: left })) : null,
      since ? button("account-codes", t("acct.codes_new"), "plain", { "data-key": "codes" }) : button("account-factor", t("acct.factor_set"), required ? "main" : "plain", { "data-key": "set" }),
    ];
  }

  /* ---- doing ------------------------------------------------------------------------------------ */

  actions["account-out"] = () => actions["sign-out"]();
  async function ending(path) {
    try {
      await fh.say(path);
      fh.toast(t("acct.ended"));
    } catch (failed) {
      fh.toast(failed.message, "bad");
    }
    fh.reading.again(page);
  }
  actions["account-end"] = (pressed) => ending(`/live/account/sessions/${pressed.dataset.session}/end`);
  actions["account-end-others"] = () => ending("/live/account/sessions/end-others");

  const secret = (name, complete, more) => el("input", { name, type: "password", required: true, maxlength: 200, autocomplete: complete, ...more });

  actions["account-password"] = function () {
    fh.inc.ask(t("acct.change"), {
      intro: el("p.fh-meta", null, t("acct.password_hint")),
      fields: [fh.inc.field(t("acct.old"), secret("old", "current-password")), fh.inc.field(t("in.new"), secret("password", "new-password")), fh.inc.field(t("in.new_again"), secret("again", "new-password"))],
      save: t("acct.change"),
      send: async ({ elements }) => {
        if (elements.password.value !== elements.again.value) throw new Error(t("in.new_differs"));
        await fh.say("/live/account/password", { old: elements.old.value, password: elements.password.value });
        fh.toast(t("acct.changed"));
        fh.reading.again(page);
      },
    });
  };

  const confirming = (title, send) => fh.inc.ask(title, {
    fields: [fh.inc.field(t("acct.confirm"), secret("password", "current-password"))], save: t("in.go_on"),
    send: ({ elements }) => send(elements.password.value),
  });

  actions["account-codes"] = () => confirming(t("acct.codes_new"), async (password) => {
    const { codes } = await fh.say("/live/account/recovery-codes", { password });
    setTimeout(() => showCodes(codes), 0);
  });

  actions["account-factor"] = () => confirming(t("in.enrol_title"), async (password) => {
    const offer = await fh.say("/live/account/second-factor", { password });
    setTimeout(() => scan(offer), 0);
  });

  function scan({ qr, secret: key }) {
    fh.inc.ask(t("in.enrol_title"), {
      intro: el("div.acct-scan", null, el("img", { src: qr, alt: t("in.enrol_qr"), width: 220, height: 220 }), el("p.fh-meta", null, t("in.enrol_key"), el("code.acct-key", null, key.replace(/(.{4})/g, "$1 ")))),
      fields: [fh.inc.field(t("in.code"), el("input", { name: "code", required: true, inputmode: "numeric", autocomplete: "one-time-code", maxlength: 10 }))],
      save: t("in.go_on"),
      send: async ({ elements }) => {
        const { codes } = await fh.say("/live/account/second-factor/prove", { code: elements.code.value });
        fh.toast(t("acct.factor_done"));
        setTimeout(() => showCodes(codes), 0);
      },
    });
  }

  function showCodes(codes) {
    fh.dialog(t("in.codes_title"), el("p", null, t("in.codes_why")), el("ol.acct-codes", null, codes.map((code) => el("li", null, code))),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "close-dialog" }, t("acct.codes_done"))));
    fh.reading.again(page);
  }
})();
