/* The conversations of a media case: each verb is one dialog, and is answered with the case as it is now. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const actions = (fh.actions = fh.actions || {});
  const med = (fh.med = fh.med || {});
  const inc = () => fh.inc;

  const field = (key, node) => inc().field(t(`med.l.${key}`), node);
  const line = (key, name, more) => field(key, el("input", { name, autocomplete: "off", required: true, maxlength: 200, ...more }));
  const area = (key, name, more) => field(key, el("textarea", { name, rows: 3, maxlength: 4000, required: true, ...more }));
  const when = (key, name) => field(key, el("input", { name, type: "datetime-local", value: fh.duty.local(fh.now()), max: fh.duty.local(fh.now()) }));
  const upload = (key, more) => field(key, el("input", { name: "file", type: "file", accept: "application/pdf,image/jpeg,image/png", ...more }));
  const options = (prefix, name, all, chosen) => inc().choice(name, all.map((one) => [one, t(`${prefix}.${one}`)]), chosen);
  const group = (key, box) => el("fieldset", null, el("legend", null, t(`med.l.${key}`)), box);
  const value = (form, name) => form.elements[name].value.trim();
  const moment = (form) => fh.duty.moment(value(form, "at"));
  const given = (form) => (form.elements.file && form.elements.file.files[0]) || null;

  async function act(verb, body, file) {
    const held = await med.post(med.address(verb), body, file);
    med.show(held);
    fh.refresh();
    fh.toast(t("med.done"));
    return held;
  }
  function ask(verb, fields, send, more) {
    return inc().ask(t(`med.do.${verb}`), { fields, save: t(`med.do.${verb}`), send, ...more });
  }
  const reports = (chosen) => el("select", { name: "sighting" }, med.case().sightings.map((one) => el("option", { value: one.id, selected: one.id === chosen }, `${one.outlet} ${one.headline || ""}`)));

  /* ---- the facts ------------------------------------------------------------------------------------ */

  actions["media-finding"] = () => ask("finding", [
    el("fieldset", null, el("legend", null, t("med.verdict")), options("med.verdict", "verdict", ["wrong", "partly", "right", "not_ours"], null)), area("note", "note"), area("evidence", "evidence", { rows: 2 }), when("at", "at"), upload("file")],
  (form) => act("finding", { verdict: value(form, "verdict"), note: value(form, "note"), evidence: value(form, "evidence"), at: moment(form) }, given(form)));

  actions["media-correction"] = () => ask("correction", [
    field("sighting", reports()), area("wrong", "text"), area("evidence", "evidence", { rows: 2 }), when("at", "at"), upload("file")],
  (form) => act("correction", { sighting: Number(value(form, "sighting")), text: value(form, "text"), evidence: value(form, "evidence"), at: moment(form) }, given(form)));

  actions["media-answer"] = (pressed) => ask("answer", [
    group("answer", options("med.answer", "answer", ["corrected", "withdrawn", "refused", "silent"], "corrected")), area("answer", "note", { rows: 2 }), when("at", "at"), upload("file")],
  (form) => act("answer", { correction: Number(pressed.dataset.act), answer: value(form, "answer"), note: value(form, "note"), at: moment(form) }, given(form)));

  /* ---- journalists -------------------------------------------------------------------------------------- */

  const VIA = ["phone", "in_person", "email", "text", "letter", "press"];
  actions["media-talk"] = function () {
    const from = el("select", { name: "contact" }, el("option", { value: "" }, t("med.l.contact_other")));
    const other = el("div.fh-form-other", null, line("outlet", "outlet", { required: false, maxlength: 80, value: med.case().sightings.length ? med.case().sightings[0].outlet : "" }), line("journalist", "journalist", { required: false, maxlength: 80 }));
    fh.json("/live/media/contacts").then(({ contacts }) => contacts.filter((one) => one.active).forEach((one) => from.append(el("option", { value: one.id }, `${one.outlet} ${one.name || ""}`)))).catch(() => undefined);
    from.addEventListener("change", () => { other.hidden = from.value !== ""; });
    ask("talk", [field("contact", from), other, group("via", options("med.via", "via", VIA, "phone")), area("said", "said"), when("at", "at")],
      (form) => act("talk", { contact: from.value ? Number(from.value) : null, outlet: from.value ? null : value(form, "outlet"), journalist: from.value ? null : value(form, "journalist"), via: value(form, "via"), said: value(form, "said"), at: moment(form) }));
  };
  med.talkFields = () => [group("via", options("med.via", "via", VIA, "phone")), area("said", "said"), when("at", "at")];
  med.talkOf = (form) => ({ via: value(form, "via"), said: value(form, "said"), at: moment(form) });

  /* ---- statements ---------------------------------------------------------------------------------------- */

  const latest = (kind) => med.case().statements[kind][0];
  actions["media-draft"] = function (pressed) {
    const { kind } = pressed.dataset;
    const last = latest(kind);
    const box = el("textarea", { name: "text", rows: 9, maxlength: 4000, required: true });
    box.value = last ? last.text : "";
    ask("draft", [field("text", box)], (form) => act("draft", { kind, version: last ? last.version : 0, text: value(form, "text") }), { kind: "med-wide" });
  };
  const version = ({ kind, version: n }) => ({ kind, version: Number(n) });
  actions["media-approve"] = (pressed) => ask("approve", [], () => act("approve", version(pressed.dataset)), { intro: read(pressed.dataset) });
  actions["media-return"] = (pressed) => ask("return", [line("reason", "reason")], (form) => act("return", { ...version(pressed.dataset), reason: value(form, "reason") }));
  actions["media-issue"] = (pressed) => ask("issue", [line("issue_via", "via")], (form) => act("issue", { ...version(pressed.dataset), via: value(form, "via") }), { intro: read(pressed.dataset) });
  const read = ({ kind }) => el("div", null, el("p", null, t(`med.kind.${kind}`), " ", t("med.issue_ask", { n: latest(kind).version })), el("p.med-text.med-quote", null, latest(kind).text));

  /* ---- reports ---------------------------------------------------------------------------------------------- */

  actions["media-sighting"] = () => ask("sighting", med.reportFields(), (form) => act("sighting", med.reportOf(form)));
  actions["media-reach"] = (pressed) => ask("reach", [
    group("word", options("med.word", "word", ["small", "regional", "national", "viral"], "regional")), line("reach", "reach", { type: "number", min: 0, required: false, inputmode: "numeric" })],
  (form) => act("reach", { sighting: Number(pressed.dataset.sighting), word: value(form, "word"), reach: value(form, "reach") ? Number(value(form, "reach")) : null }));
  actions["media-copy"] = (pressed) => ask("copy", [upload("file_copy", { required: true })], (form) => act("copy", { sighting: Number(pressed.dataset.sighting) }, given(form)));

  /* ---- linked, its place, its end --------------------------------------------------------------------------- */

  actions["media-spokesperson"] = () => ask("spokesperson", [line("name", "name", { maxlength: 40, value: med.case().spokesperson || "" })], (form) => act("spokesperson", { name: value(form, "name") }));
  actions["media-complaint"] = () => ask("complaint", [line("complaint", "complaint", { maxlength: 20, placeholder: "C00000001" })], (form) => act("complaint", { complaint: value(form, "complaint").toUpperCase() }));
  actions["media-unlink"] = (pressed) => ask("unlink", [line("reason", "reason")], (form) => act("unlink", { complaint: pressed.dataset.complaint, reason: value(form, "reason") }));
  actions["media-incident"] = function () {
    const known = (fh.snapshot() ? fh.snapshot().incidents : []).map((one) => el("option", { value: one.id }, `${one.unit ? one.unit.short_name : ""} ${one.product || ""}`));
    const list = el("datalist", { id: "media-incidents" }, known);
    ask("incident", [line("incident", "incident", { maxlength: 20, list: "media-incidents", placeholder: "I0000001" }), list], (form) => act("incident", { incident: value(form, "incident").toUpperCase() }), { intro: el("p.fh-meta", null, t("med.incident_hint")) });
  };
  actions["media-open-incident"] = function () {
    const held = med.case();
    const place = inc().placePicker(held.level === "head_office" ? null : { code: held.unit, name: held.unit_name, branch: held.branch || "" });
    ask("open-incident", [place.node, line("product", "product", { required: false })], (form) => {
      if (!place.chosen()) throw new Error(t("place.pick"));
      return act("open-incident", { unit: place.chosen().code, product: value(form, "product") || null });
    }, { intro: el("p.fh-meta", null, t("med.incident_hint")) });
  };
  actions["media-give"] = function () {
    const place = inc().placePicker(null);
    ask("give", [place.node, line("reason", "note")], (form) => {
      if (!place.chosen()) throw new Error(t("place.pick"));
      return act("give", { unit: place.chosen().code, note: value(form, "note") });
    });
  };
  actions["media-join"] = () => ask("join", [line("into", "into", { maxlength: 20, placeholder: "M0000001" }), line("reason", "note")],
    (form) => act("join", { into: value(form, "into").toUpperCase(), note: value(form, "note") }));
  const FITS = { wrong: ["corrected", "withdrawn", "refused", "stated"], partly: ["corrected", "withdrawn", "refused", "stated", "subsided"], right: ["stated", "subsided", "withdrawn"], not_ours: ["not_ours"] };
  actions["media-settle"] = function () {
    const fit = FITS[med.case().verdict];
    if (!fit) { fh.toast(t("med.no_facts"), "bad"); return; }
    ask("settle", [group("outcome", options("med.outcome", "outcome", fit, fit[0])), area("settle_note", "note", { rows: 2 })], (form) => act("settle", { outcome: value(form, "outcome"), note: value(form, "note") }));
  };
  actions["media-reopen"] = () => ask("reopen", [line("reason", "reason")], (form) => act("reopen", { reason: value(form, "reason") }));
})();
