/* A duty as every page draws it: its clock, who, why this time, what proves it, what comes next.
 *
 * The same card stands on 我的任务 and on the incident page. What people do to it is in
 * duties_dialogs.js.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const dt = (fh.duty = fh.duty || {});

  dt.title = (duty) => (fh.english() ? duty.title_en : duty.title_zh);
  dt.over = (duty) => Date.parse(duty.due_at) <= fh.now();
  dt.open = (duty) => duty.state === "open";
  const words = (pair) => (fh.english() ? pair.en || pair.zh : pair.zh || pair.en);
  const button = (kind, action, text, data) =>
    el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);
  const join = (parts) => parts.filter(Boolean).join(" · ");

  /** 30m, 1wd, 15cd, "same day by 15:30" in words. */
  dt.span = function (text) {
    const [, by] = /^same day by (\d\d:\d\d)$/.exec(text || "") || [];
    if (by) return t("span.same_day", { time: by });
    if (text === "at once") return t("span.at_once");
    if (text === "named") return t("span.named");
    return String(text || "").replace(/(\d+)(wd|cd|[smhd])/g, (all, n, unit) => t(`span.${unit}`, { n }) + (fh.english() ? " " : "")).trim();
  };

  /* ---- one card ------------------------------------------------------------------------------------ */

  /** An open duty. `mine` marks it as the viewer's, `first` is the one to do now, `plain` leaves
   *  the acts out, `quiet` the telephone (the page has its own). */
  dt.card = function (duty, { mine, first, plain, quiet } = {}) {
    const over = dt.over(duty);
    return el("article.inc-duty.dt-duty", { "data-key": `d${duty.id}`, "data-duty": duty.id, "data-clause": duty.clause, "data-over": over, "data-first": first },
      el("div.dt-clock", null, fh.countdown(duty.due_at, duty.warn_at, "row"), over ? el("span.dt-late", null, fh.badge("gap", t("duty.overdue"))) : null),
      el("div.inc-duty-what", null,
        el("h3", null, dt.title(duty), mine ? el("span.inc-mine", null, t("duty.mine")) : null),
        el("p.fh-meta", null, join([holder(duty), t("duty.due", { time: fh.hourMinute(duty.due_at) }), next(duty)])),
        duty.provisional ? el("p.dt-provisional", null, fh.badge("slow", t("duty.due_provisional"))) : null,
        proves(duty), folds(duty)),
      plain ? null : acts(duty, first, quiet));
  };

  /** A task that somebody assigned; it is accepted and reported done on its incident's page. */
  dt.task = function (task) {
    const over = dt.over(task);
    const state = task.state === "accepted" ? t("task.state.accepted", { who: fh.inc.person(task.accepted_by, task.accepted_role) }) : t("task.state.assigned");
    return el("article.inc-duty.dt-duty.dt-task", { "data-key": `t${task.id}`, "data-task": task.id, "data-over": over },
      el("div.dt-clock", null, fh.countdown(task.due_at, null, "row"), over ? el("span.dt-late", null, fh.badge("gap", t("duty.overdue"))) : null),
      el("div.inc-duty-what", null,
        el("h3", null, task.title, task.kind === "rectification" ? el("span.inc-mine", null, t("task.kind.rectification")) : null),
        el("p.fh-meta", null, join([task.unit_name, task.person ? fh.inc.person(task.person, task.role) : t(task.role), t("duty.due", { time: fh.hourMinute(task.due_at) }), state])),
        task.detail ? el("p.dt-proves", null, task.detail) : null,
        el("p.fh-meta", null, el("a.inc-link", { href: `/incident/${task.incident}` }, t("about.incident", { id: task.incident })),
          ` ${join([task.place, t("task.by", { who: fh.inc.person(task.assigned_by, task.assigned_role) })])}`)),
      el("div.dt-acts", null, el("a.fh-button.fh-button--plain", { href: `/incident/${task.incident}` }, t(task.state === "assigned" ? "my.task_accept" : "my.task_finish"))));
  };

  /** A duty that has ended: how, by what, late or not. */
  dt.endedCard = function (duty) {
    const late = duty.breached || Date.parse(duty.ended_at) > Date.parse(duty.due_at);
    const [state, word] = duty.state === "open" ? ["gap", "duty.left"] : duty.state === "waived" ? ["quiet", "duty.waived"]
      : late ? ["slow", "duty.fulfilled_late"] : ["acknowledged", "duty.fulfilled"];
    return el("article.inc-duty.inc-duty--ended.dt-duty", { "data-key": `d${duty.id}`, "data-duty": duty.id, "data-clause": duty.clause },
      fh.badge(state, t(word, { time: fh.hourMinute(duty.ended_at) })),
      el("div.inc-duty-what", null, el("h3", null, dt.title(duty)),
        el("p.fh-meta", null, join([holder(duty), evidence(duty)]), file(duty)), folds(duty)));
  };

  function holder(duty) {
    const who = duty.person_name ? fh.inc.person(duty.person_name, duty.role) : t(duty.role);
    return join([duty.unit_name, who]);
  }

  /** The next thing that the clock will do by itself: a reminder, the breach, a step of its ladder. */
  function next(duty) {
    if (!duty.next_at) return "";
    const call = duty.calls.find((one) => Date.parse(one.at) >= Date.parse(duty.next_at));
    if (!call) return "";
    const key = call.kind === "reminder" ? "duty.next_reminder" : call.kind === "step" ? "duty.next_step"
      : call.roles.length ? "duty.next_breach_told" : "";
    return key ? t(key, { time: fh.hourMinute(call.at), roles: fh.inc.roles(call.roles) }) : "";
  }

  function proves(duty) {
    if (!duty.proofs.length) return el("p.dt-proves", null, t("duty.proves_auto", { what: t(`evidence.${duty.fulfilled_by}`) }));
    const said = duty.proofs.map((proof) => words(proof)).join(fh.english() ? " or " : "或");
    return el("p.dt-proves", null, t("duty.proves", { what: said }));
  }

  /** How the due time came about, step by step, and what the clause says. */
  function folds(duty) {
    const worked = duty.workings || {};
    const steps = (worked.steps || []).map(words);
    const from = t("duty.why_head", { event: fh.inc.coded("event", worked.event), from: fh.hourMinute(worked.from), within: dt.span(worked.within) });
    const longer = (worked.extended || []).map((one, nth) =>
      t("duty.extended", { n: nth + 1, from: fh.hourMinute(one.from), to: fh.hourMinute(one.to), reason: one.reason }));
    return el("div.dt-folds", null,
      fh.inc.fold(`why${duty.id}`, t("duty.why"), el("p", null, from), steps.length ? el("ol.dt-steps", null, steps.map((step) => el("li", null, step))) : null,
        longer.map((line) => el("p", null, line)), duty.provisional ? el("p", null, fh.badge("slow", t("duty.due_provisional"))) : null),
      fh.inc.fold(`what${duty.id}`, `${t("duty.what")} ${duty.clause}`,
        el("p", null, el("a.inc-link", { href: `/plan#${encodeURIComponent(duty.clause)}` }, duty.clause), " ", words({ zh: duty.text_zh, en: duty.text_en })),
        el("p.fh-meta", null, join([duty.source, t("duty.plan", { version: duty.plan_version })]))));
  }

  const file = (duty) => (duty.evidence && duty.evidence.file && !duty.evidence.report
    ? el("a.inc-link", { href: `/live/duties/${duty.id}/file`, download: "" }, ` ${t("duty.file")}`) : null);

  function evidence(duty) {
    if (duty.state === "waived") return t("duty.waived_why", { by: fh.inc.actor(duty.waived_by) || duty.waived_by || "", reason: duty.waive_reason || "" });
    const given = duty.evidence || {};
    const kind = given.kind ? t(`evidence.${given.kind}`) : "";
    if (given.number && given.to) return t("duty.receipt", { ...given, at: fh.hourMinute(given.at) });
    if (given.role) return t("duty.by_ack", { role: t(given.role), via: fh.inc.coded("via", given.via) });
    return join([kind, given.by, given.to, given.via, given.number, given.at ? fh.hourMinute(given.at) : "", given.note]);
  }

  /* ---- what a person can do ---------------------------------------------------------------------------- */

  dt.proofWords = (duty) => (duty.proofs.length === 1 ? t("act.prove_kind", { kind: words(duty.proofs[0]) }) : t("act.prove"));

  function acts(duty, first, quiet) {
    const data = { "data-duty": duty.id };
    const rest = !fh.can("move_duty") ? [] : [
      duty.extension ? button("quiet", "duty-extend", t("act.extend"), data) : null,
      button("quiet", "duty-hand-over", t("act.hand_over"), data),
      button("quiet", "duty-waive", t("act.waive"), data),
    ];
    return el("div.dt-acts", null,
      fh.rep.fromDuty(duty),
      duty.regulator_case && fh.may("see_regulator") ? el(`a.fh-button.fh-button--${first ? "main" : "plain"}`, { href: `/regulator/${duty.regulator_case}` }, t("reg.open", { id: duty.regulator_case })) : null,
      duty.media_case && fh.may("see_media") ? el(`a.fh-button.fh-button--${first ? "main" : "plain"}`, { href: `/media/${duty.media_case}` }, t("med.open", { id: duty.media_case })) : null,
      duty.proofs.length && !duty.regulator_case && !(duty.media_case && fh.may("see_media")) && fh.can("prove_duty") ? button(first ? "main" : "plain", "duty-prove", dt.proofWords(duty), data) : null,
      quiet || !fh.may("call") ? null : button("plain", "duty-call", t("act.call_branch"), { ...data, "aria-label": `${t("act.call_branch")} ${duty.unit_name}` }),
      rest.length ? fh.inc.fold(`more${duty.id}`, t(duty.extension ? "duty.more" : "duty.more_plain"), el("div.dt-more", null, rest)) : null);
  }

  /* ---- what a duty belongs to ----------------------------------------------------------------------------- */

  /** The heading over the duties of one incident, complaint or unit. */
  dt.about = function (group) {
    const place = join([group.branch, group.unit_name]);
    if (group.kind === "incident") {
      return el("h2.dt-about", null, el("a", { href: `/incident/${group.id}` }, t("about.incident", { id: group.id })),
        el("span", null, place), fh.badge(group.severity, t(`severity.${group.severity}`)),
        el("small", null, join([group.product, group.clients ? t("about.clients", { n: group.clients }) : "", group.state === "stood_down" ? t("about.stood_down") : ""])));
    }
    if (group.kind === "complaint") {
      return el("h2.dt-about", null, fh.may("see_ticket") ? el("a", { href: `/tickets/${group.id}` }, t("about.complaint", { id: group.id })) : el("span", null, t("about.complaint", { id: group.id })), el("span", null, place),
        el("small", null, join([t(group.channel), group.product, t("about.received", { time: fh.hourMinute(group.received_at) })])));
    }
    return el("h2.dt-about", null, el("span", null, t("about.unit", { unit: group.unit_name })), group.branch ? el("small", null, group.branch) : null);
  };
})();
