/* One ticket: what it is, who has it, which clock runs, its steps, and the one act to do now, whose
 * form opens in place. The form's element is its own: a new reading never touches what is typed.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const tk = (fh.tk = fh.tk || {});
  const actions = (fh.actions = fh.actions || {});
  const SHAPES = { done: "acknowledged", next: "told", skipped: "quiet", open: "unanswered" };
  /** What can be done beside the steps, the frequent first. */
  const OTHERS = ["note", "promise", "on_the_spot", "major_risk", "beyond_authority", "dispute", "decide", "dissatisfied", "object", "answer_objection", "reopen", "withdraw", "misfiled", "merge"];

  const state = { id: null, setup: null, form: null, shown: null, why: null };
  const page = {
    root: "ticket", stale: "tk.failed", again: 15000, asked: () => (state.id ? tk.address(state.id) : null), draw,
    missing: () => [fh.empty(t("tk.missing"), t("tk.missing_hint")), el("div.fh-actions", null, el("a.fh-button.fh-button--plain", { href: "/tickets" }, t("tk.back")))],
  };
  let hearing = false;

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountTicket(given) {
      if (given) requestAnimationFrame(() => mount(given.id.toUpperCase()));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id, form: null, shown: null, why: null });
    at("ticket-form").replaceChildren();
    if (!hearing) {
      tk.changed.push(() => fh.reading.again(page));
      fh.duty.holders.push({ find: (number) => at("ticket") && page.held && page.held.duties.find((duty) => duty.id === number), changed: () => fh.reading.again(page) });
    }
    hearing = true;
    fh.reading.open(page);
    fh.reading.again(page);
    tk.setup().then((read) => { state.setup = read; tk.know(read); fh.reading.show(page); }).catch((failed) => fh.toast(t("tk.failed", { reason: failed.message }), "bad"));
  }

  const button = (kind, action, words, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, words);
  const mayWork = () => fh.can("work_ticket");
  const DECISIONS = ["approve", "confirm_class", "decide"]; // for whoever may decide
  const can = (seen, act) => fh.can(DECISIONS.includes(act) ? "approve_ticket" : "work_ticket") && seen.may.includes(act);
  const part = (key, heading, ...content) => [el("h2", { "data-key": `h-${key}` }, heading), ...content.flat().filter(Boolean)];

  function draw() {
    const seen = page.held;
    if (!seen || !at("ticket-do")) return;
    if (state.form) state.form.moved(seen);
    document.title = `${seen.ticket.complaint} ${t("page.ticket")}`;
    fh.fill(at("ticket-head"), head(seen));
    fh.fill(at("ticket-do"), now(seen));
    fh.fill(at("ticket-track"), track(seen));
    fh.fill(at("ticket-words"), complaint(seen));
    fh.fill(at("ticket-acts"), tk.story(seen, state.shown));
    fh.fill(at("ticket-clocks"), clocks(seen));
    fh.fill(at("ticket-handovers"), handovers(seen));
    fh.fill(at("ticket-related"), related(seen));
  }

  /* ---- head: what, whose, which clock ------------------------------------------------------------------- */

  const owner = ({ ticket }) => tk.join([ticket.owner_unit || ticket.unit, ticket.owner_role ? t(ticket.owner_role) : "", ticket.owner || (ticket.owner_role ? "" : t("tk.nobody"))], " ");
  /** Since when whoever has it has it: the last hand-over that was accepted, or the beginning. */
  const since = (seen) => seen.handovers.filter((one) => one.state === "accepted").map((one) => one.answered_at).pop() || seen.entered_at || seen.received_at;
  const offer = (seen) => seen.handovers.find((one) => one.state === "offered");
  const nextDuty = (seen) => seen.duties.filter((duty) => duty.state === "open").sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))[0];

  function head(seen) {
    const { ticket } = seen;
    const over = tk.ended(ticket.stage);
    const flags = [ticket.held && ticket.undecided.length ? fh.badge("unanswered", t("tk.flag.held")) : null, ticket.bounced ? fh.badge("slow", t("tk.flag.bounced")) : null,
      ticket.promise_lapsed_at ? fh.badge("gap", t("tk.flag.promise_lapsed")) : null, ticket.round > 1 ? fh.badge("told", t("tk.flag.reopened", { n: ticket.round })) : null,
      ticket.objection ? fh.badge("unanswered", t("tk.flag.objection")) : null];
    const links = [seen.incident ? el("a.inc-link", { href: `/incident/${seen.incident}` }, `${t("tk.incident")} ${seen.incident}`) : null,
      ticket.previous ? el("a.inc-link", { href: tk.page(ticket.previous) }, t("tk.linked", { id: ticket.previous })) : null,
      ticket.merged_into ? el("a.inc-link", { href: tk.page(ticket.merged_into) }, t("tk.merged_into", { id: ticket.merged_into })) : null,
      fh.may("see_complaint") ? el("a.inc-link", { href: `/complaints/${ticket.complaint}` }, t("tk.file_link")) : null].filter(Boolean);
    const result = [ticket.outcome ? `${t("tk.outcome")} ${tk.coded("outcome", ticket.outcome)}` : "", ticket.satisfaction ? `${t("tk.satisfaction")} ${tk.coded("satisfaction", ticket.satisfaction)}` : ""];
    return [
      el("div.tk-title", { "data-key": "t" },
        el("p.tk-reasons", null, tk.reasons(ticket.priority), flags),
        el("h1", null, `${t("page.ticket")} `, el("span.tk-id", null, ticket.complaint), " ", fh.badge(over ? "acknowledged" : "told", over ? tk.step(ticket.stage) : t("tk.next", { step: tk.step(ticket.stage) }))),
        el("p", null, tk.join([seen.product, seen.unit, t(seen.channel), t("tk.received", { time: fh.hourMinute(seen.received_at) }), ...result])),
        el("p.tk-owner", null, el("span.fh-meta", null, t("tk.owner"), " "), el("b", null, owner(seen)), el("span.fh-meta", null, " ", t("tk.since", { time: fh.hourMinute(since(seen)) })), offered(seen)),
        links.length ? el("p.tk-links", null, links) : null),
      over ? null : el("div.tk-head-clock", { "data-key": "c" }, ...headClock(seen)),
    ].filter(Boolean);
  }

  function offered(seen) {
    const one = offer(seen);
    return one ? [" ", fh.badge("told", t("tk.offered_to", { who: tk.join([one.to_unit, t(one.to_role), one.to], " ") }))] : null;
  }

  function headClock(seen) {
    const duty = nextDuty(seen);
    const { promised_at: promised, told_at: told } = seen.ticket;
    const byPromise = promised && !told && (!duty || Date.parse(promised) < Date.parse(duty.due_at));
    const due = byPromise ? promised : duty && duty.due_at;
    const over = due && fh.now() !== null && Date.parse(due) <= fh.now();
    return [due ? el("p", null, fh.countdown(due, byPromise ? null : duty.warn_at, "row"), over ? [" ", fh.badge("gap", t("tk.late"))] : null) : el("p.fh-meta", null, t(mineToAnswer(seen) ? "tk.clock_elsewhere" : "tk.no_clocks")),
      due ? el("p", null, byPromise ? t("tk.promise_clock") : fh.duty.title(duty), el("span.fh-meta", null, ` ${fh.hourMinute(due)}`)) : null,
      told ? null : el("p.tk-promise", null, promised ? t("tk.promised", { time: fh.hourMinute(promised) }) : el("span.fh-meta", null, t("tk.not_promised")), " ",
        can(seen, "promise") ? button("quiet", "ticket-act", t(promised ? "tk.agree_again" : "tk.agree"), { "data-act": "promise" }) : null)].filter(Boolean);
  }

  /* ---- the one button --------------------------------------------------------------------------------------- */

  const nextStep = (seen) => seen.steps.find((one) => one.state === "next");
  /** Whether whoever sits here is meant by an offer, as the list of their own tickets says it too. */
  const mineToAnswer = (seen) => { const one = offer(seen); return Boolean(one && one.mine); };
  const entitled = (step) => (state.setup && ["approve", "confirm_class"].includes(step) && state.setup[step]) || [];
  const whose = (step) => {
    const found = entitled(step);
    if (DECISIONS.includes(step) && !fh.can("approve_ticket")) return found.length ? found : ["branch_leader"];
    return found.length && !found.includes(fh.seat()) ? found : null;
  };

  function now(seen) {
    const { ticket } = seen;
    const id = ticket.complaint;
    const line = (...content) => el("div.tk-now", { "data-key": "now" }, ...content);
    const tools = [state.why && !seen.may.includes(state.why) ? whyNot(seen) : null, el("div.tk-others", { "data-key": "others" }, others(seen))].filter(Boolean);
    if (!mayWork()) return [line(el("p.fh-meta", null, tk.ended(ticket.stage) ? t("tk.done_with", { end: tk.step(ticket.stage) }) : t("tk.next", { step: tk.step(ticket.stage) })))];
    if (mineToAnswer(seen)) {
      return [line(el("p", null, t("tk.do_offer"), el("span.fh-meta", null, ` ${offer(seen).reason}`)), el("div.fh-actions", null,
        button("main", "ticket-accept", t("tk.accept"), { "data-ticket": id }), button("plain", "ticket-decline", t("tk.decline"), { "data-ticket": id }))), ...tools];
    }
    if (can(seen, "decide") && ticket.undecided.includes(fh.seat())) return [line(el("p", null, t("tk.do_decide")), press("main", "decide")), ...tools];
    if (can(seen, "answer_objection") && ticket.objection) return [line(el("p", null, t("tk.do_objection")), press("main", "answer_objection")), ...tools];
    if (tk.ended(ticket.stage)) return [line(fh.badge("acknowledged", t("tk.done_with", { end: tk.step(ticket.stage) }))), ...tools];
    return [line(...stepNow(seen)), ...tools];
  }

  const press = (kind, act, words) => button(kind, "ticket-act", words || tk.verb(act), { "data-act": act, "aria-expanded": String(Boolean(state.form && state.form.act === act)) });

  function stepNow(seen) {
    const step = nextStep(seen);
    if (!step) return [el("p.fh-meta", null, t("tk.no_clocks"))];
    const skip = step.needed && can(seen, "skip") ? press("plain", "skip", t("tk.not_needed")) : null;
    const hint = step.needed ? ` · ${t("tk.needed_hint")}` : "";
    const other = whose(step.step);
    const barred = seen.may_not[step.step];
    if (other || barred) {
      return [el("p", null, barred ? [fh.badge("gap", reasonOf(seen, step.step)), " "] : null, other ? [t("tk.do_whose", { roles: fh.inc.roles(other) }), hint] : null),
        el("div.fh-actions", null, other ? button("main", "ticket-hand-over", t("tk.hand_over"), { "data-ticket": seen.ticket.complaint }) : null, skip)];
    }
    return [el("p.fh-meta", null, t("tk.now"), hint), el("div.fh-actions", null, press("main", step.step), skip)];
  }

  const reasonOf = (seen, act) => tk.lang(seen.may_not && seen.may_not[act]) || t("tk.refused");
  const whyNot = (seen) => el("p.tk-why", { "data-key": "why", role: "status" }, el("b", null, tk.verb(state.why)), " ", fh.badge("gap", reasonOf(seen, state.why)));

  /** Everything else that can be done; what cannot says why when it is pressed. */
  function others(seen) {
    const again = seen.steps.filter((one) => one.state === "done" && seen.may.includes(one.step)).map((one) => one.step);
    const open = OTHERS.filter((act) => seen.may.includes(act));
    const shut = [...seen.steps.filter((one) => one.state === "open").map((one) => one.step), ...OTHERS].filter((act) => !seen.may.includes(act));
    const waiting = offer(seen);
    return fh.inc.fold("ticket-others", t("tk.others"), el("div.tk-menu", null,
      waiting ? button("plain", "ticket-take-back", t("tk.take_back"), { "data-ticket": seen.ticket.complaint })
        : tk.ended(seen.ticket.stage) ? null : button("plain", "ticket-hand-over", t("tk.hand_over"), { "data-ticket": seen.ticket.complaint }),
      open.map((act) => press("plain", act)), again.map((act) => press("quiet", act, t("tk.again", { step: tk.step(act) })))),
    shut.length ? [el("p.fh-meta", null, t("tk.not_now")), el("div.tk-menu", null, shut.map((act) => button("quiet", "ticket-why", tk.verb(act), { "data-act": act, "aria-label": t("tk.why_not", { act: tk.verb(act) }) })))] : null);
  }

  actions["ticket-why"] = function ({ dataset }) {
    state.why = state.why === dataset.act ? null : dataset.act;
    draw();
    const said = document.querySelector(".tk-why");
    if (said) said.scrollIntoView({ block: "nearest" });
  };

  /* ---- the form in place ---------------------------------------------------------------------------------------- */

  actions["ticket-act"] = async function ({ dataset }) {
    if (state.form && state.form.act === dataset.act) { shut(); return; }
    state.why = null;
    try {
      state.setup = await tk.setup();
    } catch (failed) { fh.toast(t("tk.failed", { reason: failed.message }), "bad"); return; }
    if (!at("ticket-form")) return;
    state.form = tk.form({ act: dataset.act, seen: page.held, setup: state.setup, current: () => page.held,
      done, close: shut });
    at("ticket-form").replaceChildren(state.form.node);
    fh.inc.opened.delete("ticket-others"); // the form comes next to the eye
    draw();
    state.form.open();
  };
  /** Kept: the page shows it before the form goes, so that the next form opens on what is true. */
  async function done() {
    const kept = state.form;
    state.shown = null;
    await fh.reading.again(page);
    fh.refresh();
    if (state.form !== kept) return; // somebody quick has opened the next one
    shut();
    const next = document.querySelector("#ticket-do .fh-button--main");
    if (next) next.focus();
  }
  actions["ticket-close-form"] = () => state.form && state.form.close();
  function shut() {
    state.form = null;
    if (at("ticket-form")) at("ticket-form").replaceChildren();
    draw();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && at("ticket") && state.form && !document.querySelector("dialog[open]") && event.target.closest(".tk-form")) shut(); // the draft stays
  });

  /* ---- the steps ----------------------------------------------------------------------------------------------------- */

  function track(seen) {
    const passed = seen.steps.filter((one) => one.state === "done" || one.state === "skipped").length;
    return part("track", [t("tk.track"), " ", el("small", null, t("tk.track_n", { done: passed, n: seen.steps.length }))],
      el("ol.tk-track", { "data-key": "track" }, seen.steps.map((one) => el("li", { "data-key": one.step, "data-state": SHAPES[one.state], "data-step": one.step, "data-at": one.state, "aria-current": one.state === "next" ? "step" : null },
        fh.shape(), el("span", null, tk.step(one.step)), el("small", null, t(`tk.state.${one.state}`))))));
  }

  /* ---- what the client said; shown masked until somebody says why they must see it ------------------------------------- */

  function complaint(seen) {
    const first = seen.parties[0] || {};
    const texts = seen.texts;
    const said = texts ? ["subject", "summary", "demand"].filter((name) => texts[name]) : [];
    return part("words", t("tk.complaint"),
      el("dl.cpf-facts", { "data-key": "facts" }, [["client", tk.join([first.name, first.phone])], ["amount", seen.amount && Number(seen.amount).toLocaleString()]].filter(([, value]) => value)
        .map(([key, value]) => el("div.cpf-pair", null, el("dt", null, t(`cpf.${key}`)), el("dd", null, value)))),
      texts ? el("dl.cpf-texts", { "data-key": "texts" }, said.map((name) => el("div.cpf-pair", null, el("dt", null, t(`cpf.${name}`)), el("dd", null, texts[name])))) : el("p.fh-meta", { "data-key": "gone" }, t("tk.erased")),
      texts && fh.may("see_complaint") ? fh.papers(seen.complaint) : null);
  }

  actions["ticket-reveal"] = function () {
    fh.inc.ask(t("tk.reveal"), {
      intro: el("p.fh-meta", null, t("tk.reveal_ask")), fields: [fh.inc.field(t("tk.reveal_why"), el("textarea", { name: "reason", required: true, rows: 2, maxlength: 200 }))], save: t("tk.reveal"),
      send: async (form) => {
        const read = await tk.post(tk.address(state.id, "words"), { reason: form.elements.reason.value.trim() });
        state.shown = new Map((read.acts || read.words || []).map((one) => [one.id, one.words]));
        draw();
      },
    });
  };

  /* ---- clocks, hand-overs, others of the same client ---------------------------------------------------------------------- */

  function clocks(seen) {
    const open = seen.duties.filter((duty) => duty.state === "open");
    const ended = seen.duties.filter((duty) => duty.state !== "open");
    return part("clocks", t("tk.clocks"),
      open.length ? el("div.dt-grid", { "data-key": "open" }, open.map((duty) => fh.duty.card(duty, { quiet: true, mine: duty.role === fh.seat() }))) : el("p.fh-meta", { "data-key": "none" }, t("tk.no_clocks")),
      ended.length ? el("div", { "data-key": "ended" }, fh.inc.fold("ticket-ended", t("duty.ended_n", { n: ended.length }), el("div.dt-grid", null, ended.map(fh.duty.endedCard)))) : null,
      fh.may("see_duties") ? el("p", { "data-key": "all" }, el("a.inc-link", { href: `/duties?unit=${encodeURIComponent(seen.ticket.unit_code)}` }, t("tk.clocks_all"))) : null);
  }

  const HANDED = { offered: "told", accepted: "acknowledged", declined: "gap", withdrawn: "quiet" };
  function handovers(seen) {
    return part("handovers", t("tk.handovers"), seen.handovers.length ? el("ol.tk-handed", { "data-key": "list" }, seen.handovers.map((one, nth) => el("li", { "data-key": `h${nth}` },
      el("p", null, tk.join([one.from_unit, one.from_role ? t(one.from_role) : "", one.from], " "), " → ", el("b", null, tk.join([one.to_unit, t(one.to_role), one.to], " "))),
      el("p.fh-meta", null, `${fh.hourMinute(one.offered_at)} `, one.reason),
      el("p", null, fh.badge(HANDED[one.state] || "quiet", fh.inc.coded("tk.ho", one.state)), one.answered_at ? el("span.fh-meta", null, ` ${tk.join([fh.hourMinute(one.answered_at), one.answer_reason], " ")}`) : null))))
      : el("p.fh-meta", { "data-key": "none" }, t("tk.no_handovers")));
  }

  function related(seen) {
    const number = (id) => Number(id.slice(1)); // as they were entered
    const earlier = (one) => number(one.complaint) < number(seen.ticket.complaint) && one.complaint !== seen.ticket.previous;
    return part("related", t("tk.related"), seen.related.length ? el("ul.tk-related", { "data-key": "list" }, seen.related.map((one) => el("li", { "data-key": one.complaint },
      el("a.inc-link", { href: tk.page(one.complaint) }, one.complaint), el("span", null, tk.join([fh.hourMinute(one.received_at), one.product, tk.step(one.stage)])),
      mayWork() && earlier(one) ? button("quiet", "ticket-link", t("tk.link"), { "data-ticket": one.complaint, "aria-label": t("tk.link_of", { id: one.complaint }), title: t("tk.link_of", { id: one.complaint }) }) : null)))
      : el("p.fh-meta", { "data-key": "none" }, t("tk.no_related")));
  }
  actions["ticket-link"] = async function ({ dataset }) {
    try {
      await tk.post(tk.address(state.id, "previous"), { previous: dataset.ticket });
      fh.toast(t("tk.linked_done", { id: dataset.ticket }));
    } catch (failed) { fh.toast(failed.message, "bad"); }
    tk.tell();
  };
})();
