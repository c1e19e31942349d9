/* The conversations about a regulator case: register, contact, reply, approve, receipt, more. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const reg = (fh.reg = fh.reg || {});
  const actions = (fh.actions = fh.actions || {});
  const VIA = ["phone", "letter", "system", "email", "fax", "in_person"];

  const input = (name, more) => el("input", { name, maxlength: 200, autocomplete: "off", ...more });
  const area = (name, more) => el("textarea", { name, rows: 3, maxlength: 2000, ...more });
  const field = (key, node) => fh.inc.field(t(key), node);
  const local = () => fh.duty.local(fh.now());
  const past = (name, more) => input(name, { type: "datetime-local", value: local(), max: local(), ...more });
  const ahead = (name, more) => input(name, { type: "datetime-local", min: local(), ...more });
  const group = (key, node) => el("fieldset", null, el("legend", null, t(key)), node);
  const four = (key, node) => el("fieldset.reg-four", null, el("legend", null, t(key)), node);
  const via = (chosen, names) => group("reg.f.via", fh.inc.choice("via", (names || VIA).map((one) => [one, t(`reg.via.${one}`)]), chosen));
  const hint = (words) => el("p.fh-meta", null, words);
  const value = (form, name) => (form.elements[name] ? form.elements[name].value.trim() : "");
  const moment = (form, name) => fh.duty.moment(value(form, name));

  /** Ask, send, show the case as it stands then. */
  function talk(act, { intro, fields, body, title, done, kind }) {
    return fh.inc.ask(title || t(`reg.act.${act}`), {
      intro, fields, kind, save: t(act === "approve" || act === "close" || act === "return" ? `reg.act.${act}` : "reg.save"),
      send: async (form) => {
        const view = await fh.say(reg.address(act), body(form));
        reg.show(view);
        fh.toast((done && done(view)) || t(`reg.done.${act}`));
        fh.refresh();
      },
    });
  }

  actions["regulator-act"] = (pressed) => ACTS[pressed.dataset.act](pressed, reg.held());

  const ACTS = {
    contact: () => talk("contact", {
      fields: [group("reg.f.direction", fh.inc.choice("direction", ["out", "in"].map((one) => [one, t(`reg.direction.${one}`)]), "out")), via("phone"),
        field("reg.f.at", past("at", { required: true })), field("reg.f.by", input("by", { required: true, maxlength: 40, value: fh.viewer().name })),
        field("reg.f.to", input("to", { required: true })), field("reg.f.note", area("note", { required: true }))],
      body: (form) => ({ direction: value(form, "direction"), via: value(form, "via"), at: moment(form, "at"), by: value(form, "by"), to: value(form, "to"), note: value(form, "note") }),
    }),
    async start(pressed) {
      pressed.disabled = true;
      try {
        reg.show(await fh.say(reg.address("start")));
        fh.toast(t("reg.done.start"));
      } catch (failed) {
        fh.toast(failed.message, "bad");
        reg.reread();
      }
      pressed.disabled = false;
    },
    settle: (pressed) => ended("settle", pressed),
    withdraw: (pressed) => ended("withdraw", pressed),
    supplement: () => talk("supplement", {
      fields: [field("reg.f.demand", area("text", { required: true })), field("reg.f.asked_at", past("asked_at", { required: true })), field("reg.f.demand_due", ahead("due_at"))],
      body: (form) => ({ text: value(form, "text"), asked_at: moment(form, "asked_at"), due_at: moment(form, "due_at") }),
    }),
    extend: () => talk("extend", {
      fields: [deadline(false), field("reg.f.consent_by", input("by", { required: true })), field("reg.f.consent_at", past("at", { required: true })), via("phone"),
        field("reg.f.consent_number", input("number")), field("reg.f.reason", area("reason", { required: true, maxlength: 500, rows: 2 }))],
      body: (form) => ({ deadline: deadlineOf(form), by: value(form, "by"), at: moment(form, "at"), via: value(form, "via"), number: value(form, "number"), reason: value(form, "reason") }),
    }),
    draft(pressed, view) {
      const latest = view.answers[0];
      talk("draft", {
        intro: hint(t("reg.f.no_names")), kind: "reg-wide",
        fields: [field("reg.f.text", el("textarea", { name: "text", rows: 14, maxlength: 20000, required: true }, latest ? latest.text : ""))],
        body: (form) => ({ text: value(form, "text"), seen: latest ? latest.version : 0 }),
      });
    },
    approve(pressed, view) {
      const { version, text } = view.answers[0];
      talk("approve", {
        intro: [el("p", null, t("reg.approve_hint", { n: version, office: view.regulator })), el("p.reg-words.reg-read", { tabindex: 0 }, text)], kind: "reg-wide", fields: [],
        body: () => ({ version }),
      });
    },
    return(pressed, view) {
      talk("return", {
        fields: [field("reg.f.remark", area("remark", { required: true }))],
        body: (form) => ({ version: view.answers[0].version, remark: value(form, "remark") }),
      });
    },
    file(pressed, view) {
      const also = view.provable.length ? group("reg.f.also", el("div", null, view.provable.map((one) => el("label.fh-radio", null, el("input", { type: "checkbox", name: "duty", value: one.id }), `${one.clause} ${fh.english() ? one.title_en : one.title_zh}`)))) : null;
      talk("file", {
        intro: hint(`${view.regulator} · ${t(`reg.level.${view.level}`)}`),
        fields: [field("reg.f.receipt_number", input("number", { required: true, maxlength: 100 })), field("reg.f.receipt_to", input("to", { required: true })), field("reg.f.receipt_at", past("at", { required: true })),
          field("reg.f.receipt_by", input("by", { required: true, maxlength: 40, value: fh.viewer().name })), via("letter", ["letter", "system", "in_person", "email", "fax"]),
          field("reg.f.receipt_file", el("input", { type: "file", name: "file", accept: "application/pdf,image/jpeg,image/png" })), also].filter(Boolean),
        body: (form) => {
          const given = { number: value(form, "number"), to: value(form, "to"), at: moment(form, "at"), by: value(form, "by"), via: value(form, "via"), duties: [...form.querySelectorAll("[name=duty]:checked")].map((box) => Number(box.value)) };
          const file = form.elements.file.files[0];
          if (!file) return given;
          const parts = new FormData();
          parts.append("data", JSON.stringify(given));
          parts.append("file", file);
          return parts;
        },
      });
    },
    close: () => talk("close", { intro: hint(t("reg.sure_close")), fields: [], body: () => ({}) }),
    link: () => talk("link", { fields: [field("reg.f.complaint", input("complaint", { required: true, maxlength: 20, placeholder: "C00000000" }))], body: (form) => ({ complaint: value(form, "complaint").toUpperCase() }) }),
    join: () => talk("join", { fields: [field("reg.f.incident", input("incident", { required: true, maxlength: 20, placeholder: "I0000000" }))], body: (form) => ({ incident: value(form, "incident").toUpperCase() }) }),
    incident: (pressed, view) => talk("incident", {
      fields: [field("reg.f.incident_unit", input("unit", { required: true, maxlength: 64, value: view.unit })), field("reg.f.incident_note", area("note", { required: true, maxlength: 500, rows: 2 }))],
      body: (form) => ({ unit: value(form, "unit"), note: value(form, "note") }),
    }),
  };

  const ended = (act, pressed) => talk(act, {
    title: `${t(`reg.act.${act}`)} · ${t("reg.demand_no", { n: pressed.dataset.demand })}`,
    fields: [field("reg.f.outcome", area("outcome", { required: true }))],
    body: (form) => ({ demand: Number(pressed.dataset.demand), outcome: value(form, "outcome") }),
  });

  /* ---- the deadline: by the plan, so many days, or a moment that was named -------------------------------- */

  function deadline(plan) {
    const options = [...(plan ? ["plan"] : []), "working_days", "calendar_days", "date"];
    const days = field("reg.f.days", input("days", { type: "number", min: 1, max: 999, value: 5 }));
    const until = field("reg.f.until", ahead("until"));
    const box = four("reg.f.deadline", fh.inc.choice("basis", options.map((one) => [one, t(`reg.basis.${one}`)]), options[0]));
    const lay = () => {
      const basis = box.querySelector("[name=basis]").value;
      days.hidden = !basis.endsWith("_days");
      until.hidden = basis !== "date";
    };
    box.addEventListener("change", lay);
    box.append(days, until);
    lay();
    return box;
  }
  function deadlineOf(form) {
    const basis = value(form, "basis");
    if (basis.endsWith("_days")) return { basis, days: Number(value(form, "days")) || null };
    return basis === "date" ? { basis, at: moment(form, "until") } : { basis };
  }

  /* ---- a new case --------------------------------------------------------------------------------------------- */

  actions["regulator-new"] = () => register({});

  function register({ complaint, unit }) {
    const { units, here, regulators } = reg.listed();
    const chosen = units.find((one) => one.code === (unit || here));
    const unitOf = (text) => (units.find((one) => [one.code, one.name, `${one.name} ${one.code}`].includes(text)) || { code: text }).code;
    fh.inc.ask(t("reg.new"), {
      kind: "reg-wide",
      fields: [
        el("div.reg-pair", null, field("reg.f.number", input("number", { required: true, maxlength: 100 })), field("reg.f.received_at", past("received_at", { required: true }))),
        el("div.reg-pair", null, field("reg.f.unit", input("unit", { required: true, list: "reg-units", value: chosen ? `${chosen.name} ${chosen.code}` : "" })),
          field("reg.f.regulator", input("regulator", { list: "reg-offices" }))),
        el("datalist", { id: "reg-units" }, units.map((one) => el("option", { value: `${one.name} ${one.code}` }))),
        el("datalist", { id: "reg-offices" }, regulators.map((name) => el("option", { value: name }))),
        four("reg.f.level", fh.inc.choice("level", [["", t("reg.f.level_auto")], ...["national", "bureau", "local"].map((one) => [one, t(`reg.level.${one}`)])], "")),
        via("letter", ["letter", "system", "phone", "email", "fax", "in_person"]),
        deadline(true),
        field("reg.f.about", area("about", { rows: 2 })), field("reg.f.demands", area("demands", { rows: 4, maxlength: 20000 })),
        field("reg.f.complaints", input("complaints", { value: complaint || "", maxlength: 2000 })),
        el("label.fh-radio", null, el("input", { type: "checkbox", name: "action" }), t("reg.f.action")),
      ],
      save: t("reg.new"),
      send: async (form) => {
        const made = await fh.say("/live/regulator-cases", {
          number: value(form, "number"), received_at: moment(form, "received_at"), unit: unitOf(value(form, "unit")), regulator: value(form, "regulator"), level: value(form, "level") || null,
          via: value(form, "via"), deadline: deadlineOf(form), about: value(form, "about"), action: form.elements.action.checked,
          demands: value(form, "demands").split("\n").map((text) => text.trim()).filter(Boolean).map((text) => ({ text })),
          complaints: value(form, "complaints").toUpperCase().split(/[\s,，、]+/).filter(Boolean),
        });
        fh.keep("fh-said", t(made.new ? "reg.done.new" : "reg.done.known"));
        location.assign(`/regulator/${made.id}`);
      },
    });
  }

  /** A complaint through the regulator offers to register its case: `/regulator?complaint=C…&unit=…`. */
  let taken = null;
  reg.offered = function () {
    const given = new URLSearchParams(location.search);
    const complaint = given.get("complaint");
    if (!complaint || taken === complaint || !fh.may("work_regulator")) return;
    taken = complaint;
    history.replaceState(history.state, "", "/regulator");
    register({ complaint, unit: given.get("unit") });
  };
})();
