/* The conversations about a report: sign, receipt, telephone, confirmation, correction, discard. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const rep = (fh.rep = fh.rep || {});
  const actions = (fh.actions = fh.actions || {});

  const SHANGHAI = 8 * 3600e3;
  const local = (milliseconds) => new Date(milliseconds + SHANGHAI).toISOString().slice(0, 16);
  const input = (name, more) => el("input", { name, maxlength: 200, autocomplete: "off", ...more });
  const moment = (value) => `${value.slice(0, 16)}:00+08:00`;
  const field = (key, node) => fh.inc.field(t(key), node);
  const when = (key, iso) => field(key, input("at", { type: "datetime-local", required: true, value: local(iso ? Date.parse(iso) : fh.now()), max: local(fh.now()) }));
  const myName = () => fh.inc.me().name;

  /** A form whose answer is the report as it stands then. */
  function talk(key, { hint, fields, save, path, body, done }) {
    fh.inc.ask(t(`rep.${key}_title`, { kind: t(`rep.${rep.held().kind}`) }), {
      intro: hint, fields, save,
      send: async (form) => {
        const view = await rep.ask(rep.own(path), body((name) => form.elements[name].value.trim(), form));
        rep.show(view);
        fh.toast(done(view));
        fh.refresh();
      },
    });
  }
  const hint = (key) => el("p.fh-meta", null, t(key));

  actions["report-sign"] = async function () {
    if (!(await rep.save())) return;
    const view = rep.held();
    const empty = view.fields.find((one) => one.empty);
    if (empty) {
      document.getElementById(`rep-f-${empty.name}`).focus();
      return;
    }
    talk("sign", {
      hint: [el("p", null, t("rep.sign_as", { who: fh.inc.meWords() })), hint("rep.sign_hint"), el("p.fh-meta", null, t("rep.sign_who", { roles: fh.inc.roles(view.sign_roles) }))],
      fields: [], save: t("rep.sign"), path: "sign",
      body: () => ({ version: view.version }),
      done: (signed) => t("rep.sign_done", { number: signed.number }),
    });
  };

  actions["report-send"] = function () {
    const view = rep.held();
    talk("send", {
      hint: hint("rep.send_hint"),
      fields: [
        field("rep.send_by", input("by", { required: true, maxlength: 40, value: myName() })), when("rep.send_at"),
        field("rep.send_to", input("to", { required: true, value: view.to })),
        field("rep.send_number", input("number", { required: true, maxlength: 100 })),
        el("div", null, el("span.inc-label", null, t("rep.send_via")), fh.inc.choice("via", ["written", "system", "phone"].map((one) => [one, t(`rep.via.${one}`)]), "written")),
        field("rep.send_file", el("input", { type: "file", name: "file", accept: "application/pdf,image/jpeg,image/png" })),
        field("form.note", input("note")),
      ],
      save: t("rep.send"), path: "sent",
      body: (value, form) => {
        const given = { by: value("by"), at: moment(value("at")), to: value("to"), number: value("number"), via: value("via"), note: value("note") };
        const file = form.elements.file.files[0];
        if (!file) return given;
        const parts = new FormData();
        parts.append("data", JSON.stringify(given));
        parts.append("file", file);
        return parts;
      },
      done: (sent) => (sent.ended && sent.ended.length ? t("rep.send_ended", { clauses: fh.inc.list(sent.ended) }) : t("rep.send_done")),
    });
  };

  actions["report-phone"] = function () {
    talk("phone", {
      hint: hint("rep.phone_hint"),
      fields: [field("rep.send_by", input("by", { required: true, maxlength: 40, value: myName() })), when("rep.send_at"),
        field("rep.send_to", input("to", { required: true, value: rep.held().to })), field("form.note", input("note"))],
      save: t("rep.phone"), path: "phoned",
      body: (value) => ({ by: value("by"), at: moment(value("at")), to: value("to"), note: value("note") }),
      done: (told) => (told.ended.length ? t("rep.phone_ended", { clauses: fh.inc.list(told.ended) }) : t("rep.phone_done")),
    });
  };

  actions["report-receive"] = function () {
    talk("receive", {
      fields: [field("rep.receive_by", input("by", { required: true, maxlength: 40 })), when("rep.receive_at"),
        field("rep.receive_to", input("to", { required: true, value: myName() })),
        field("rep.receive_number", input("number", { maxlength: 100 })), field("form.note", input("note"))],
      save: t("rep.receive"), path: "received",
      body: (value) => ({ by: value("by"), at: moment(value("at")), to: value("to"), note: value("note"), ...(value("number") ? { number: value("number") } : {}) }),
      done: () => t("rep.receive_done"),
    });
  };

  actions["report-time"] = function (pressed) {
    const kind = pressed.dataset.kind;
    const now = rep.held().times.find((one) => one.kind === kind && one.counts);
    fh.inc.ask(t("rep.time.title", { kind: t(`rep.time.${kind}`) }), {
      intro: hint("rep.time.hint"),
      fields: [when("rep.time.at", now.at), field("rep.time.reason", input("reason", { required: true }))],
      save: t("rep.time.fix"),
      send: async (form) => {
        const value = (name) => form.elements[name].value.trim();
        rep.show(await rep.ask(rep.own("times"), { kind, at: moment(value("at")), reason: value("reason") }));
      },
    });
  };

  actions["report-discard"] = function () {
    talk("discard", {
      hint: hint("rep.discard_hint"),
      fields: [field("rep.discard_reason", input("reason", { required: true }))],
      save: t("rep.discard"), path: "discard",
      body: (value) => ({ reason: value("reason") }),
      done: () => t("rep.discard_done"),
    });
  };
})();
