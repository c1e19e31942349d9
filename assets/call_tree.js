/* The telephone tree (dashboard/pages/call_tree.py): of an incident, or of a unit and all below it.
 *
 * Numbers are masked until somebody asks for them (a POST, journalled); printing is asking. Full
 * numbers live in this page's memory only.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});
  const actions = (fh.actions = fh.actions || {});
  const state = { id: null, unit: null, numbers: null };
  const page = { root: "calltree", stale: "tel.failed", asked: () => (state.id || state.unit ? address("") : null), draw };
  const reread = () => fh.reading.again(page);
  const show = (tree) => fh.reading.take(page, tree);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountCallTree(data) {
      if (data) requestAnimationFrame(() => mount(data.id));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id, unit: new URLSearchParams(location.search).get("unit"), numbers: null });
    // A unit's tree changes with the contacts, not with every step of every incident.
    Object.assign(page, id ? { again: 8000, deaf: false, missing: () => inc.noSuch() } : { again: 60000, deaf: true, missing: null });
    fh.reading.open(page, id || state.unit ? null : { unchosen: true });
  }

  const address = (verb) => (state.id ? `/live/incident/${encodeURIComponent(state.id)}/call-tree${verb}` : `/live/call-tree/${encodeURIComponent(state.unit)}${verb}`);

  /* ---- numbers, paper, results ------------------------------------------------------------------- */

  const people = (tree) => (tree.calls || tree.units.flatMap((unit) => unit.roles)).flatMap((line) => line.people);

  actions["calltree-numbers"] = async function () {
    if (state.numbers) { state.numbers = null; fh.reading.show(page); return; }
    try {
      const full = await fh.json(address("/numbers"), {});
      state.numbers = new Map(people(full).map((person) => [person.id, person.phone]));
      fh.reading.show(page);
      fh.toast(t("tel.shown"));
    } catch (failed) { fh.toast(t("tel.failed", { reason: failed.message }), "bad"); }
  };

  actions["calltree-print"] = function (pressed) {
    const action = state.id ? address(`.${pressed.dataset.kind}`) : address(`/print.${pressed.dataset.kind}`);
    const form = el("form", { method: "post", target: "_blank", action, hidden: true }, el("input", { name: "seat", value: fh.seat() || "" }));
    document.body.appendChild(form);
    form.submit();
    form.remove();
  };

  actions["calltree-result"] = async function (pressed) {
    const { person, role, reached, name } = pressed.dataset;
    pressed.disabled = true;
    try {
      show(await fh.json(address("/results"), { person: Number(person), role, reached: reached === "true" }));
      fh.toast(t("tel.noted"));
      if (reached === "true" && page.held.state === "open" && !answered(Number(person), role) && fh.can("acknowledge_for")) offer(name, role);
    } catch (failed) { fh.toast(t("form.fault", { reason: failed.message }), "bad"); }
    pressed.disabled = false;
  };

  const answered = (id, role) => page.held.calls.some((call) => call.role === role && call.people.some((one) => one.id === id && one.acknowledged));

  /** Somebody was reached: the conversation of the incident page, with the person filled in. */
  function offer(name, role) {
    inc.acknowledging({ id: state.id, unit: page.held.unit_name, since: null, people: [{ name, role }], behalf: true,
      done: (answer) => { fh.toast(t(answer.first ? "do.acknowledged" : "do.again")); reread(); } });
  }

  /* ---- drawing --------------------------------------------------------------------------------------- */

  const button = (kind, action, text, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);

  function draw() {
    const tree = page.held;
    if (tree.unchosen) { choose(); return; }
    fh.fill(at("calltree-head"), head(tree));
    fh.fill(at("calltree-body"), tree.calls ? [el("ol.tel-calls", { "data-key": "calls" }, tree.calls.map(call))] : units(tree));
  }

  /** The page's own address, without a unit. */
  function choose() {
    fh.fill(at("calltree-head"), [el("h1.tel-title", null, t("tel.title"))]);
    fh.fill(at("calltree-body"), [fh.empty(t("tel.no_unit")), el("a.fh-button.fh-button--main", { href: "/contacts" }, t("nav.contacts"))]);
  }

  function head(tree) {
    return [
      el("p.inc-eyebrow", { "data-key": "eyebrow" }, tree.incident ? el("a.inc-kin", { href: `/incident/${tree.incident}` }, t("rcp.back", { id: tree.incident })) : el("a.inc-kin", { href: `/contacts#${encodeURIComponent(tree.unit)}` }, t("nav.contacts")),
        el("span", null, tree.unit_name), el("span", null, fh.hourMinute(tree.now))),
      el("h1.tel-title", { "data-key": "title" }, t("tel.title")),
      !fh.can("call") ? null : el("div.tel-tools", { "data-key": "tools" },
        button(state.numbers ? "plain" : "main", "calltree-numbers", t(state.numbers ? "tel.hide" : "tel.show"), { id: "calltree-numbers" }),
        button("plain", "calltree-print", t("tel.print"), { "data-kind": "html" }), button("plain", "calltree-print", "PDF", { "data-kind": "pdf", "aria-label": `${t("tel.print")} PDF` }),
        button("plain", "calltree-print", "DOCX", { "data-kind": "docx", "aria-label": `${t("tel.print")} DOCX` })),
      fh.can("call") ? el("p.fh-meta", { "data-key": "note" }, t("tel.print_note")) : null,
    ];
  }

  function call(one) {
    const caller = one.caller ? t("tel.caller", { who: [one.caller_name, t(one.caller)].filter(Boolean).join(" ") }) : t("tel.on_site_calls");
    return el("li.tel-call", { "data-key": one.role, "data-level": one.level },
      el("b.tel-order", null, one.order),
      el("div.tel-who", null, el("small", null, caller), el("h2", null, `${one.unit_name} ${t(one.role)}`)),
      el("ul.tel-people", null, one.people.length ? one.people.map((who) => person(who, one.role, one.people.length === 1)) : el("li.tel-person", null, fh.badge("gap", t("tel.gap")))));
  }

  function person(who, role, alone) {
    const phone = state.numbers && state.numbers.get(who.id);
    const standing = who.why ? fh.badge("gap", t(`tel.why.${who.why}`)) : fh.badge(who.place === "first" ? "ready" : "quiet", t(`tel.${who.place}`));
    const shown = who.why || alone === false ? standing : null; // "first" says nothing of one who is alone
    return el("li.tel-person", { "data-key": `p${who.id}`, "data-place": who.place },
      el("span.tel-name", null, el("b", null, who.name), who.on_shift ? el("small", null, t("tel.on_shift")) : null),
      phone ? el("a.tel-phone", { href: `tel:${phone}` }, phone) : el("span.tel-phone", null, who.phone || "–"),
      el("span.tel-standing", null, shown, who.acknowledged ? fh.badge("acknowledged", t("tel.acknowledged")) : null),
      ...(state.id ? [result(who, role)] : []));
  }

  function result(who, role) {
    const data = (reached) => ({ "data-person": who.id, "data-role": role, "data-name": who.name, "data-reached": String(reached), "aria-label": `${who.name} ${t(reached ? "tel.note_reached" : "tel.note_missed")}` });
    const last = (who.results || [])[0];
    return el("div.tel-result", null,
      last ? fh.badge(last.reached ? "acknowledged" : "unanswered", t("tel.result", { time: fh.hourMinute(last.at), what: t(last.reached ? "tel.reached" : "tel.not_reached"), by: last.by })) : null,
      page.held.state === "closed" || !fh.can("call") ? null : [button("plain", "calltree-result", t("tel.note_reached"), data(true)), button("quiet", "calltree-result", t("tel.note_missed"), data(false))]);
  }

  function units(tree) {
    if (!tree.units.length) return [fh.empty(t("tel.empty"))];
    return tree.units.map((unit) => el("section.tel-unit", { "data-key": unit.code, "data-level": unit.level },
      el("h2", null, unit.name),
      unit.roles.map((line) => el("div.tel-line", { "data-key": line.role }, el("span.tel-role", null, t(line.role)),
        el("ul.tel-people", null, line.people.length ? line.people.map((who) => person(who, line.role, line.people.length === 1)) : el("li.tel-person", null, fh.badge("gap", t("tel.gap")))))),
      unit.upwards ? el("p.fh-meta", null, t("tel.upwards", { unit: unit.upwards.unit_name, role: t(unit.upwards.role), name: unit.upwards.name || t("tel.gap"), phone: "" })) : null));
  }
})();
