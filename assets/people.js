/* 账号与角色: who may sign in, as what, for which unit. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const page = { root: "people", again: 60000, deaf: true, stale: "ppl.failed", asked: () => "/live/people", draw };
  let wanted = "";

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountPeople(given) {
      if (given) requestAnimationFrame(() => { wanted = ""; fh.reading.open(page); fh.reading.again(page); });
      return window.dash_clientside.no_update;
    },
  });

  /* ---- drawing ---------------------------------------------------------------------------------- */

  const roleNames = (one) => one.roles.map((role) => t(`access.${role}`));
  const button = (action, text, one) => el("button.fh-button.fh-button--plain", { type: "button", "data-action": action, "data-account": one.id, "aria-label": `${text} ${one.login}` }, text);

  function draw() {
    const { accounts } = page.held;
    if (!at("people-search")) {
      const input = el("input", { type: "search", id: "people-search", placeholder: t("ppl.search"), "aria-label": t("ppl.search"), autocomplete: "off", spellcheck: "false" });
      input.addEventListener("input", () => { wanted = input.value; rows(); });
      at("people-head").replaceChildren(el("h1", null, t("page.people")), el("span.fh-meta", { id: "people-count" }), input,
        el("button.fh-button.fh-button--main", { type: "button", "data-action": "people-add" }, t("ppl.add")));
    }
    at("people-count").textContent = t("ppl.count", { n: accounts.length });
    rows();
  }

  function rows() {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const found = page.held.accounts.filter((one) => {
      const text = [one.login, one.name, one.unit, one.unit_name, ...roleNames(one)].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const heads = ["login", "name", "unit", "roles", "state", "seen", "act"].map((key) => t(`ppl.head.${key}`));
    const cell = (nth, ...content) => el("td", { "data-head": heads[nth] }, content);
    fh.fill(at("people-list"), !found.length ? [fh.empty(t("ppl.none"))] : [el("table.fh-table.ppl-table", { "data-key": "table" },
      el("thead", null, el("tr", null, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", null, found.map((one) => el("tr", { "data-key": `a${one.id}`, "data-disabled": one.disabled },
        cell(0, one.login), cell(1, one.name), cell(2, one.unit_name), cell(3, el("span", null, roleNames(one).join("、"))), cell(4, states(one)),
        cell(5, el("span", null, one.seen ? fh.hourMinute(one.seen) : t("ppl.never"), one.sessions ? el("small.fh-meta", null, ` ${t("ppl.sessions", { n: one.sessions })}`) : null)),
        cell(6, el("span.ppl-acts", null, button("people-change", t("ppl.change"), one), button("people-reset", t("ppl.reset"), one),
          one.disabled ? button("people-enable", t("ppl.enable"), one) : button("people-disable", t("ppl.disable"), one)))))))]);
  }

  function states(one) {
    return el("span.ppl-states", null, one.disabled ? fh.badge("gap", t("ppl.disabled")) : one.must_change ? fh.badge("slow", t("ppl.must_change")) : fh.badge("ok", t("ppl.active")),
      one.factor ? el("small.fh-meta", null, t("ppl.factor")) : null);
  }

  /* ---- forms ------------------------------------------------------------------------------------ */

  const accountOf = (pressed) => page.held.accounts.find((one) => String(one.id) === pressed.dataset.account);
  const again = () => fh.reading.again(page);

  const rights = () => el("a.ppl-link", { href: "/rights", target: "_blank", rel: "noopener" }, t("page.rights"));

  function roleBoxes(chosen) {
    return el("fieldset", null, el("legend", null, t("ppl.head.roles"), " ", rights()), el("div.ppl-roles", null, page.held.roles.map((role) =>
      el("label.fh-radio", null, el("input", { type: "checkbox", name: "role", value: role, checked: chosen.includes(role) }), t(`access.${role}`)))));
  }
  const chosenRoles = (form) => [...form.querySelectorAll("[name=role]:checked")].map((box) => box.value);

  function unitField(code) {
    const held = page.held.units.find((unit) => unit.code === code);
    const list = el("datalist", { id: "people-units" }, page.held.units.map((unit) => el("option", { value: `${unit.name} ${unit.code}` })));
    return [fh.inc.field(t("ppl.head.unit"), el("input", { name: "unit", required: true, list: "people-units", autocomplete: "off", placeholder: t("ppl.unit_hint"), value: held ? `${held.name} ${held.code}` : null })), list];
  }
  function unitOf(form) {
    const text = form.elements.unit.value.trim();
    const found = page.held.units.find((unit) => text === unit.code || text === unit.name || text === `${unit.name} ${unit.code}`);
    return found ? found.code : null;
  }
  function needUnit(form) {
    const code = unitOf(form);
    if (!code) throw new Error(t("ppl.unit_unknown"));
    return code;
  }

  actions["people-add"] = function () {
    const persons = el("select", { name: "person" }, el("option", { value: "" }, t("ppl.person_none")));
    const form = fh.inc.ask(t("ppl.add"), {
      fields: [fh.inc.field(t("ppl.head.login"), el("input", { name: "login", required: true, maxlength: 60, autocomplete: "off", autocapitalize: "none", spellcheck: "false" })), ...unitField(null),
        fh.inc.field(t("ppl.person"), persons), fh.inc.field(t("ppl.head.name"), el("input", { name: "name", required: true, maxlength: 60, autocomplete: "off" })), roleBoxes([])],
      save: t("ppl.create"),
      send: async ({ elements }) => {
        const body = { login: elements.login.value.trim(), name: elements.name.value.trim(), unit: needUnit(form), roles: chosenRoles(form), person: elements.person.value ? Number(elements.person.value) : null };
        const { password } = await fh.say("/live/people", body);
        setTimeout(() => showOnce(body.name, password), 0);
        again();
      },
    });
    let asked = null;
    form.elements.unit.addEventListener("input", async () => {
      const code = unitOf(form);
      if (!code || code === asked) return;
      asked = code;
      try {
        const found = (await fh.json(`/live/people/persons?unit=${encodeURIComponent(code)}`)).persons;
        if (asked === code) persons.replaceChildren(el("option", { value: "" }, t("ppl.person_none")), ...found.map((one) => el("option", { value: one.id, "data-name": one.name }, [one.name, one.post].filter(Boolean).join(" · "))));
      } catch (failed) {
        fh.toast(failed.message, "bad");
      }
    });
    persons.addEventListener("change", () => { const one = persons.selectedOptions[0]; if (one.dataset.name) form.elements.name.value = one.dataset.name; });
  };

  actions["people-change"] = function (pressed) {
    const one = accountOf(pressed);
    const form = fh.inc.ask(`${t("ppl.change")} ${one.name}`, {
      intro: el("p.fh-meta", null, t("ppl.change_note")),
      fields: [...unitField(one.unit), roleBoxes(one.roles)],
      save: t("ppl.save"),
      send: async () => {
        await fh.say(`/live/people/${one.id}/change`, { unit: needUnit(form), roles: chosenRoles(form) });
        fh.toast(t("ppl.done"));
        again();
      },
    });
  };

  actions["people-reset"] = function (pressed) {
    const one = accountOf(pressed);
    fh.inc.ask(`${t("ppl.reset")} ${one.name}`, {
      intro: el("p.fh-meta", null, t("ppl.reset_ask")),
      fields: one.factor ? [el("label.fh-radio", null, el("input", { type: "checkbox", name: "factor" }), t("ppl.reset_factor"))] : [],
      save: t("ppl.reset"),
      send: async ({ elements }) => {
        const { password } = await fh.say(`/live/people/${one.id}/reset`, { factor: Boolean(elements.factor && elements.factor.checked) });
        setTimeout(() => showOnce(one.name, password), 0);
        again();
      },
    });
  };

  actions["people-disable"] = function (pressed) {
    const one = accountOf(pressed);
    fh.inc.ask(`${t("ppl.disable")} ${one.name}`, {
      intro: el("p.fh-meta", null, t("ppl.disable_ask")), fields: [], save: t("ppl.disable"),
      send: async () => { await fh.say(`/live/people/${one.id}/disable`); fh.toast(t("ppl.done")); again(); },
    });
  };
  actions["people-enable"] = async function (pressed) {
    try {
      await fh.say(`/live/people/${pressed.dataset.account}/enable`);
      fh.toast(t("ppl.done"));
    } catch (failed) {
      fh.toast(failed.message, "bad");
    }
    again();
  };

  function showOnce(name, password) {
    fh.dialog(t("ppl.once"), el("p.ppl-once", null, password), el("p.fh-meta", null, t("ppl.once_why", { name })),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
  }
})();
