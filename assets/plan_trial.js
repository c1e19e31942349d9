/* Who would be told, and when: an event tried out by the engine itself, nothing sent, nothing kept. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const trial = (fh.planTrial = fh.planTrial || {});
  const CHANNELS = ["counter", "hotline", "phone", "letter", "visit", "web", "email", "media", "regulator"];
  const SHAPES = { text: "told", duty: "watch", call: "slow", ladder: "incident", acknowledgement: "acknowledged", done: "acknowledged", event: "quiet" };
  const MOST = 60; // moments shown before asking for the rest
  const state = { offered: null, found: null, onlyTexts: false, form: null, all: false };
  const both = (thing, name) => (fh.english() ? thing[`${name}_en`] : thing[`${name}_zh`]);

  trial.mount = async function () {
    Object.assign(state, { found: null, onlyTexts: false, all: false });
    const host = at("plan-trial");
    if (!host) return;
    host.closest("section").hidden = !fh.may("try_plan");
    if (!fh.may("try_plan")) return;
    host.replaceChildren(el("div.fh-loading", { role: "status" }, t("loading")));
    try {
      state.offered = await fh.json("/live/plan/trial");
      host.replaceChildren(el("p", { id: "trial-nothing" }, fh.badge("quiet", t("trial.nothing"))), form(), el("div", { id: "trial-result", "aria-live": "polite" }));
    } catch (failed) {
      host.replaceChildren(el("p.fh-failure", { role: "alert" }, t("plan.failed", { reason: failed.message })));
    }
  };

  /* ---- the form ------------------------------------------------------------------------------------- */

  function form() {
    const { field } = fh.inc;
    const input = (name, more) => el("input", { name, autocomplete: "off", ...more });
    const number = (name, value) => input(name, { type: "number", min: 0, max: 100000, value, inputmode: "numeric" });
    const group = (subject) => el("optgroup", { label: t(`trial.${subject}`) }, state.offered.events.filter((one) => one.subject === subject)
      .map((one) => el("option", { value: one.event }, t(`event.${one.event}`))));
    const event = el("select", { name: "event" }, ["incident", "complaint", "unit", "period"].map(group));
    const held = { rows: null };
    const unit = fh.unitPicker({ rows: () => held.rows, onChange: () => undefined });
    Promise.all([fh.duty.units(), fh.duty.seat()]).then(([rows, seat]) => {
      held.rows = rows;
      const known = rows.find((row) => seat && row.code === seat.code) || rows.find((row) => row.level === "sub_branch");
      if (known && !unit.get().text) unit.set({ code: known.code, text: fh.unitName(known) });
      unit.node.dispatchEvent(new Event("fh:units"));
    }).catch(() => undefined);
    const tick = (name) => el("label.fh-radio", null, el("input", { type: "checkbox", name }), t(`trial.${name}`));
    const ofIncident = [third(field(t("trial.clients"), number("clients", 10))), third(field(t("trial.heads"), number("headcount", 0))), field(t("trial.product"), input("product", { maxlength: 100 })),
      field(t("trial.answer"), el("select", { name: "acknowledged" }, el("option", { value: "" }, t("trial.answer_never")), [3, 8, 20, 50].map((n) => el("option", { value: n }, t("trial.answer_after", { n }))))),
      el("div.pl-ticks", null, tick("large"), tick("media"), tick("threat"))];
    const ofComplaint = [third(field(t("trial.channel"), el("select", { name: "channel" }, CHANNELS.map((one) => el("option", { value: one }, t(one)))))),
      third(field(t("trial.class"), el("select", { name: "class" }, el("option", { value: "" }, t("trial.class_none")), state.offered.classes.map((one) => el("option", { value: one.id }, both(one, "title")))))),
      el("div.pl-ticks", null, tick("face_to_face"))];
    const hours = field(t("trial.hours"), el("select", { name: "hours" }, [[1, "h"], [24, "h"], [7, "d"], [60, "d"]].map(([n, u]) =>
      el("option", { value: u === "h" ? n : n * 24, selected: n === 24 }, t(`span.${u}`, { n })))));
    const node = el("form.fh-form.pl-trial", { novalidate: true },
      half(field(t("trial.event"), event)), half(el("label", null, el("span", null, t("trial.where")), unit.node)),
      field(t("trial.at"), input("at", { type: "datetime-local", required: true })), hours, ofIncident, ofComplaint,
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "submit", id: "trial-run" }, t("trial.run")), el("p.fh-form-fault", { role: "alert" })));
    const show = () => {
      const one = state.offered.events.find((known) => known.event === event.value);
      for (const part of ofIncident) part.hidden = one.subject !== "incident";
      for (const part of ofComplaint) part.hidden = one.subject !== "complaint";
    };
    event.addEventListener("change", show);
    show();
    fh.onSnapshot(() => { if (!node.elements.at.value) node.elements.at.value = fh.duty.local(fh.now()); });
    node.addEventListener("submit", (pressed) => { pressed.preventDefault(); run(node, unit); });
    return node;
  }
  const half = (node) => (node.classList.add("pl-half"), node);
  const third = (node) => (node.classList.add("pl-third"), node);

  async function run(node, unit) {
    const fault = node.querySelector(".fh-form-fault");
    const button = node.querySelector("[type=submit]");
    const { elements } = node;
    const one = state.offered.events.find((known) => known.event === elements.event.value);
    const about = one.subject === "incident";
    fault.textContent = "";
    if (!unit.get().code) { fault.textContent = t("hand.pick_unit"); unit.input.focus(); return; }
    const body = { event: one.event, unit: unit.get().code, at: fh.duty.moment(elements.at.value), hours: Number(elements.hours.value) };
    if (about) Object.assign(body, { clients: Number(elements.clients.value) || 0, headcount: Number(elements.headcount.value) || 0, product: elements.product.value.trim(),
      large: elements.large.checked, media: elements.media.checked, threat: elements.threat.checked, acknowledged_minutes: Number(elements.acknowledged.value) || null });
    if (one.subject === "complaint") Object.assign(body, { channel: elements.channel.value, class: elements.class.value || null, face_to_face: elements.face_to_face.checked });
    button.disabled = true;
    at("trial-result").replaceChildren(el("div.fh-loading", { role: "status" }, t("trial.running")));
    try {
      state.found = await fh.duty.post("/live/plan/trial", body);
      state.all = false;
      draw();
    } catch (failed) {
      fault.textContent = t("trial.failed", { reason: failed.message });
      at("trial-result").replaceChildren();
    }
    button.disabled = false;
  }

  /* ---- the timeline ------------------------------------------------------------------------------------- */

  function draw() {
    const host = at("trial-result");
    if (!host || !state.found) return;
    const { entries } = state.found;
    const texts = entries.filter((one) => one.kind === "text");
    const shown = state.onlyTexts ? texts : entries;
    if (!entries.length) { host.replaceChildren(fh.empty(t("trial.empty"))); return; }
    const only = el("input", { type: "checkbox", checked: state.onlyTexts });
    only.addEventListener("change", () => { state.onlyTexts = only.checked; draw(); });
    const moments = [];
    for (const one of shown) {
      const last = moments[moments.length - 1];
      if (last && last.at === one.at) last.entries.push(one);
      else moments.push({ at: one.at, entries: [one] });
    }
    const cut = state.all ? moments : moments.slice(0, MOST);
    const more = el("button.fh-button.fh-button--plain", { type: "button" }, t("trial.more", { n: moments.length - cut.length }));
    more.addEventListener("click", () => { state.all = true; draw(); });
    const people = new Set(texts.map((one) => one.phone || one.name)).size;
    host.replaceChildren(
      el("div.pl-sum", null, el("span", null, t("trial.sum", { texts: texts.length, people, duties: entries.filter((one) => one.kind === "duty").length })),
        el("label", null, only, t("trial.only_texts"))),
      el("ol.pl-moments", null, cut.map(moment)), ...(cut.length < moments.length ? [more] : []));
  }

  function moment({ at: when, entries }) {
    const after = Math.round((Date.parse(when) - Date.parse(state.found.at)) / 1000);
    return el("li", null, el("div.pl-moment", null, el("b", null, after > 0 ? `+${fh.spanWords(after)}` : t("plan.step.start")), el("small", null, clock(when))), el("div", null, entries.map(entry)));
  }

  /** The day and time of a trial's moment: it may be of any day, so the day is always said. */
  const clock = (iso) => new Date(Date.parse(iso) + 8 * 3600e3).toISOString().slice(5, 16).replace("T", " ");

  function entry(one) {
    const who = [one.unit, one.name ? fh.inc.person(one.name, one.role) : one.role ? t(one.role) : "", one.phone].filter(Boolean).join(" · ");
    return el("div.pl-entry", { "data-kind": one.kind }, fh.badge(SHAPES[one.kind] || "quiet", t(`trial.kind.${one.kind}`)),
      el("div", null, who ? el("span.pl-who", null, who) : null, both(one, "what"), both(one, "reason") ? el("small", null, both(one, "reason")) : null));
  }
})();
