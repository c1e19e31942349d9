/* 监管转办 (dashboard/pages/regulator.py): the list by what is due next, and one case; reads and draws.
 *
 * regulator_dialogs.js asks for contacts, replies, receipts. What is offered is what the case's state
 * and the viewer's rights allow; the server decides.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const reg = (fh.reg = fh.reg || {});
  const ROOT = "/live/regulator-cases";
  const STATES = ["received", "contacted", "working", "drafted", "approved", "filed", "closed"];
  const SHAPES = { received: "unanswered", contacted: "told", working: "watch", drafted: "told", approved: "incident", filed: "acknowledged", closed: "quiet" };
  const FILTERS = ["open", "overdue", "waiting", "closed", "all"];
  const state = { id: null, filter: "open", regulator: "", text: "", days: 0, due: null };
  const page = {
    root: "regulator", stale: "reg.load_failed", again: 30000, asked: address, read: ask,
    missing: () => [fh.empty(t("reg.missing"), t("inc.missing_hint")), el("div.fh-actions", null, back())], draw,
  };

  reg.held = () => page.held;
  reg.listed = () => page.held;
  reg.show = (view) => fh.reading.take(page, view);
  reg.reread = () => fh.reading.again(page);
  reg.address = (rest) => `${ROOT}/${encodeURIComponent(state.id)}${rest ? `/${rest}` : ""}`;
  const back = () => el("a.fh-button.fh-button--plain", { href: "/regulator" }, t("page.regulator"));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountRegulator(given) {
      if (given) requestAnimationFrame(() => mount(given.id));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id: id || null, due: null });
    const said = id && fh.kept("fh-said"); // by the page that registered it
    if (said) fh.toast(said);
    if (said) fh.keep("fh-said", "");
    fh.reading.open(page);
    fh.reading.again(page);
  }

  function address() {
    if (state.id) return reg.address();
    const query = new URLSearchParams({ state: state.filter });
    if (state.regulator) query.set("regulator", state.regulator);
    if (state.text) query.set("number", state.text);
    return `${ROOT}?${query}`;
  }
  async function ask(asked) {
    if (state.id) return fh.json(asked);
    const [listed, due] = await Promise.all([fh.json(asked), fh.json(`${ROOT}/due?days=${state.days}`)]);
    return { ...listed, due };
  }

  function draw() {
    if (!page.held) return;
    if (state.id) drawOne(page.held);
    else drawList(page.held);
    if (!state.id) reg.offered();
  }

  /* ---- words --------------------------------------------------------------------------------------- */

  const badge = (one) => fh.badge(SHAPES[one.state], t(`reg.state.${one.state}`));
  reg.badge = badge;
  const place = (one) => fh.inc.list([...new Set([one.unit_name, one.filing_unit_name])].filter(Boolean));
  const clock = (one, size) => (one.next_due ? fh.countdown(one.next_due, null, size) : el("span.reg-still", null, one.state === "closed" ? t("reg.state.closed") : t("reg.no_due")));
  const meta = (...parts) => el("p.fh-meta", null, parts.filter(Boolean).join(" · "));
  const button = (action, words, data, main) =>
    el(`button.fh-button.fh-button--${main ? "main" : "plain"}`, { type: "button", "data-action": "regulator-act", "data-act": action, "data-key": `${action}${(data && data["data-demand"]) || ""}`, ...data }, words);

  /* ---- the list -------------------------------------------------------------------------------------- */

  function drawList(view) {
    fh.fill(at("regulator-head"), [
      el("h1", { "data-key": "title" }, t("page.regulator")),
      fh.may("work_regulator") ? el("button.fh-button.fh-button--main", { type: "button", "data-key": "new", "data-action": "regulator-new" }, t("reg.new")) : null,
    ].filter(Boolean));
    fh.fill(at("regulator-figures"), [hero(view), ...figures(view.figures)]);
    drawFilters(view);
    fh.fill(at("regulator-list"), !view.cases.length ? [fh.empty(t(state.filter === "open" && !state.text && !state.regulator ? "reg.first_none" : "reg.empty"), t("reg.first_none_hint"))]
      : [...view.cases.map(row), view.more ? el("p.fh-meta", { "data-key": "more" }, t("reg.more", { n: view.cases.length })) : null].filter(Boolean));
    drawDue(view.due);
  }

  /** The first figure: what is overdue longest, else what is due next. */
  function hero({ figures: f, due, cases }) {
    const items = due.regulators.flatMap((office) => office.items);
    const over = items.filter((item) => item.overdue).sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))[0];
    const next = over ? over.due_at : f.next_due;
    const first = over || cases.find((one) => one.next_due === next);
    return el("a.reg-hero", { "data-key": "hero", "data-over": Boolean(over), href: first ? `/regulator/${first.id}` : null },
      el("span", null, over ? fh.badge("gap", t("reg.first_over")) : t(next ? "reg.first_next" : "reg.first_none")),
      next ? fh.countdown(next, null, "hero") : el("strong", null, "–"),
      el("small", null, first ? first.number : ""));
  }
  const figures = (f) => ["open", "overdue", "today", "waiting"].map((name) =>
    el("div.reg-figure", { "data-key": name, "data-state": name === "overdue" && f.overdue ? "gap" : null },
      el("strong", null, f[name]), el("span", null, name === "overdue" && f.overdue ? fh.shape() : null, t(`reg.fig.${name}`))));

  function drawFilters(view) {
    const host = at("regulator-filters");
    const typed = host.querySelector("[name=text]");
    fh.fill(host, [
      el("div.reg-choices", { "data-key": "states", role: "group", "aria-label": t("reg.list") }, FILTERS.map((name) =>
        el("button.fh-choice", { type: "button", "data-action": "regulator-filter", "data-filter": name, "aria-pressed": String(name === state.filter) }, t(`reg.filter.${name}`)))),
      el("label", { "data-key": "office" }, el("span.fh-hidden", null, t("reg.filter.regulator")), el("select", { name: "regulator", "aria-label": t("reg.filter.regulator") },
        el("option", { value: "" }, t("reg.filter.regulator")), view.regulators.map((name) => el("option", { value: name, selected: name === state.regulator }, name)))),
      el("label", { "data-key": "text" }, el("span.fh-hidden", null, t("reg.filter.text")), el("input", { name: "text", type: "search", maxlength: 100, autocomplete: "off", placeholder: t("reg.filter.text"), "aria-label": t("reg.filter.text"), value: typed ? typed.getAttribute("value") : state.text })),
    ]);
  }
  actions["regulator-filter"] = (pressed) => look({ filter: pressed.dataset.filter });
  document.addEventListener("change", (event) => {
    if (!event.target.closest("#regulator-filters")) return;
    look({ [event.target.name]: event.target.value.trim() });
  });
  function look(change) {
    Object.assign(state, change);
    page.taken = (page.taken || 0) + 1; // an answer to what was asked before counts no more
    fh.reading.show(page);
    fh.reading.again(page);
  }

  function row(one) {
    return el("a.reg-row", { "data-key": one.id, "data-over": one.overdue, href: `/regulator/${one.id}` },
      clock(one, "row"),
      el("span.reg-what", null, el("b", null, one.number), el("span", null, one.regulator)),
      badge(one),
      el("span.reg-where", null, place(one)),
      el("span.fh-meta", null, [one.demands ? t("reg.demands_n", { open: one.demands_open, n: one.demands }) : "", one.complaints ? t("reg.complaints_n", { n: one.complaints }) : "", one.incident || ""].filter(Boolean).join(" · ")));
  }

  function drawDue(due) {
    const days = (n, words) => el("button.fh-choice", { type: "button", "data-action": "regulator-days", "data-days": n, "aria-pressed": String(state.days === n) }, t(words));
    fh.fill(at("regulator-due"), [
      el("div.reg-choices", { "data-key": "days", role: "group" }, days(0, "reg.due_today"), days(6, "reg.due_week")),
      ...(due.regulators.length ? due.regulators.map(office) : [fh.empty(t("reg.due_none"))]),
    ]);
  }
  const office = (one) => el("section.reg-office", { "data-key": one.regulator }, el("h3", null, one.regulator), el("ul", null, one.items.map((item) =>
    el("li", { "data-over": item.overdue }, el("a", { href: `/regulator/${item.id}` },
      el("span.reg-due-when", null, item.overdue ? fh.badge("gap", t("reg.first_over")) : null, " ", el("time", { datetime: item.due_at }, fh.hourMinute(item.due_at))),
      el("span", null, `${item.number} `, el("small", null, item.demand ? t("reg.demand_no", { n: item.demand }) : t("reg.whole"))), el("small.fh-meta", null, item.unit_name))))));
  actions["regulator-days"] = (pressed) => look({ days: Number(pressed.dataset.days) });

  /* ---- one case ----------------------------------------------------------------------------------------- */

  const ACTS = { contact: "work_regulator", start: "work_regulator", draft: "work_regulator", approve: "approve_regulator", return: "approve_regulator", file: "work_regulator", close: "work_regulator", supplement: "work_regulator", extend: "approve_regulator" };
  /** Whether an act is offered: state, right, level, and not one's own reply to approve. */
  function offered(view, act) {
    if (!view.acts.includes(act) || !fh.may(ACTS[act])) return false;
    if (["approve", "return", "file"].includes(act) && !view.answers_here) return false;
    if (act === "approve" && view.own_draft) return false;
    return !(act === "close" && view.demands.some((one) => one.state === "open"));
  }
  const MAIN = { received: "contact", contacted: "start", working: "draft", drafted: "approve", approved: "file", filed: "close", closed: null };

  function drawOne(view) {
    fh.fill(at("regulator-head"), [
      el("p.reg-eyebrow", { "data-key": "back" }, el("a.inc-link", { href: "/regulator" }, t("page.regulator")), el("span", null, view.id), el("span", null, t("reg.received_line", { time: fh.hourMinute(view.received_at), via: t(`reg.via.${view.via}`) }))),
      el("h1", { "data-key": "title" }, view.number, badge(view), view.round ? el("small", null, t("reg.round", { n: view.round })) : null),
      el("p.reg-from", { "data-key": "from" }, el("b", null, view.regulator), el("span", null, t(`reg.level.${view.level}`)), el("span", null, view.unit_name), el("span", null, t("reg.answered_by", { unit: view.filing_unit_name }))),
      view.about ? el("p.reg-about", { "data-key": "about" }, view.about) : null,
      el("div.reg-clock", { "data-key": "clock", "data-over": view.overdue }, el("span", null, view.overdue ? fh.badge("gap", t("reg.first_over")) : t("reg.deadline")), clock(view, "row"),
        el("small.fh-meta", null, view.next_due && view.next_due !== view.due_at ? t("reg.next_demand", { time: fh.hourMinute(view.next_due), due: fh.hourMinute(view.due_at), basis: t(`reg.basis.${view.basis}`) }) : `${fh.hourMinute(view.due_at)} · ${t(`reg.basis.${view.basis}`)}`)),
      steps(view),
    ].filter(Boolean));
    drawBar(view);
    fh.fill(at("regulator-demands"), view.demands.length ? view.demands.map((one) => demand(view, one)) : [fh.empty(t("reg.no_demands"))]);
    fh.fill(at("regulator-reply"), reply(view));
    fh.fill(at("regulator-contacts"), view.contacts.length ? view.contacts.map(contact) : [fh.empty(t("reg.no_contacts"))]);
    fh.fill(at("regulator-clocks"), [...view.duties.map(duty), ...view.extensions.map((one, n) => el("p.fh-meta", { "data-key": `x${n}` }, t("reg.extensions", { from: fh.hourMinute(one.from), to: fh.hourMinute(one.to), by: one.by }))), ...(view.duties.length || view.extensions.length ? [] : [fh.empty(t("reg.no_clocks"))])]);
    fh.fill(at("regulator-filings"), [...(view.filings.length ? view.filings.map((one) => filing(view, one)) : [fh.empty(t("reg.no_filings"))]), papers(view)]);
    fh.fill(at("regulator-linked"), linked(view));
  }

  /** Where it stands on its way. */
  const steps = (view) => el("ol.reg-steps", { "data-key": "steps" }, STATES.map((name, n) =>
    el("li", { "data-passed": n < STATES.indexOf(view.state), "aria-current": name === view.state ? "step" : null }, el("i", { "aria-hidden": "true" }), t(`reg.state.${name}`))));

  function drawBar(view) {
    const main = MAIN[view.state];
    const first = main && offered(view, main) ? main : null;
    const words = (act) => (act === "draft" && view.answers.some((one) => ["drafted", "approved"].includes(one.state)) ? t("reg.act.redraft") : t(`reg.act.${act}`));
    const rest = ["contact", "draft", "return", "supplement", "extend", "close"].filter((act) => act !== first && offered(view, act));
    const why = view.state === "drafted" && !first ? (view.own_draft ? t("reg.own_draft") : t("reg.waits.approve", { unit: view.filing_unit_name }))
      : view.state === "approved" && !view.answers_here ? t("reg.not_here", { unit: view.filing_unit_name }) : "";
    fh.fill(at("regulator-bar"), [
      first ? button(first, words(first), null, true) : null,
      why ? el("span.reg-why", { "data-key": "why" }, fh.badge("told", why)) : null,
      ...rest.map((act) => button(act, words(act))),
    ].filter(Boolean));
  }

  function demand(view, one) {
    const open = one.state === "open";
    const may = open && fh.may("work_regulator");
    return el("article.reg-demand", { "data-key": `d${one.position}`, "data-over": one.overdue },
      el("b.reg-no", null, one.position),
      el("div", null, el("p.reg-words", null, one.text || "–"),
        one.outcome ? el("p.fh-meta", null, one.outcome) : null,
        el("p.reg-demand-state", null, fh.badge(open ? (one.overdue ? "gap" : "told") : "acknowledged", t(`reg.demand.${one.state}`)),
          el("span", null, open ? (one.due_at ? fh.hourMinute(one.due_at) : t("reg.due_case")) : fh.hourMinute(one.ended_at)), one.round ? el("span", null, t("reg.round", { n: one.round })) : null)),
      el("div.reg-do", null, may && view.acts.includes("settle") ? button("settle", t("reg.act.settle"), { "data-demand": one.position }) : null,
        may && view.acts.includes("withdraw") ? button("withdraw", t("reg.act.withdraw"), { "data-demand": one.position }) : null));
  }

  const ANSWERS = { drafted: "told", approved: "acknowledged", filed: "acknowledged", returned: "gap", superseded: "quiet" };
  function version(one) {
    return el("article.reg-answer", { "data-key": `v${one.version}` },
      el("p.reg-answer-head", null, el("b", null, t("reg.version", { n: one.version })), fh.badge(ANSWERS[one.state], t(`reg.answer.${one.state}`)),
        el("span.fh-meta", null, t("reg.drafted_by", { name: one.drafted_by, time: fh.hourMinute(one.drafted_at) })),
        one.decided_by ? el("span.fh-meta", null, t(one.remark ? "reg.returned_by" : "reg.approved_by", { name: one.decided_by, time: fh.hourMinute(one.decided_at), remark: one.remark })) : null),
      el("p.reg-words", null, one.text));
  }
  function reply(view) {
    const [latest, ...older] = view.answers;
    if (!latest) return [fh.empty(t("reg.no_reply"))];
    return [version(latest), older.length ? fh.inc.fold("reg-older", t("reg.older", { n: older.length }), older.map(version)) : null].filter(Boolean);
  }

  const contact = (one) => el("article.reg-contact", { "data-key": `c${one.id}` },
    el("p", null, el("time", { datetime: one.at }, fh.hourMinute(one.at)), " ", el("span.fh-meta", null, `${t(`reg.direction.${one.direction}`)} · ${t(`reg.via.${one.via}`)} · ${one.by} – ${one.to}`)),
    el("p.reg-words", null, one.note));

  const named = (one) => (fh.english() ? one.title_en : one.title_zh);
  const duty = (one) => el("p.reg-duty", { "data-key": `t${one.id}`, "data-clause": one.clause, "data-state": one.state },
    el("span", null, el("a.inc-link", { href: `/plan#${encodeURIComponent(one.clause)}` }, one.clause), " ", named(one)),
    one.state === "open" ? fh.countdown(one.due_at, one.warn_at, "small") : fh.badge("acknowledged", t(one.state === "fulfilled" ? "reg.demand.done" : "reg.waived")));

  const filing = (view, one) => el("p.reg-filing", { "data-key": `f${one.id}` }, t("reg.filing_line", { time: fh.hourMinute(one.at), office: one.regulator, to: one.to, number: one.number }),
    one.file ? el("a.inc-link", { href: reg.address(`files/${one.id}`), download: "", title: `SHA-256 ${one.sha256}` }, t("reg.file")) : null);
  const papers = (view) => (fh.may("work_regulator") ? el("p.reg-papers", { "data-key": "papers" }, el("span.fh-meta", null, t("reg.print")), ["pdf", "docx", "html"].map((kind) =>
    el("a.fh-button.fh-button--plain", { href: reg.address(`paper.${kind}`), target: kind === "docx" ? null : "_blank", rel: "noopener" }, kind.toUpperCase()))) : el("span", { "data-key": "papers" }));

  function linked(view) {
    const may = fh.may("work_regulator");
    const rows = view.complaints.map((one) => el("p.reg-link", { "data-key": one.complaint },
      el("a.inc-link", { href: `/complaints/${one.complaint}` }, one.complaint), " ", el("span", null, one.clients.filter(Boolean).join("、")), " ", el("span.fh-meta", null, `${one.unit_name} ${one.product || ""}`)));
    if (view.incident) rows.push(el("p.reg-link", { "data-key": view.incident }, el("a.inc-link", { href: `/incident/${view.incident}` }, view.incident)));
    const tools = may ? el("div.reg-do", { "data-key": "tools" }, button("link", t("reg.act.link")), view.incident ? null : button("join", t("reg.act.join")),
      !view.incident && fh.may("open_incident") ? button("incident", t("reg.act.incident")) : null) : null;
    return [...(rows.length ? rows : [fh.empty(t("reg.no_linked"))]), tools].filter(Boolean);
  }
})();
