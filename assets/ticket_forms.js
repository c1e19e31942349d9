/* The form of each act on a ticket (complaints/ticket_forms.py), filled in on the ticket's page. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const tk = (fh.tk = fh.tk || {});
  const kit = () => tk.fields;
  const VIAS = ["phone", "visit", "counter", "letter", "email", "sms", "web", "fax", "hotline"];
  const SATISFACTION = ["satisfied", "neutral", "dissatisfied"];
  const CAUSES = ["product", "sales", "service", "process", "system", "staff", "communication", "client", "external", "other"];
  const KINDS = ["economic_dispute", "staff_breach", "wrong_order", "system_failure", "coordination_failure", "company_matter"];
  const NOTES = ["contact", "progress", "evidence", "site_visit", "fixed", "note"];
  const WITH_FILES = ["investigate", "note", "carry_out", "plan"];
  const COUNTS = ["withdraw", "misfiled", "merge"];
  const optional = true;
  const yuan = (text) => (text || "").normalize("NFKC").replace(/[,\s¥元]/g, "");

  const via = (name = "via", label = t("tk.f.via"), more = {}) => kit().coded(name, label, "via", VIAS, more);
  const area = (name, key, more) => kit().area(name, t(`tk.f.${key}`), more);
  const yes = (name) => kit().yes(name, t(`tk.f.${name}`));
  const because = (act) => () => [area("reason", `because.${act}`)];
  const roles = (setup) => setup.roles.map(({ role }) => [role, t(role)]);

  /** act -> its fields, of the set-up and the ticket as it is seen. */
  const FORMS = {
    accept: () => [],
    screen: () => [yes("in_scope"), area("reason", "scope_reason", { when: (v) => v.in_scope === false }), area("address", "address", { when: (v) => v.in_scope === false })],
    register: () => [kit().text("name", t("tk.f.name"), { optional, hint: t("tk.f.register_hint") }), kit().text("contact", t("tk.f.contact"), { optional }),
      area("matter", "matter", { optional }), area("demand", "demand", { optional }), via("reply_via", t("tk.f.reply_via"), { optional })],
    classify: (setup) => [kit().pick("class", t("tk.f.class"), setup.classes.map((one) => [one.id, tk.lang(one)])),
      kit().many("kinds", t("tk.f.kinds"), KINDS.map((code) => [code, tk.coded("kinds", code)])), area("reason", "reason", { optional, rows: 2 })],
    confirm_class: () => [yes("agreed"), area("note", "reason", { when: (v) => v.agreed === false })],
    route: (setup) => [kit().select("lead", t("tk.f.lead"), roles(setup)), kit().many("departments", t("tk.f.departments"), roles(setup))],
    contact: () => [via(), area("said", "said")],
    investigate: () => [kit().coded("result", t("tk.f.result"), "result", ["substantiated", "partly", "unsubstantiated"]), area("finding", "finding", { rows: 5 }),
      kit().names("team", t("tk.f.team")), kit().check("site_visit", t("tk.f.site_visit"))],
    analyse: (setup) => [kit().coded("cause", t("tk.f.cause"), "cause", CAUSES), area("analysis", "analysis", { rows: 4 }),
      kit().shares("shares", t("tk.f.shares"), setup.roles.map(({ role }) => role)), kit().coded("impact", t("tk.f.impact"), "impact", ["low", "medium", "high"])],
    plan: () => [kit().measures("measures", t("tk.f.measures")), kit().text("compensation", t("tk.f.compensation"), { optional, input: { inputmode: "decimal", maxlength: 15 } }),
      area("basis", "basis", { when: (v) => Number(yuan(v.compensation)) > 0, rows: 2 })],
    approve: () => [yes("approved"), kit().text("number", t("tk.f.number"), { optional, input: { maxlength: 64 } }), area("note", "reason", { when: (v) => v.approved === false })],
    carry_out: (setup) => {
      const how = setup.form === "handling_form" ? {} : { optional }; // boxes of that form (FC-06)
      return [area("done", "done", { rows: 4 }), kit().text("toward_department", t("tk.f.toward_department"), how), kit().text("toward_person", t("tk.f.toward_person"), how)];
    },
    tell: () => [via(), kit().coded("outcome", t("tk.f.outcome"), "outcome", ["settled", "partly", "refused", "explained"]), area("said", "tell_said"), kit().check("rights_told", t("tk.f.rights_told"))],
    ask: () => [kit().coded("satisfaction", t("tk.f.satisfaction"), "satisfaction", SATISFACTION)],
    return_visit: () => [via(), kit().coded("satisfaction", t("tk.f.satisfaction"), "satisfaction", SATISFACTION), area("said", "said_optional", { optional })],
    archive: () => [kit().text("number", t("tk.f.number"), { optional, input: { maxlength: 64 } })],
    skip: (setup, seen) => {
      const steps = seen.steps.filter((one) => one.needed && one.state === "next").map((one) => [one.step, tk.step(one.step)]);
      return [kit().pick("step", t("tk.f.step"), steps, { chosen: steps.length ? steps[0][0] : "" }), area("reason", "skip_reason", { rows: 2 })];
    },
    note: () => [kit().coded("kind", t("tk.f.kind"), "notekind", NOTES, { chosen: "note" }), via("via", t("tk.f.note_via"), { optional }), area("said", "note_said")],
    decide: () => [yes("allowed"), area("decision", "decision")],
    promise: (setup, seen) => [kit().when("promised_at", t("tk.f.promised_at")), ...(seen.ticket.promised_at
      ? [kit().when("told_at", t("tk.f.told_at")), via("told_via", t("tk.f.told_via")), area("reason", "promise_reason", { rows: 2 })] : [])],
    object: () => [kit().coded("kind", t("tk.f.kind"), "objkind", ["objection", "review", "appeal"], { chosen: "objection" }), area("said", "object_said")],
    answer_objection: () => [yes("upheld"), via(), area("reply", "reply")],
    merge: () => [kit().text("into", t("tk.f.into"), { input: { maxlength: 20, placeholder: "C1000123" } }), area("reason", "because.merge", { rows: 2 })],
    ...Object.fromEntries(["on_the_spot", "dispute", "major_risk", "beyond_authority", "dissatisfied", "reopen", "withdraw", "misfiled"].map((act) => [act, because(act)])),
  };

  /** An act's form, ready to be put into the page: {node, close, moved}.
   *  `current()` gives the ticket as it is seen now; `done(act)` hears that it was kept. */
  tk.form = function ({ act, seen, setup, current, done, close }) {
    const id = seen.ticket.complaint;
    const draft = `${id}:${act}`;
    let { version } = seen.ticket;
    const fields = FORMS[act](setup, seen);
    const note = fields.some((one) => one.name === "note") ? null : kit().area("note", t("tk.f.note"), { optional, rows: 2 });
    const when = kit().when("at", t("tk.f.at"), { optional });
    const files = COUNTS.includes(act) ? null : kit().files();
    const all = [...fields, ...(note ? [note] : []), when];
    const fault = el("div.tk-form-fault", { role: "alert" });
    const submit = el("button.fh-button.fh-button--main", { type: "submit" }, tk.verb(act));
    const told = el("p.fh-meta", { role: "status" });
    const more = el("details.tk-more", { open: WITH_FILES.includes(act) }, el("summary", null, t("tk.f.more")), files ? files.node : null, note ? note.node : null, when.node);
    const node = el("form.fh-form.tk-form", { novalidate: true, "data-act": act, "aria-label": tk.step(act) }, el("h2", { tabindex: -1 }, tk.verb(act)), told,
      COUNTS.includes(act) ? el("p.inc-warn", null, t("tk.counts")) : null, fields.map((one) => one.node), more, fault,
      el("div.fh-actions", null, submit, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "ticket-close-form" }, t("tk.cancel"))));

    const values = () => Object.fromEntries(all.map((one) => [one.name, one.get()]));
    const asked = () => { const known = values(); return all.filter((one) => !one.when || one.when(known)); };
    function showAsked() {
      const now = asked();
      for (const one of all) one.node.hidden = !now.includes(one);
    }
    const kept = tk.drafts.get(draft);
    if (kept) {
      for (const one of all) if (kept[one.name] !== undefined) one.set(kept[one.name]);
      told.textContent = t("tk.draft");
    }
    showAsked();
    for (const kind of ["input", "change"]) node.addEventListener(kind, (event) => {
      showAsked();
      clear(event.target.closest("[data-field]"));
      tk.drafts.keep(draft, values());
    });

    /* What is wrong, beside its field; what has no field here, under the form. */
    function clear(place) {
      if (place && place.hasAttribute("data-bad")) {
        place.removeAttribute("data-bad");
        const said = place.querySelector(":scope > .tk-fault");
        if (said) said.textContent = "";
      }
    }
    function say(faults) {
      for (const place of node.querySelectorAll("[data-bad]")) clear(place);
      const loose = [];
      let first = null;
      for (const one of faults) {
        const place = placeOf(one.field || "");
        const said = place && place.querySelector(":scope > .tk-fault");
        if (!said || place.hidden) { loose.push(one); continue; }
        if (place.closest("details")) place.closest("details").open = true;
        place.setAttribute("data-bad", "");
        said.replaceChildren(fh.badge("bad", one.message), one.remedy ? ` ${one.remedy}` : "");
        first = first || place;
      }
      fault.replaceChildren(...loose.map((one) => el("p", null, fh.badge("bad", one.message), one.remedy ? ` ${one.remedy}` : "")));
      if (first) { const target = first.querySelector("input, select, textarea"); if (target) target.focus(); }
      else if (loose.length) fault.scrollIntoView({ block: "nearest" });
    }
    function placeOf(name) {
      const parts = name.replace(/\[(\d+)\]/g, ".$1").split(".");
      for (let length = parts.length; length; length -= 1) {
        const found = node.querySelector(`[data-field="${CSS.escape(parts.slice(0, length).join("."))}"]`);
        if (found) return found;
      }
      return null;
    }
    const empty = (value) => value === undefined || value === "" || (Array.isArray(value) && !value.length);
    const missing = () => asked().filter((one) => !one.optional && empty(one.get())).map((one) => ({ field: one.name, message: t("tk.f.needed", { field: one.label }) }));

    function body() {
      const given = { version };
      for (const one of asked()) {
        const value = one.get();
        if (!empty(value)) given[one.name] = value;
      }
      if (given.compensation) given.compensation = yuan(given.compensation);
      return given;
    }

    async function send() {
      const wrong = missing();
      if (wrong.length) { say(wrong); return; }
      say([]);
      submit.disabled = true;
      try {
        let sent = body();
        if (files && files.files.length) {
          const form = new FormData();
          form.append("data", JSON.stringify(sent));
          for (const file of files.files) form.append("file", file);
          sent = form;
        }
        await fh.json(tk.address(id, "acts", act), sent);
        tk.drafts.drop(draft);
        if (files) files.free();
        fh.toast(t("tk.saved", { act: tk.step(act) }));
        await done(act);
      } catch (failed) {
        submit.disabled = false;
        await tk.tell();
        const faults = failed.errors && failed.errors.length ? failed.errors : [{ field: "", message: failed.message }];
        say(faults);
        version = current().ticket.version; // what others did meanwhile is on the page now
      }
    }
    node.addEventListener("submit", (event) => { event.preventDefault(); send(); });
    return {
      node, act,
      open() { node.querySelector("h2").focus({ preventScroll: true }); node.scrollIntoView({ block: matchMedia("(max-width: 760px)").matches ? "start" : "nearest" }); },
      /** The page shows a newer ticket than the one that this form was opened on. */
      moved(now) { if (now.ticket.version !== version && !submit.disabled) { told.replaceChildren(fh.badge("slow", t("tk.moved"))); version = now.ticket.version; } },
      close() { tk.drafts.drop(draft); if (files) files.free(); close(); },
    };
  };
  tk.hasForm = (act) => Object.hasOwn(FORMS, act);
})();
