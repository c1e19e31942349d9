/* 登记事项: something has happened that no part of the software notices; its clocks start now. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const dt = (fh.duty = fh.duty || {});
  const actions = (fh.actions = fh.actions || {});
  const words = (pair) => (fh.english() ? pair.en : pair.zh);
  const list = (parts) => parts.join(fh.english() ? ", " : "、");

  actions["duties-record"] = async function (pressed) {
    pressed.disabled = true;
    try {
      lay(await fh.json("/live/event-form"));
    } catch (failed) {
      fh.toast(t("my.failed", { reason: failed.message }), "bad");
    }
    pressed.disabled = false;
  };

  function lay({ events, classes }) {
    const { field } = fh.inc;
    const input = (name, more) => el("input", { name, maxlength: 200, autocomplete: "off", ...more });
    const options = (subject) => events.filter((one) => one.subject === subject)
      .sort((a, b) => (b.clauses.length > 0) - (a.clauses.length > 0))
      .map((one) => el("option", { value: one.event }, one.clauses.length ? words(one) : t("record.no_clock", { event: words(one) })));
    const event = el("select", { name: "event", required: true }, el("option", { value: "" }, t("record.pick_event")),
      el("optgroup", { label: t("record.about_complaint") }, options("complaint")), el("optgroup", { label: t("record.at_unit") }, options("unit")));
    const brings = el("p.fh-meta.dt-brings", { role: "status" });
    const held = { rows: null };
    const unit = fh.unitPicker({ rows: () => held.rows, onChange: () => undefined });
    Promise.all([dt.units(), dt.seat()]).then(([rows, seat]) => {
      held.rows = rows;
      const known = seat && rows.find((row) => row.code === seat.code);
      if (known && !unit.get().code) unit.set({ code: known.code, text: fh.unitName(known) });
      unit.node.dispatchEvent(new Event("fh:units"));
    }).catch(() => undefined);
    const classed = el("select", { name: "class" }, el("option", { value: "" }, t("record.class_none")), classes.map((one) => el("option", { value: one.id }, words(one))));
    const forComplaint = el("div.fh-form-other", { hidden: true }, field(t("record.complaint"), input("complaint", { placeholder: "C00000000", inputmode: "text" })),
      classes.length ? field(t("record.class"), classed) : null);
    const forUnit = el("div.fh-form-other", { hidden: true }, el("label.dt-unit", null, el("span", null, t("record.unit")), unit.node));
    const now = () => dt.local(fh.now());
    const chosen = () => events.find((one) => one.event === event.value);
    const form = fh.inc.ask(t("record.title"), {
      intro: el("p.fh-meta", null, t("record.hint")),
      fields: [
        field(t("record.event"), event), brings, forComplaint, forUnit,
        field(t("record.aware"), input("aware", { type: "datetime-local", required: now() !== "", value: now(), max: now() })), // empty before the first answer: now
        field(t("record.occurred"), input("occurred", { type: "datetime-local", max: now() })),
        field(t("record.ref"), input("ref")),
        field(t("form.note"), el("textarea", { name: "note", rows: 2, maxlength: 500, placeholder: t("proof.no_names") })),
      ],
      save: t("record.save"),
      send: async ({ elements }) => {
        const value = (name) => elements[name].value.trim();
        const about = chosen().subject === "complaint";
        if (!about && !unit.get().code) throw new Error(t("record.pick_unit"));
        const body = { event: event.value, ref: value("ref"), note: value("note"), occurred_at: dt.moment(value("occurred")) };
        if (value("aware") !== opened) body.aware_at = dt.moment(value("aware")); // untouched means now
        if (about) Object.assign(body, { complaint: value("complaint").toUpperCase(), class: classed.value || null });
        else body.unit = unit.get().code;
        born(await dt.post("/live/events", body));
      },
    });
    const opened = form.elements.aware.value;
    event.addEventListener("change", () => {
      const one = chosen();
      forComplaint.hidden = !one || one.subject !== "complaint";
      forUnit.hidden = !one || one.subject !== "unit";
      form.elements.complaint.toggleAttribute("required", !forComplaint.hidden);
      brings.textContent = one ? (one.clauses.length ? t("record.brings", { clauses: list(one.clauses) }) : t("record.brings_none")) : "";
    });
  }

  /** What was born of it, and by when. */
  function born({ duties }) {
    fh.refresh();
    const say = duties.length ? t("record.born", { n: duties.length }) : t("record.born_none");
    fh.dialog(say, el("div.dt-born", null, duties.map((duty) => dt.card(duty, { plain: true }))),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
  }
})();
