/* A ticket's values in words, what people do to it from anywhere (hand over, accept, refuse), and
 * the drafts of its forms. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const inc = () => fh.inc;
  const tk = (fh.tk = fh.tk || {});
  const actions = (fh.actions = fh.actions || {});
  const ROOT = "/live/tickets";
  const AT_ONCE = 20; // of a bulk hand-over: so that its progress can be seen
  const REASONS = [[8, "large"], [4, "incident"], [2, "watch"], [1, "told"]];

  tk.address = (id, ...rest) => [ROOT, encodeURIComponent(id), ...rest].join("/");
  tk.page = (id) => `/tickets/${encodeURIComponent(id)}`;
  tk.step = (code) => t(`tk.act.${code}`);
  /** What is pressed to do it. */
  tk.verb = (code) => { const words = t(`tk.do.${code}`); return words === `tk.do.${code}` ? tk.step(code) : words; };
  tk.coded = (list, code) => (code ? inc().coded(`tk.${list}`, code) : "");
  tk.join = (parts, between = " · ") => parts.filter(Boolean).join(between);
  tk.ended = (stage) => ["archived", "withdrawn", "misfiled", "merged", "history"].includes(stage);
  tk.lang = (pair) => (typeof pair === "string" ? pair : pair ? (fh.english() ? pair.en : pair.zh) : "");

  /** Why it comes first: a word and a shape each, the gravest first. */
  tk.reasons = (priority) => REASONS.filter(([bit]) => priority & bit).map(([bit, state]) => fh.badge(state, t(`tk.reason.${bit}`)));

  /** Send something; a refusal names everything that is wrong, each with its remedy. */
  tk.post = async function (path, body) {
    try {
      return await fh.json(path, body);
    } catch (failed) {
      const said = (failed.errors || []).map((one) => [one.message, one.remedy].filter(Boolean).join(fh.english() ? ", " : "，"));
      throw said.length ? Object.assign(new Error(said.join(fh.english() ? "; " : "；")), { errors: failed.errors, status: failed.status }) : failed;
    }
  };

  /** What the forms choose from; read once. */
  let setup = null;
  tk.setup = function () {
    setup = setup || fh.json(`${ROOT}/setup`).catch((failed) => { setup = null; throw failed; });
    return setup;
  };

  /* ---- drafts: this tab only, gone when it is sent, closed or signed out of -------------------------- */

  const DRAFT = "fh-ticket-draft:";
  const whose = () => `${DRAFT}${fh.viewer() ? fh.viewer().id : 0}:`;
  const kept = () => { try { return Object.keys(sessionStorage).filter((key) => key.startsWith(DRAFT)); } catch (refused) { return []; } };
  tk.drafts = {
    get(name) { try { return JSON.parse(sessionStorage.getItem(whose() + name)); } catch (broken) { return null; } },
    keep(name, value) { try { sessionStorage.setItem(whose() + name, JSON.stringify(value)); } catch (refused) { /* private mode */ } },
    drop(name) { try { sessionStorage.removeItem(whose() + name); } catch (refused) { /* private mode */ } },
    dropAll() { for (const key of kept()) sessionStorage.removeItem(key); },
    any: () => kept().length > 0,
  };

  /* ---- to whom: unit, role, person --------------------------------------------------------------------- */

  /** A picker of a unit, whose rows come with the set-up. */
  tk.unitPicker = function (onChange) {
    const held = { rows: null };
    const picker = fh.unitPicker({ rows: () => held.rows, onChange });
    tk.setup().then((read) => { held.rows = read.units; picker.node.dispatchEvent(new Event("fh:units")); }).catch(() => { held.rows = []; });
    return picker;
  };

  /** Fields for a unit, a role there and perhaps a person. get() throws while no unit is chosen. */
  function seatFields() {
    const role = el("select", { name: "role", required: true });
    const person = el("select", { name: "person" });
    const held = { people: [] };
    const picker = tk.unitPicker(changed);
    const listPeople = () => person.replaceChildren(el("option", { value: "" }, t("tk.hand.anybody")),
      ...held.people.filter((one) => one.role === role.value).map((one) => el("option", { value: one.id }, one.name)));
    async function changed() {
      const { code } = picker.get();
      if (!code) { role.replaceChildren(); held.people = []; listPeople(); return; }
      try {
        const { roles } = await fh.json(`${ROOT}/takers/${encodeURIComponent(code)}`);
        if (code !== picker.get().code) return;
        role.replaceChildren(...roles.map((one) => el("option", { value: one.role }, t(one.role))));
        held.people = roles.flatMap((one) => one.people.map((each) => ({ ...each, role: one.role })));
        listPeople();
      } catch (failed) { fh.toast(failed.message, "bad"); }
    }
    role.addEventListener("change", listPeople);
    listPeople();
    return {
      nodes: [el("label.dt-unit", null, el("span", null, t("tk.hand.unit")), picker.node), inc().field(t("tk.hand.role"), role), inc().field(t("tk.hand.person"), person)],
      get() {
        const { code } = picker.get();
        if (!code) { picker.input.focus(); throw new Error(t("hand.pick_unit")); }
        return { unit: code, role: role.value, person: person.value ? Number(person.value) : null };
      },
    };
  }

  const reasonField = (label) => inc().field(label, el("textarea", { name: "reason", rows: 2, maxlength: 500, required: true }));

  /** Hand over one or many. `done` hears when it is over. */
  tk.handOver = function (ids, done) {
    const seat = seatFields();
    const progress = el("div.tk-progress", { role: "status" });
    const form = inc().ask(t("tk.hand.title", { n: ids.length }), {
      intro: el("p.fh-meta", null, ids.length === 1 ? `${ids[0]} · ` : "", t("tk.hand.hint")),
      fields: [...seat.nodes, reasonField(t("tk.hand.reason")), progress],
      save: t("tk.hand.save"),
      send: async (given) => {
        const hand = { ...seat.get(), reason: given.elements.reason.value.trim() };
        if (ids.length === 1) {
          await tk.post(tk.address(ids[0], "hand-over"), hand);
          fh.toast(t("tk.offered", { id: ids[0] }));
        } else {
          const found = await many(ids, hand, progress);
          setTimeout(() => results(found), 0); // when this conversation is over
        }
        done();
      },
    });
    return form;
  };

  async function many(ids, hand, progress) {
    const bar = el("progress", { max: ids.length, value: 0 });
    const said = el("span");
    progress.replaceChildren(bar, said);
    const found = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      said.textContent = t("tk.hand.progress", { done: from, n: ids.length });
      bar.value = from;
      const part = ids.slice(from, from + AT_ONCE);
      try {
        const { results: answers } = await tk.post(`${ROOT}/hand-over`, { complaints: part, ...hand }); // in their order
        found.push(...answers.map((one, nth) => ({ complaint: part[nth], ok: one.ok, error: refusal(one.error) })));
      } catch (failed) {
        if (!found.length && failed.status === 422) throw failed; // wrong for all of them: mend it first
        found.push(...part.map((complaint) => ({ complaint, ok: false, error: failed.message })));
      }
    }
    return found;
  }

  /** A row's refusal, as a whole request's would be: what is wrong, each with its remedy. */
  function refusal(error) {
    if (!error) return "";
    const said = (error.errors || []).map((one) => one.message);
    return said.length ? said.join(fh.english() ? "; " : "；") : error.error;
  }

  function results(found) {
    const bad = found.filter((one) => !one.ok);
    fh.dialog(t("tk.hand.result"),
      el("p", { role: "status" }, t("tk.hand.some", { ok: found.length - bad.length, bad: bad.length })),
      el("ul.tk-results", null, [...bad, ...found.filter((one) => one.ok)].map((one) => el("li", null,
        el("a.inc-link", { href: tk.page(one.complaint) }, one.complaint), " ", fh.badge(one.ok ? "acknowledged" : "bad", one.ok ? t("tk.hand.ok") : one.error)))),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
  }

  /* ---- accept, refuse, take back ---------------------------------------------------------------------------- */

  tk.changed = []; // pages that show tickets: told after each act on one

  const tell = () => { for (const hear of tk.changed) hear(); fh.refresh(); };

  async function answer(id, verb, body, said) {
    await tk.post(tk.address(id, "hand-over", verb), body);
    fh.toast(t(said, { id }));
    tell();
  }
  tk.accept = async function (id) {
    try {
      await answer(id, "accept", {}, "tk.accepted");
    } catch (failed) {
      fh.toast(failed.message, "bad");
      tell();
    }
  };
  actions["ticket-accept"] = (pressed) => tk.accept(pressed.dataset.ticket);
  actions["ticket-decline"] = function ({ dataset }) {
    inc().ask(`${t("tk.decline")} ${dataset.ticket}`, {
      intro: el("p.fh-meta", null, t("tk.hand.hint")), fields: [reasonField(t("tk.decline_why"))], save: t("tk.decline"),
      send: (form) => answer(dataset.ticket, "decline", { reason: form.elements.reason.value.trim() }, "tk.declined"),
    });
  };
  actions["ticket-take-back"] = async function ({ dataset }) {
    try {
      await answer(dataset.ticket, "take-back", {}, "tk.taken_back");
    } catch (failed) { fh.toast(failed.message, "bad"); tell(); }
  };
  actions["ticket-hand-over"] = ({ dataset }) => tk.handOver([dataset.ticket], tell);
  tk.tell = tell;
})();
