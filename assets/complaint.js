/* The counter's form: drawn once, kept at every keystroke, sent by complaint-store.js.
 *
 * A field is {node, get, set}; its name is the contract's (clients.0.phone), so that what the
 * server says about a field can be shown beside it.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const store = () => fh.complaints;
  const PERSON = ["name", "phone", "id_number", "account", "address"];
  const SHANGHAI = 8 * 3600e3;
  const form = { ref: null, fields: new Map(), clients: [], units: null, products: [], busy: false, keptAt: null, done: null, removed: null, watching: false, guessed: null };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountComplaint() {
      requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    const host = at("complaint-form");
    if (!host) return;
    Object.assign(form, { done: null, removed: null, busy: false });
    host.replaceChildren(build(host.dataset.channels.split(" "), host.dataset.flags.split(" ")));
    const draft = store().draft();
    const sent = draft && store().entries().some((entry) => entry.ref === draft.ref);
    load(draft && !sent ? draft : null);
    if (!form.watching) { store().watch(changedElsewhere); fh.onSnapshot(clockCame); }
    form.watching = true;
    queue();
    if (!form.units) offered();
  }

  /** Units and products, asked for until they come: the server may be away. */
  async function offered() {
    try {
      const { units, products, seats } = await fh.json("/live/complaint-form");
      Object.assign(form, { units, products, seats });
      if (form.fields.has("against")) offerSeats();
      const list = at("cp-products");
      if (list) list.replaceChildren(...products.map((product) => el("option", { value: product })));
      for (const picker of document.querySelectorAll("#complaint-form .up")) picker.dispatchEvent(new Event("fh:units"));
    } catch (failed) {
      setTimeout(() => { if (at("complaint-form")) offered(); }, 3000);
    }
  }

  /* ---- fields ---------------------------------------------------------------------------------------- */

  /** Label, control, place for what is wrong. `field` gets and sets the control's value. */
  function wrap(name, label, control, { get, set, wide, required, note, focus, after } = {}) {
    const id = `cp-${name.replaceAll(".", "-")}`;
    const target = focus || control;
    target.id = id;
    target.setAttribute("aria-describedby", `${id}-fault`);
    if (required) target.setAttribute("aria-required", "true");
    const node = el("div.cp-field", { "data-field": name, "data-wide": wide },
      el("label", { for: id }, label, required ? el("span.cp-required", null, " ", t("complaint.required")) : null),
      after ? el("div.cp-with", null, control, after) : control,
      note ? el("small.fh-meta", null, note) : null,
      el("p.cp-fault", { id: `${id}-fault` }));
    const field = { name, node, focus: target, get: get || (() => control.value), set: set || ((value) => { control.value = value || ""; }) };
    form.fields.set(name, field);
    return node;
  }
  const text = (name, label, more = {}) =>
    wrap(name, label, el("input", { type: "text", autocomplete: "off", ...(more.input || {}) }), more);
  const area = (name, label, rows) =>
    wrap(name, label, el("textarea", { rows, autocomplete: "off" }), { wide: true });

  function unit(name, required, wide) {
    const picker = fh.unitPicker({ rows: () => form.units, onChange: () => touched(name) });
    return wrap(name, t(`complaint.${name}`), picker.node, { get: picker.get, set: (value) => picker.set(value || {}), focus: picker.input, required, wide });
  }

  /** Who in charge it is about: the seats of the unit that is complained of. */
  function against() {
    const control = el("select", null, el("option", { value: "" }, t("complaint.against_none")));
    return wrap("against", t("complaint.against"), control, { wide: true, note: t("complaint.against_hint"),
      set: (value) => { offerSeats(value); control.value = value || ""; } });
  }
  function offerSeats(wanted) {
    const field = form.fields.get("against");
    const row = (form.units || []).find((one) => one.code === form.fields.get("unit").get().code);
    const level = row ? (row.level === "outlet" ? "sub_branch" : row.level) : null;
    const chosen = wanted === undefined ? field.get() : wanted;
    const seats = (form.seats && form.seats[level]) || (chosen ? [chosen] : []);
    field.focus.replaceChildren(el("option", { value: "" }, t("complaint.against_none")), ...seats.map((role) => el("option", { value: role }, t(role))));
    field.focus.value = seats.includes(chosen) ? chosen : "";
  }

  function checks(name, label, codes) {
    const boxes = codes.map((code) => el("input", { type: "checkbox", value: code }));
    const group = el("div.cp-checks", { role: "group", "aria-label": label },
      boxes.map((box, nth) => el("label.cp-check", null, box, t(codes[nth]))));
    return { group, boxes };
  }

  function build(channels, flags) {
    form.fields.clear();
    const time = el("input", { type: "datetime-local", step: "60" });
    const now = el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "complaint-now" }, t("complaint.now"));
    const channel = el("select", null, channels.map((code) => el("option", { value: code }, t(code))));
    const circumstances = checks("flags", t("complaint.flags"), ["face_to_face", ...flags]);
    circumstances.boxes[0].parentElement.lastChild.data = t("complaint.face_to_face");
    const about = section("complaint.about",
        unit("unit", true, true),
        wrap("received_at", t("complaint.received_at"), time, { required: true, after: now }),
        wrap("channel", t("complaint.channel"), channel, { required: true, set: (value) => { channel.value = value || "counter"; } }),
        text("product", t("complaint.product"), { input: { list: "cp-products", maxlength: 200 } }),
        text("amount", t("complaint.amount"), { input: { inputmode: "decimal" } }),
        el("datalist", { id: "cp-products" }, form.products.map((product) => el("option", { value: product }))));
    const who = section("complaint.who", el("div.cp-clients", null), el("div.cp-add", { "data-field": "clients" },
        el("button.fh-button.fh-button--plain", { type: "button", "data-action": "complaint-add", "data-role": "principal" }, "+ ", t("complaint.add_principal")),
        el("button.fh-button.fh-button--plain", { type: "button", "data-action": "complaint-add", "data-role": "proxy" }, "+ ", t("complaint.add_proxy")),
        el("p.cp-fault", { id: "cp-clients-fault" }), el("small.fh-meta", null, t("complaint.client_hint"))),
      el("div.cp-similar", { id: "cp-similar", role: "status" }));
    const what = section("complaint.what",
        against(),
        text("subject", t("complaint.subject"), { wide: true, input: { maxlength: 500 } }),
        area("summary", t("complaint.summary"), 4), area("demand", t("complaint.demand"), 2),
        wrap("flags", t("complaint.flags"), circumstances.group, {
          wide: true, focus: circumstances.boxes[0],
          get: () => circumstances.boxes.filter((box) => box.checked).map((box) => box.value),
          set: (value) => { for (const box of circumstances.boxes) box.checked = (value || []).includes(box.value); },
      }));
    const more = el("details.cp-more", null, el("summary", null, t("complaint.more")), el("div.cp-grid", null, unit("received_unit", false, true), unit("home_unit", false, true)));
    const node = el("form.cp-form", { novalidate: true },
      el("div.cp-columns", null, el("div.cp-column", null, about, who), el("div.cp-column", null, what, more)),
      el("div.cp-bar", null,
        el("p.cp-alike", { id: "cp-alike" }),
        el("p.cp-state", { id: "cp-state", role: "status" }),
        el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "complaint-clear" }, t("complaint.clear")),
        el("button.fh-button.fh-button--main", { type: "submit", title: t("complaint.submit_hint") }, t("complaint.submit"))));
    node.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
    node.addEventListener("keydown", keys);
    node.addEventListener("input", (event) => touched(nameOf(event.target)));
    node.addEventListener("change", (event) => touched(nameOf(event.target)));
    return node;
  }
  const section = (key, ...content) => el("section.cp-section", null, el("h2", null, t(key)), el("div.cp-grid", null, content));
  const nameOf = (node) => { const field = node.closest("[data-field]"); return field ? field.dataset.field : null; };

  /** Enter goes on to the next field and never sends half a complaint; Ctrl+Enter sends. */
  function keys(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); submit(); return; }
    if (!event.target.matches("input, select") || event.defaultPrevented) return;
    event.preventDefault();
    const all = [...event.currentTarget.querySelectorAll("input, select, textarea, button")].filter((node) => node.offsetParent && !node.disabled);
    const next = all[all.indexOf(event.target) + 1];
    if (next) next.focus();
  }

  /* ---- clients: rows that come and go ------------------------------------------------------------------- */

  function drawClients(values) {
    for (const name of [...form.fields.keys()]) if (name.startsWith("clients.")) form.fields.delete(name);
    const host = document.querySelector(".cp-clients");
    host.replaceChildren(...values.map((value, nth) => client(value, nth, values.length)));
    form.clients = values.length;
  }

  function client(value, nth, all) {
    const heading = t("complaint.client", { n: nth + 1 });
    const role = el("select", null, ["principal", "proxy"].map((code) => el("option", { value: code }, t(code))));
    const attributes = { phone: { inputmode: "tel" }, name: {}, id_number: {}, account: { inputmode: "numeric" }, address: {} };
    const node = el("fieldset.cp-client", { "data-nth": nth },
      el("legend", null, heading),
      all > 1 ? el("button.fh-button.fh-button--quiet.cp-remove", { type: "button", "data-action": "complaint-remove", "data-nth": nth, "aria-label": `${t("complaint.remove")} ${heading}` }, t("complaint.remove")) : null,
      el("div.cp-grid", null,
        wrap(`clients.${nth}.role`, t("complaint.role"), role, { set: (code) => { role.value = code || "principal"; } }),
        PERSON.map((key) => text(`clients.${nth}.${key}`, t(`complaint.${key}`), { input: { ...attributes[key], maxlength: key === "address" ? 500 : 200 } }))));
    for (const key of ["role", ...PERSON]) form.fields.get(`clients.${nth}.${key}`).set(value[key]);
    return node;
  }

  const readClients = () => Array.from({ length: form.clients }, (_, nth) =>
    Object.fromEntries(["role", ...PERSON].map((key) => [key, form.fields.get(`clients.${nth}.${key}`).get()])));

  actions["complaint-add"] = function (node) {
    const values = [...readClients(), { role: node.dataset.role }];
    drawClients(values);
    touched("clients");
    form.fields.get(`clients.${values.length - 1}.name`).focus.focus();
  };
  actions["complaint-remove"] = function (node) {
    const values = readClients();
    const nth = Number(node.dataset.nth);
    form.removed = { nth, value: values[nth] };
    values.splice(nth, 1);
    drawClients(values);
    touched("clients");
    form.fields.get(`clients.${Math.min(nth, values.length - 1)}.name`).focus.focus();
  };
  actions["complaint-undo"] = function () {
    const values = readClients();
    values.splice(form.removed.nth, 0, form.removed.value);
    const nth = form.removed.nth;
    drawClients(values);
    touched("clients");
    form.fields.get(`clients.${nth}.name`).focus.focus();
  };

  /* ---- has this client complained before? ---------------------------------------------------------------- */

  const alike = { timer: null, asked: "", found: [] };
  /** Asked half a second after the last keystroke, in a body, once for each thing typed. */
  function lookAlike() {
    clearTimeout(alike.timer);
    if (fh.may("see_ticket")) alike.timer = setTimeout(askAlike, 500);
  }
  async function askAlike() {
    if (!at("cp-similar")) return;
    const people = readClients().map(({ name, phone, id_number, account }) => ({ name, phone, id_number, account }))
      .filter((one) => [one.phone, one.id_number, one.account].some((text) => text && text.trim().length > 5));
    const asked = JSON.stringify(people);
    if (asked === alike.asked) return;
    alike.asked = asked;
    try {
      const answers = await Promise.all(people.slice(0, 3).map((one) => fh.json("/live/tickets/similar", one)));
      if (asked !== alike.asked) return;
      const all = answers.flatMap((answer) => answer.tickets);
      alike.found = all.filter((one, nth) => all.findIndex((other) => other.complaint === one.complaint) === nth);
    } catch (failed) { alike.found = []; alike.asked = ""; }
    showAlike();
  }
  function showAlike() {
    const host = at("cp-similar");
    if (!host) return;
    const links = alike.found.slice(0, 3).map((one) => el("a.cp-link", { href: `/tickets/${one.complaint}`, target: "_blank", rel: "noopener" }, one.complaint));
    fh.fill(at("cp-alike"), links.length ? [el("span", null, fh.badge("watch", t("complaint.similar")), " "), ...links] : []);
    fh.fill(host, alike.found.length ? [el("h3", { "data-key": "h" }, fh.badge("watch", t("complaint.similar"))), el("p.fh-meta", { "data-key": "m" }, t("complaint.similar_hint")),
      el("ul", { "data-key": "l" }, alike.found.map((one) => el("li", { "data-key": one.complaint }, el("a.cp-link", { href: `/tickets/${one.complaint}`, target: "_blank", rel: "noopener" }, one.complaint),
        el("span", null, [fh.hourMinute(one.received_at), one.unit, one.product, t(one.channel), t(`tk.act.${one.stage}`)].filter(Boolean).join(" · ")))))] : []);
  }

  /* ---- the draft ------------------------------------------------------------------------------------------ */

  const simple = () => [...form.fields.values()].filter((field) => !field.name.startsWith("clients."));

  function readForm() {
    const draft = { ref: form.ref, clients: readClients() };
    for (const field of simple()) draft[field.name] = field.get();
    return draft;
  }

  const blank = (draft) => draft.clients.every((each) => PERSON.every((key) => !each[key])) &&
    ["product", "amount", "subject", "summary", "demand"].every((key) => !draft[key]) &&
    !draft.flags.length && ["unit", "received_unit", "home_unit"].every((key) => !draft[key].text);

  /** Fill the form with a draft, or make it ready for a new complaint received now. */
  function load(draft) {
    form.ref = draft ? draft.ref : store().newRef();
    form.keptAt = null;
    drawClients(draft && draft.clients.length ? draft.clients : [{}]);
    for (const field of simple()) field.set(draft ? draft[field.name] : null);
    form.guessed = null;
    Object.assign(alike, { asked: "", found: [] });
    showAlike();
    if (draft) lookAlike();
    if (!draft || blank(readForm())) { receivedNow(); store().dropDraft(); }
    const more = document.querySelector(".cp-more");
    more.open = ["received_unit", "home_unit"].some((name) => form.fields.get(name).get().text);
    faults([]);
    state(draft && !blank(draft) ? "saved" : "empty");
  }

  /** Business time in Shanghai as ISO text without zone; this machine's time before any is known. */
  function wall() {
    const now = fh.now();
    return new Date((now === null ? Date.now() : now) + SHANGHAI).toISOString().slice(0, 19);
  }
  const localNow = () => wall().slice(0, 16);
  function receivedNow() {
    const now = localNow();
    form.guessed = fh.now() === null ? now : null;
    form.fields.get("received_at").set(now);
  }
  /** The bank's time has come: it takes the place of this machine's, unless somebody changed that. */
  function clockCame() {
    if (!form.guessed || !at("complaint-form") || form.fields.get("received_at").get() !== form.guessed) return;
    receivedNow();
    if (!blank(readForm())) store().keepDraft(readForm());
  }
  actions["complaint-now"] = function () {
    form.fields.get("received_at").set(localNow());
    touched("received_at");
  };

  /** A keystroke: keep everything, at once. */
  function touched(name) {
    if (form.busy) return;
    if (name !== "clients") clearFault(name);
    if (name === "unit") offerSeats();
    if (name && PERSON.includes(name.split(".").pop())) lookAlike();
    if (form.done) { form.done = null; result(); }
    if (name !== "clients") form.removed = null;
    const draft = readForm();
    if (blank(draft) && form.clients === 1) { store().dropDraft(); state("empty"); return; }
    store().keepDraft(draft);
    form.keptAt = wall().slice(11);
    state("saved");
  }

  /** Another tab typed or sent: one draft on this machine, the same in every tab. */
  function changedElsewhere(entry) {
    if (!at("complaint-form")) return;
    queue();
    if (entry || form.busy) { if (!form.busy) state(); return; }
    const draft = store().draft();
    if (draft && draft.ref !== form.ref && blank(readForm())) load(draft);
    else if (draft && draft.ref === form.ref && JSON.stringify(draft) !== JSON.stringify(readForm()) && !document.hasFocus()) load(draft);
    else if (!draft && store().entries().some((sent) => sent.ref === form.ref)) load(null);
    state();
  }

  actions["complaint-clear"] = function () {
    if (blank(readForm())) return;
    const sure = el("button.fh-button.fh-button--main", { type: "button" }, t("complaint.clear_do"));
    const box = fh.dialog(t("complaint.clear_ask"), el("div.fh-actions", null, sure,
      el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.cancel"))));
    sure.addEventListener("click", () => { box.close(); store().dropDraft(); load(null); form.fields.get("unit").focus.focus(); });
  };

  /* ---- sending ---------------------------------------------------------------------------------------------- */

  function toBody(draft) {
    const told = draft.clients.filter((each, nth) => nth === 0 || PERSON.some((key) => each[key]));
    const face = draft.flags.includes("face_to_face");
    const flags = draft.flags.filter((flag) => flag !== "face_to_face");
    return {
      source_ref: draft.ref, received_at: `${draft.received_at}:00+08:00`, channel: draft.channel, unit: draft.unit.code,
      received_unit: draft.received_unit.code || null, home_unit: draft.home_unit.code || null, product: draft.product || null,
      clients: told.map((each) => Object.fromEntries(["role", ...PERSON].map((key) => [key, each[key] || null]))),
      against: draft.against || null, subject: draft.subject || null, summary: draft.summary || null, demand: draft.demand || null,
      amount: draft.amount ? draft.amount.normalize("NFKC").replace(/[,\s¥元]/g, "") : null, face_to_face: face, flags: flags.length ? flags : null,
    };
  }

  /** What can be seen here without the server; the rest it says itself. */
  function missing(draft) {
    const found = [];
    const say = (field, key, remedy) => found.push({ field, message: t(`complaint.${key}`), remedy: t(`complaint.${remedy}`) });
    for (const name of ["unit", "received_unit", "home_unit"]) {
      const { code, text: typed } = draft[name];
      if (!code && (typed || name === "unit")) say(name, typed ? "f_unit_unknown" : "f_unit", "f_unit_remedy");
    }
    if (!draft.received_at) say("received_at", "f_received_at", "f_received_at_remedy");
    if (draft.clients.every((each) => each.role === "proxy")) say("clients", "f_principal", "f_principal_remedy");
    return found;
  }

  async function submit() {
    if (form.busy) return;
    if (document.activeElement) document.activeElement.blur(); // a unit typed in full is taken
    const draft = readForm();
    const wrong = missing(draft);
    if (wrong.length) { faults(wrong); return; }
    faults([]);
    form.busy = true;
    form.done = null;
    result();
    frozen(true);
    state("sending");
    const entry = { ref: draft.ref, at: Date.now(), when: localNow(), unit: draft.unit.text, state: "sending", tries: 0, draft, body: JSON.stringify(toBody(draft)) };
    store().put(entry);
    const after = await store().send(entry);
    form.busy = false;
    if (!at("complaint-form")) return; // gone to another page: the queue there says what came of it
    frozen(false);
    settle(after, { channel: draft.channel, unit: draft.unit.code });
  }

  function settle(entry, asked) {
    if (entry.state === "refused") {
      store().drop(entry.ref);
      store().keepDraft(entry.draft);
      if (entry.status === 409) form.ref = store().newRef();
      faults(entry.errors.length ? mapped(entry) : [{ field: "", message: entry.error, remedy: "" }]);
      return;
    }
    store().dropDraft();
    load(null);
    queue();
    if (entry.state === "done") {
      form.done = { ...entry, ...asked };
      store().drop(entry.ref);
      result();
      state("done");
      const heading = document.querySelector("#complaint-result h2");
      if (heading) heading.focus();
    } else {
      state();
      const first = document.querySelector("#complaint-queue h2");
      if (first) first.focus();
    }
    scrollTo({ top: 0 });
  }

  /** Blank rows were not sent, so the server counts clients differently than the form does. */
  function mapped(entry) {
    const rows = entry.draft.clients.map((each, nth) => nth).filter((nth) => nth === 0 || PERSON.some((key) => entry.draft.clients[nth][key]));
    return entry.errors.map((fault) => ({ ...fault, field: fault.field.replace(/^clients\.(\d+)/, (all, nth) => `clients.${rows[nth]}`) }));
  }

  function frozen(on) {
    const node = document.querySelector(".cp-form");
    if (!node) return;
    node.setAttribute("aria-busy", String(on));
    for (const control of node.querySelectorAll("input, select, textarea, button")) control.disabled = on;
  }

  /* ---- what is wrong, beside the field -------------------------------------------------------------------------- */

  function fieldFor(path) {
    const parts = path.split(".");
    for (let length = parts.length; length; length -= 1) {
      const name = parts.slice(0, length).join(".");
      if (form.fields.has(name)) return name;
    }
    return /^clients?$/.test(parts[0]) ? "clients" : null;
  }

  function faults(found) {
    for (const node of document.querySelectorAll("#complaint-form [data-bad]")) clearFault(node.dataset.field);
    const loose = [];
    let first = null;
    for (const fault of found) {
      const name = fieldFor(fault.field);
      const node = name && document.querySelector(`#complaint-form [data-field="${CSS.escape(name)}"]`);
      if (!node) { loose.push(fault); continue; }
      if (name.endsWith("_unit")) document.querySelector(".cp-more").open = true;
      node.setAttribute("data-bad", "");
      node.querySelector(".cp-fault").replaceChildren(fh.el("span.fh-state", { "data-state": "bad" }, fh.shape(), fault.message), fault.remedy ? ` ${fault.remedy}` : "");
      const target = form.fields.has(name) ? form.fields.get(name).focus : node.querySelector("button");
      target.setAttribute("aria-invalid", "true");
      if (!first || target.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) first = target;
    }
    if (loose.length) fh.toast(loose.map((fault) => (fault.field ? t("complaint.f_other", fault) : fault.message)).join("；"), "bad");
    if (found.length) state("faults", { n: found.length });
    if (first) first.focus();
  }

  function clearFault(name) {
    const node = name && document.querySelector(`#complaint-form [data-field="${CSS.escape(name)}"][data-bad]`);
    if (!node) return;
    node.removeAttribute("data-bad");
    node.querySelector(".cp-fault").replaceChildren();
    for (const bad of node.querySelectorAll("[aria-invalid]")) bad.removeAttribute("aria-invalid");
  }

  /* ---- where it stands -------------------------------------------------------------------------------------------- */

  const SHAPES = { empty: "quiet", saved: "ok", unsaved: "bad", sending: "told", waiting: "watch", done: "acknowledged", faults: "bad" };

  /** The line beside the button. Without a name: what the draft and the queue say. */
  function state(name, words = {}) {
    const host = at("cp-state");
    if (!host) return;
    const waiting = store().entries().filter((entry) => entry.state === "waiting").length;
    let shown = name || (blank(readForm()) ? (form.done ? "done" : "empty") : "saved");
    if (shown === "saved" && !store().keeps) shown = "unsaved";
    if (shown === "empty" && waiting) shown = "waiting";
    const all = { time: form.keptAt || "", n: waiting, number: form.done ? form.done.answer.complaint : "", ...words };
    const undo = form.removed ? el("span.cp-undo", null, t("complaint.removed", { n: form.removed.nth + 1 }), " ",
      el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "complaint-undo" }, t("complaint.undo"))) : null;
    const also = shown !== "waiting" && waiting ? fh.badge("watch", t("complaint.state_waiting", { n: waiting })) : null;
    host.dataset.shown = shown;
    host.replaceChildren(fh.badge(SHAPES[shown], t(`complaint.state_${shown}`, all)), ...[also, undo].filter(Boolean));
  }

  /** What the last complaint counted with. */
  function result() {
    const host = at("complaint-result");
    if (!host) return;
    if (!form.done) { host.replaceChildren(); return; }
    const { complaint, incident, counted } = form.done.answer;
    host.replaceChildren(el("section.cp-result", null,
      el("h2", { tabindex: "-1" }, fh.badge("acknowledged", t("complaint.state_done", { number: complaint }))),
      incident ? el("p", null, fh.badge("incident", ""), el("a.cp-link", { href: `/incidents/${incident}` }, t("complaint.incident", { number: incident }))) : null,
      byRegulator(form.done),
      counted.length ? el("ul.cp-counted", { "aria-label": t("complaint.counted") }, counted.map(count)) : el("p.fh-meta", null, t("complaint.counted_none")),
      el("div.cp-next", null, fh.may("see_ticket") ? el("a.fh-button.fh-button--main", { href: `/tickets/${complaint}` }, t("complaint.to_ticket", { number: complaint })) : null,
        el("span.fh-meta", null, fh.seat() ? t("complaint.yours") : "", " ", t("complaint.next")))));
  }

  /** What came through a regulator has a case there: offered at once (WP-20). */
  function byRegulator({ answer, channel, unit }) {
    if (channel !== "regulator" || !fh.may("work_regulator")) return null;
    const asked = new URLSearchParams({ complaint: answer.complaint, unit });
    return el("p.cp-regulator", null, fh.badge("incident", t("reg.offer_hint")), " ", el("a.fh-button.fh-button--main", { href: `/regulator?${asked}` }, t("reg.offer")));
  }

  function count(row) {
    return el("li", { "data-state": row.state }, fh.badge(row.state), el("span.cp-key", null, keyName(row.key)),
      el("meter", { min: 0, max: row.threshold, value: Math.min(row.clients, row.threshold), "aria-hidden": "true" }),
      el("span.cp-count", null, el("b", null, row.clients), `/${row.threshold}`));
  }

  /** unit:CODE, branch_product:CODE:product or product:name, in words. */
  function keyName(key) {
    const [kind, ...rest] = key.split(":");
    if (kind === "product") return t("complaint.key_product", { product: rest.join(":") });
    const unitRow = (form.units || []).find((row) => row.code === rest[0]);
    return t(`complaint.key_${kind}`, { unit: unitRow ? unitRow.short : rest[0], product: rest.slice(1).join(":") });
  }

  /* ---- the queue ---------------------------------------------------------------------------------------------------- */

  const ENTRY_SHAPES = { waiting: "watch", sending: "told", refused: "bad", held: "quiet", done: "acknowledged" };

  function queue() {
    const host = at("complaint-queue");
    if (!host) return;
    const entries = store().entries().filter((entry) => !(form.busy && entry.ref === form.ref));
    fh.fill(host, entries.length ? [el("section.cp-queue", { "data-key": "queue" }, el("h2", { tabindex: "-1" }, t("complaint.queue")), el("ul", null, entries.map(row)))] : []);
  }

  function row(entry) {
    const number = entry.answer ? entry.answer.complaint : "";
    const reason = entry.errors && entry.errors.length ? entry.errors.map((fault) => fault.message).join("；") : entry.error || "";
    const button = (action, key) => el("button.fh-button.fh-button--plain", { type: "button", "data-action": action, "data-ref": entry.ref }, t(key));
    const tools = { refused: button("complaint-open", "complaint.open"), held: button("complaint-open", "complaint.open"), done: button("complaint-dismiss", "complaint.dismiss") };
    return el("li", { "data-key": entry.ref, "data-entry": entry.state },
      fh.badge(ENTRY_SHAPES[entry.state], t(`complaint.entry_${entry.state}`, { number, reason })),
      el("span", null, entry.unit, " ", el("small.fh-meta", null, entry.when.slice(11),
        entry.state === "waiting" ? " · " + t("complaint.entry_tries", { n: entry.tries }) : "")),
      tools[entry.state] || null);
  }

  actions["complaint-dismiss"] = (node) => store().drop(node.dataset.ref);
  /** What was sent back comes into the form; a draft that is in it is put aside, not lost. */
  actions["complaint-open"] = function (node) {
    const entry = store().entries().find((each) => each.ref === node.dataset.ref);
    if (!entry || form.busy) return;
    const current = readForm();
    store().drop(entry.ref);
    if (!blank(current)) store().put({ ref: current.ref, at: Date.now(), when: localNow(), unit: current.unit.text, state: "held", draft: current });
    const draft = entry.status === 409 ? { ...entry.draft, ref: store().newRef() } : entry.draft;
    store().keepDraft(draft);
    load(draft);
    if (entry.errors && entry.errors.length) faults(mapped(entry));
    else form.fields.get("unit").focus.focus();
  };
})();
