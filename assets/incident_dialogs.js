/* The conversations of the incident pages: on behalf, close, call, open by hand. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const inc = (fh.inc = fh.inc || {});
  const actions = (fh.actions = fh.actions || {});
  const ROLES = ["duty_officer", "ho_leader", "ho_deputy", "ho_hotline", "ho_marketing", "ho_vip_wealth", "ho_asset_management", "pr_officer",
    "branch_leader", "branch_deputy", "branch_contact", "branch_service", "branch_security", "sub_head", "sub_deputy", "sub_vip_manager", "sub_lobby_manager"];

  /* ---- pieces of forms ---------------------------------------------------------------------------- */

  /** A control under its label. A select gets the label as its name too: around it, the label's own
   *  text would go on with every option. */
  const field = (label, input) => {
    if (input.tagName === "SELECT" && typeof label === "string") input.setAttribute("aria-label", label);
    return el("label", null, el("span", null, label), input);
  };
  inc.field = field;
  const input = (name, more) => el("input", { name, maxlength: 200, autocomplete: "off", ...more });
  const roleSelect = (chosen) =>
    el("select", { name: "role" }, ROLES.map((role) => el("option", { value: role, selected: role === chosen }, t(role))));
  inc.roleSelect = roleSelect;

  /** Buttons of which one is pressed; the form's hidden input `name` has its value. */
  inc.choice = function (name, options, chosen) {
    const held = el("input", { type: "hidden", name, value: chosen });
    const box = el("div.inc-choice", { role: "group" }, held, options.map(([value, text]) =>
      el("button.inc-option", { type: "button", value, "aria-pressed": String(value === chosen) }, text)));
    box.addEventListener("click", (event) => {
      const pressed = event.target.closest("button");
      if (!pressed) return;
      held.value = pressed.value;
      for (const one of box.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === pressed));
      held.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return box;
  };
  inc.ago = (most) => inc.choice("ago", [["0", t("form.now")], ...[5, 15, 30].filter((n) => n <= most).map((n) => [String(n), t("form.minutes", { n })]),
    ...(most >= 60 ? [["60", t("form.hour")]] : [])], "0");

  /** A dialog with a form: `send` gets the form and may refuse by throwing; then the words show. */
  inc.ask = function (title, { intro, fields, save, send, kind }) {
    const fault = el("p.fh-form-fault", { role: "alert" });
    const submit = el("button.fh-button.fh-button--main", { type: "submit" }, save);
    const form = el("form.fh-form.inc-form", { method: "dialog", novalidate: true }, intro || null, fields, fault,
      el("div.fh-actions", null, submit, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.cancel"))));
    const box = fh.dialog(title, form);
    if (kind) box.classList.add(kind);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const empty = [...form.querySelectorAll("[required]")].find((one) => !one.value.trim());
      if (empty) {
        fault.textContent = t("form.needed", { field: empty.closest("label").firstChild.textContent });
        empty.focus();
        return;
      }
      submit.disabled = true;
      try {
        await send(form);
        box.close();
      } catch (failed) {
        fault.replaceChildren(...inc.linked(t("form.fault", { reason: failed.message })));
        submit.disabled = false;
        inc.reread && inc.current() && inc.reread();
      }
    });
    return form;
  };

  /** Words in which an incident's number is a link to it. */
  inc.linked = (words) => words.split(/(I\d{7,})/).map((part) =>
    (/^I\d{7,}$/.test(part) ? el("a.inc-link", { href: `/incident/${part}` }, part) : document.createTextNode(part)));

  const address = (verb) => `/live/incident/${encodeURIComponent(inc.current().id)}/${verb}`;
  async function act(verb, body) {
    const answer = await fh.json(address(verb), body);
    inc.show(answer);
    fh.refresh();
    return answer;
  }

  /* ---- acknowledge ------------------------------------------------------------------------------------- */

  actions["incident-acknowledge"] = async function (pressed) {
    pressed.disabled = true;
    try {
      const answer = await act("acknowledge", {});
      fh.toast(t(answer.first ? "do.acknowledged" : "do.again"));
    } catch (failed) {
      fh.toast(t("ack.failed", { reason: failed.message }), "bad");
      inc.reread();
    }
    pressed.disabled = false;
  };

  /** The one conversation about an acknowledgement: my own, or that of somebody who was reached.
   *  `people` are offered first for the latter; `done` hears the server's answer. */
  inc.acknowledging = function ({ id, unit, since, people, behalf, done }) {
    const waited = since ? (fh.now() - Date.parse(since)) / 60e3 : 0;
    const mine = fh.can("acknowledge");
    const other = behalf || !mine;
    const seen = new Set();
    const offered = people.filter((one) => !inc.isMe(one.name, one.role) && !seen.has(one.name + one.role) && seen.add(one.name + one.role));
    const whose = mine && fh.can("acknowledge_for")
      ? el("fieldset", null, el("legend", null, t("ack.via")), inc.choice("whose", ["me", "other"].map((one) => [one, t(`ack.whose_${one}`)]), other ? "other" : "me"))
      : el("input", { type: "hidden", name: "whose", value: other ? "other" : "me" });
    const who = el("select", { name: "who" }, offered.map((one) => el("option", { value: `${one.name}|${one.role}` }, inc.person(one.name, one.role))),
      el("option", { value: "" }, t("me.other")));
    const form = inc.ask(t("ack.title", { unit }), {
      fields: [
        whose,
        el("p.ack-mine", { hidden: other }, t("do.acknowledge_as", { who: inc.meWords() })),
        el("div.fh-form-other.ack-reached", { hidden: !other },
          field(t("behalf.who"), who),
          el("div.fh-form-other.ack-named", { hidden: offered.length > 0 }, field(t("form.name"), input("by", { maxlength: 40, autocomplete: "name" })), field(t("form.role"), roleSelect("branch_leader"))),
          el("fieldset", null, el("legend", null, t("behalf.how")), inc.choice("how", ["phone", "in_person", "chat"].map((how) => [how, t(`how.${how}`)]), "phone")),
          el("fieldset", null, el("legend", null, t("form.ago")), inc.ago(waited)),
          field(t("form.note"), input("note")),
          el("p.fh-meta", null, t("behalf.hint"))),
      ],
      save: t("ack.confirm"),
      send: async ({ elements }) => {
        const reached = elements.whose.value === "other";
        const [name, role] = who.value ? who.value.split("|") : [elements.by.value.trim(), elements.role.value];
        if (reached && !name) throw new Error(t("ack.need_name"));
        const body = reached ? { by: name, role, how: elements.how.value, minutes_ago: Number(elements.ago.value), note: elements.note.value } : {};
        const answer = await fh.json(`/live/incident/${encodeURIComponent(id)}/${reached ? "on-behalf" : "acknowledge"}`, body);
        fh.refresh();
        done(answer);
      },
    });
    form.addEventListener("change", () => {
      const reached = form.elements.whose.value === "other";
      form.querySelector(".ack-mine").hidden = reached;
      form.querySelector(".ack-reached").hidden = !reached;
      form.querySelector(".ack-named").hidden = who.value !== "";
    });
  };

  function ask(incident, behalf) {
    inc.acknowledging({ id: incident.id, unit: inc.unitName(incident), since: incident.opened_at, people: incident.calls, behalf,
      done: (answer) => { inc.show(answer); fh.toast(t(answer.first ? "do.acknowledged" : "do.again")); } });
  }
  actions["incident-behalf"] = () => ask(inc.current(), true);

  /* ---- a duty's proof and its other acts are duties_dialogs.js's: here is where they find it -------------- */

  const here = () => (document.getElementById("incident") ? inc.current() : null);
  const dt = (fh.duty = fh.duty || {});
  (dt.holders = dt.holders || []).push({
    find(id) {
      const duty = here() && here().duties.find((one) => one.id === id);
      return duty && { ...duty, regulator: here().place.regulator };
    },
    changed() { if (here()) inc.reread(); },
  });

  /* ---- the acute phase is over ------------------------------------------------------------------------------------------- */

  actions["incident-close"] = function () {
    const incident = inc.current();
    const people = incident.all_clear_to;
    const open = inc.openDuties(incident).length;
    const children = incident.related.filter((other) => other.kin === "child" && other.state === "open").length;
    inc.ask(t("close.title"), {
      intro: [
        el("p", null, t(people.length ? "close.tell" : "close.tell_none", { n: people.length })),
        people.length ? el("ul.inc-tell", null, people.map((person) => el("li", null, inc.person(person.name, person.role)))) : null,
        incident.on_site ? el("p.inc-warn", null, t("close.on_site", { n: incident.on_site })) : null,
        open ? el("p.inc-warn", null, t("close.open_duties", { n: open })) : null,
        children ? el("p.inc-warn", null, t("close.children", { n: children })) : null,
      ],
      fields: [field(t("close.reason"), el("textarea", { name: "reason", rows: 2, maxlength: 500, required: true, placeholder: t("close.reason_hint") }))],
      save: t("close.save"),
      send: async ({ elements }) => {
        await act("close", { reason: elements.reason.value.trim() });
        fh.toast(t("close.done"));
      },
    });
  };

  /* ---- call: numbers come in full only now -------------------------------------------------------------------- */

  actions["incident-calls"] = async function (pressed) {
    const list = el("div.fh-calls", null, el("p.fh-loading", null, t("loading")));
    fh.dialog(t("calls.title"), list, el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
    try {
      const { people } = await fh.json(address("calls"), {});
      const wanted = pressed.dataset.callee === undefined ? people : [people[Number(pressed.dataset.callee)]].filter(Boolean);
      const missing = !inc.headAnswered(inc.current()) && inc.iAnswered(inc.current());
      const order = missing ? [...wanted].sort((a, b) => inc.headOffice(b.role) - inc.headOffice(a.role)) : wanted;
      const rows = order.map((person) => el("a.fh-call", { href: `tel:${person.phone}` }, el("b", null, person.name), el("span", null, t(person.role)), el("span.fh-phone", null, person.phone)));
      list.replaceChildren(...(rows.length ? rows : [fh.empty(t("calls.empty"))]));
    } catch (failed) {
      list.replaceChildren(el("p.fh-failure", { role: "alert" }, t("call.failed", { reason: failed.message })));
    }
  };

  /* ---- opening one by hand ---------------------------------------------------------------------------------------- */

  actions["incident-open"] = function () {
    const place = inc.placePicker(null);
    const tick = (name, text) => el("label.fh-radio", null, el("input", { type: "checkbox", name }), text);
    inc.ask(t("open.title"), {
      intro: el("p.fh-meta", null, t("open.hint")),
      fields: [
        place.node,
        field(t("open.note"), el("textarea", { name: "note", rows: 2, maxlength: 500, required: true })),
        field(t("open.product"), input("product")),
        tick("large", t("open.large")), tick("media", t("open.media")),
      ],
      save: t("open.save"),
      send: async ({ elements }) => {
        if (!place.chosen()) throw new Error(t("place.pick"));
        const { id } = await fh.json("/live/incident-list", { unit: place.chosen().code, note: elements.note.value.trim(),
          product: elements.product.value.trim(), large: elements.large.checked, media_exposed: elements.media.checked });
        location.assign(`/incident/${id}`);
      },
    });
  };
})();
