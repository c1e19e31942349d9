/* The sections of the incident page: each turns the incident into elements, and does nothing else. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const inc = (fh.inc = fh.inc || {});
  const button = (kind, action, text, data) =>
    el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);
  const isOpen = (incident) => incident.state === "open";
  /** Stood down, but a clock still waits for somebody at head office to acknowledge. */
  const owesHeadOffice = (incident) => incident.state === "stood_down" && !inc.headAnswered(incident)
    && inc.openDuties(incident).some((duty) => duty.fulfilled_by === "head_office_acknowledgement");
  const atHeadOffice = () => inc.headOffice(inc.me().role || "");
  /** A step of the ladder or a page warns in its last minute. */
  const soon = (iso) => new Date(Date.parse(iso) - 60e3).toISOString();

  inc.sections = { head, bar, more, duties, next, known, calls, counting, timeline };

  /* ---- what happened ---------------------------------------------------------------------------- */

  function head(incident) {
    return [
      el("p.inc-eyebrow", { "data-key": "eyebrow" },
        el("span.inc-id", null, incident.id), el("span", null, t("inc.code", { code: incident.code })),
        isOpen(incident) ? null : el("span.inc-ended", null, t(incident.state === "stood_down" ? "inc.stood_down" : "inc.closed", { time: fh.hourMinute(ended(incident)), reason: incident.close_reason || "" })),
        kin(incident), (incident.media || []).map((id) => (fh.may("see_media") ? el("a.inc-kin", { href: `/media/${id}`, "data-key": id }, t("med.open", { id })) : null))),
      el("h1.inc-what", { "data-key": "what" }, inc.sentence(incident), fh.badge(incident.severity, t(`severity.${incident.severity}`)), flags(incident)),
      el("p.inc-where", { "data-key": "where" }, where(incident).join(" · ")),
      incident.note ? el("p.inc-note", { "data-key": "note" }, t("inc.note", { note: incident.note })) : null,
      figures(incident),
    ];
  }

  /** When it was over: stood down, for one whose paperwork may go on. */
  const ended = (incident) => incident.stood_down_at || incident.closed_at;

  function flags(incident) {
    const said = [["media_exposed", "incident.media"], ["safety_threat", "incident.safety"]].filter(([name]) => incident[name]);
    return said.map(([, key]) => fh.badge("gap", t(key)));
  }

  function where(incident) {
    const { branch, short_name, city, regulator } = incident.place;
    return [
      ...(incident.product ? [incident.product] : []),
      ...(branch && branch !== short_name ? [branch] : []),
      ...(city ? [city] : []),
      t("inc.since", { time: fh.hourMinute(incident.opened_at) }),
      ...(regulator ? [t("inc.regulator", { name: regulator })] : []),
    ];
  }

  function kin(incident) {
    return incident.related.map((other) => {
      const unit = other.level === "head_office" ? t("incident.whole_bank") : other.unit;
      return el("a.inc-kin", { href: `/incident/${other.id}`, "data-key": other.id },
        `${t(`inc.kin.${other.kin}`)} ${unit} ${t("incident.clients", { n: other.clients })} ${other.id}`);
    });
  }

  function figures(incident) {
    const unit = incident.counting.keys.find((key) => key.threshold && key.kind !== "gathering");
    const threshold = unit ? unit.threshold : null;
    const heads = incident.headcount || incident.gatherings.length;
    const answered = incident.acknowledgements.length;
    const figure = (key, value, name, note, state) =>
      el("div.inc-figure", { "data-key": key, "data-state": state || null }, el("strong", null, value), el("span", null, name), note ? el("small", null, note) : null);
    return el("div.inc-figures", { "data-key": "figures" },
      figure("clients", [incident.clients, threshold ? el("i", null, `/${threshold}`) : null], t("fig.clients"),
        incident.unidentified ? t("fig.unidentified", { n: incident.unidentified }) : threshold ? t("fig.clients_of", { n: threshold }) : null),
      heads ? figure("heads", [incident.headcount, el("i", null, `/${incident.lines.headcount_large}`)], t("fig.heads"),
        incident.onlookers ? t("fig.onlookers", { n: incident.onlookers }) : t("fig.heads_of", { n: incident.lines.headcount_large })) : null,
      figure("answered", answered, t("fig.answered"), t(inc.headAnswered(incident) ? "fig.head_yes" : "fig.head_no"), !answered ? "unanswered" : inc.headAnswered(incident) ? "acknowledged" : "told"),
      isOpen(incident)
        ? figure("lasting", fh.elapsed(incident.opened_at), t("fig.lasting"))
        : figure("lasting", fh.duration(Date.parse(ended(incident)) - Date.parse(incident.opened_at)), t("inc.lasted", { time: "" }).trim()));
  }

  /* ---- the one button that I should press now ------------------------------------------------------ */

  function bar(incident) {
    const { text, action, why, duty } = inc.primary(incident);
    return [
      el("div.inc-now", { "data-key": "now" },
        action ? button("main", action, text, { id: "incident-now", "data-duty": duty || null }) : el("p.inc-over", null, text),
        fh.may("call") ? button("plain", "incident-calls", t("do.call"), { id: "incident-call" }) : null),
      el("p.inc-me", { "data-key": "me" }, why ? el("span.inc-why", null, why) : null,
        inc.meLine()),
    ];
  }

  function more(incident) {
    return [
      (isOpen(incident) || owesHeadOffice(incident)) && fh.can("acknowledge_for") ? button("quiet", "incident-behalf", t("do.behalf")) : null,
      fh.may("report_gathering") ? el("a.fh-button.fh-button--quiet", { href: `/gathering?unit=${encodeURIComponent(incident.place.code)}` }, t("do.gathering")) : null,
      isOpen(incident) && fh.can("end_incident") && inc.primary(incident).action !== "incident-close" ? button("quiet", "incident-close", t("do.close")) : null,
    ];
  }

  /** What the viewer should press now: acknowledge, else what is due next, else end it. */
  inc.primary = function (incident) {
    const due = inc.byDue(inc.openDuties(incident));
    const provable = fh.can("prove_duty") ? due.find((duty) => duty.proofs.length) : null;
    const enter = provable && { text: fh.duty.proofWords(provable), action: "duty-prove", duty: provable.id, why: inc.title(provable) };
    if (!isOpen(incident) && !(owesHeadOffice(incident) && atHeadOffice())) return enter || { text: t("do.none") };
    if (!inc.iAnswered(incident) && fh.can("acknowledge")) return { text: t("do.acknowledge"), action: "incident-acknowledge" };
    if (fh.may("call") && !inc.headAnswered(incident) && due.some((duty) => duty.fulfilled_by === "head_office_acknowledgement")) {
      return { text: t("do.call_head"), action: "incident-calls", why: t("do.call_head_why") };
    }
    if (enter) return enter;
    return fh.can("end_incident") ? { text: t("do.close"), action: "incident-close", why: t("do.close_why") } : { text: t("do.nothing") };
  };

  /* ---- what is due ----------------------------------------------------------------------------------- */

  /** Every open clock beside the others, the next due first; what has ended is folded away. */
  function duties(incident) {
    if (!incident.duties.length) return [fh.empty(t("duty.none_here"))];
    const open = inc.byDue(inc.openDuties(incident));
    const ended = incident.duties.filter((duty) => !open.includes(duty)).sort((a, b) => Date.parse(b.ended_at) - Date.parse(a.ended_at));
    const late = open.filter(fh.duty.over).length;
    return [
      late ? el("p.dt-summary", { "data-key": "late", role: "status" }, fh.badge("gap", t("duty.breaches", { n: late }))) : null,
      open.length ? el("div.dt-grid", { "data-key": "open" }, open.map((duty) => fh.duty.card(duty, { mine: duty.role === inc.me().role, quiet: true })))
        : inc.leftDuties(incident).length ? null : el("p.inc-calm", { "data-key": "calm" }, fh.badge("acknowledged", t("duty.over_with"))),
      ended.length ? el("div", { "data-key": "ended" }, inc.fold("duties-ended", t("duty.ended_n", { n: ended.length }), el("div.dt-grid", null, ended.map(fh.duty.endedCard)))) : null,
    ];
  }

  /* ---- what happens if nobody acts ---------------------------------------------------------------------- */

  function next(incident) {
    const { ladder } = incident;
    if (!ladder) return [fh.empty(t("ladder.none"))];
    return [nextLine(incident, ladder), quorumLine(incident, ladder), el("ol.inc-steps", { "data-key": "steps" },
      ladder.plan.map((roles, nth) => step(ladder, roles, nth, incident)), repeats(incident, ladder), page(incident, ladder))];
  }

  function nextLine(incident, ladder) {
    const line = (...what) => el("p.inc-next", { "data-key": "line" }, ...what);
    const until = (iso, key, params) =>
      line(fh.countdown(iso, soon(iso), "row"), el("span", null, t(key, params)));
    if (!isOpen(incident)) return line(fh.badge("quiet", t("next.over")));
    if (ladder.state === "running" && ladder.next_at) {
      const roles = inc.roles(ladder.next_roles);
      return Date.parse(ladder.next_at) <= fh.now() ? line(el("span", null, t("next.now", { roles }))) : until(ladder.next_at, "next.running", { roles });
    }
    if (inc.headAnswered(incident)) return line(fh.badge("acknowledged", t("next.calm")));
    if (ladder.state === "exhausted" && !ladder.page_at) return line(fh.badge("gap", t(ladder.why === "nobody_reachable" ? "next.unreachable" : "next.exhausted")));
    if (ladder.page_at && Date.parse(ladder.page_at) > fh.now()) return until(ladder.page_at, "next.page_only");
    return line(ladder.state === "exhausted" ? fh.badge("gap", t("next.exhausted")) : fh.badge("acknowledged", t("next.stopped")));
  }

  /** Where the plan asks for more than one acknowledgement: how many of them are there. */
  function quorumLine(incident, ladder) {
    if (!(ladder.quorum > 1) || !isOpen(incident)) return null;
    const enough = ladder.acknowledged >= ladder.quorum;
    return el("p.inc-quorum", { "data-key": "quorum" }, fh.badge(enough ? "acknowledged" : "unanswered", t("ladder.quorum", { n: ladder.acknowledged, of: ladder.quorum })));
  }

  function step(ladder, roles, nth, incident) {
    const rounds = ladder.done.filter((one) => one.step === nth + 1);
    const done = rounds[rounds.length - 1];
    const state = done ? (done.outcome === "told" ? "told" : "gap") : "quiet";
    const coming = nth === ladder.step && Boolean(ladder.next_at);
    const earlier = rounds.slice(0, -1);
    const missed = rounds.flatMap((one) => one.missed);
    const turns = ladder.in_turn && ladder.in_turn[nth];
    return el("li", { "data-state": state, "data-next": coming }, fh.shape(), el("b", null, inc.roles(roles), turns ? el("small.inc-turn", null, t("ladder.in_turn")) : null),
      el("span.inc-step-when", null, done ? t(`step.${done.outcome}`, { time: fh.hourMinute(done.done_at) }) : planned(ladder, nth, incident)),
      earlier.length ? el("small", null, earlier.map((one) => t(`step.${one.outcome}`, { time: fh.hourMinute(one.done_at) })).join(" · ")) : null,
      missed.length ? el("small", null, missed.map((miss) => t("step.missed", { role: t(miss.role), why: inc.coded("why", miss.why) })).join(" · ")) : null);
  }

  function planned(ladder, nth, incident) {
    if (!isOpen(incident) || ladder.state !== "running" || !ladder.next_at) return t("step.never");
    const at = Date.parse(ladder.next_at) + (nth - ladder.step) * ladder.every_seconds * 1000;
    return fh.hourMinute(new Date(at).toISOString());
  }

  /** After the last step: quiet reminders to whoever was told and has not acknowledged. */
  function repeats(incident, ladder) {
    const { done, most, next_at: at } = ladder.repeats || {};
    if (!most || !isOpen(incident) || !(done || at)) return null;
    return el("li.inc-step-page", { "data-state": "quiet" }, fh.shape(), el("b", null, t("ladder.repeats", { n: done, most })),
      el("span.inc-step-when", null, at ? t("ladder.repeat_next", { time: fh.hourMinute(at) }) : t("step.never")));
  }

  function page(incident, ladder) {
    const needless = inc.headAnswered(incident) || !isOpen(incident);
    const when = ladder.paged_at && !needless ? t("step.paged", { time: fh.hourMinute(ladder.paged_at) }) : needless ? t("step.never") : fh.hourMinute(ladder.page_at);
    return el("li.inc-step-page", { "data-state": ladder.paged_at && !needless ? "gap" : "quiet" }, fh.shape(),
      el("b", null, t("step.page")), el("span.inc-step-when", null, when), el("small", null, inc.roles(incident.page_roles)));
  }

  /* ---- who knows ---------------------------------------------------------------------------------------- */

  function known(incident) {
    const nobody = el("p.inc-nobody", { "data-key": "nobody" }, fh.badge("unanswered", t("known.nobody")),
      isOpen(incident) ? el("span", null, t("known.waiting"), " ", fh.elapsed(incident.opened_at)) : null);
    const given = incident.acknowledgements.map((one, nth) =>
      el("p.inc-answer", { "data-key": `a${nth}` }, fh.badge(one.handed_at ? "quiet" : "acknowledged", inc.person(one.by, one.role)),
        el("span.inc-answer-when", null, `${fh.hourMinute(one.at)} ${inc.coded("via", one.via)}`),
        el("small", null, [inc.coded("grade", one.grade), ...(one.entered_by ? [t("known.by_desk", { name: one.entered_by })] : []), ...handed(one), ...(one.note ? [one.note] : [])].join(" · "))));
    return [...(given.length ? given : [nobody]), texts(incident.messages)];
  }

  /** Of somebody on a shift: until when the acknowledgement counts, or since when it no longer does. */
  function handed(one) {
    if (one.handed_at) return [t("known.handed", { time: fh.hourMinute(one.handed_at) })];
    return one.shift_ends_at ? [t("known.shift", { time: fh.hourMinute(one.shift_ends_at) })] : [];
  }

  const TEXT_STATE = { queued: "waiting", sending: "waiting", unknown: "slow", accepted: "ready", delivered: "ok", failed: "gap", withheld: "slow", cancelled: "quiet" };
  const trouble = (text) => ["failed", "withheld", "unknown"].includes(text.state);

  function texts(messages) {
    if (!messages.length) return el("p.fh-meta", { "data-key": "texts" }, t("known.texts_none"));
    const bad = messages.filter(trouble);
    const rest = messages.filter((text) => !trouble(text));
    const delivered = messages.filter((text) => text.state === "delivered").length;
    const summary = [t("known.texts", { n: messages.length }), t("known.delivered", { n: delivered }), ...(bad.length ? [t("known.trouble", { n: bad.length })] : [])].join(" · ");
    const shown = [...bad, ...rest];
    return el("div.inc-texts", { "data-key": "texts" }, el("p.fh-meta", null, summary),
      el("ul", null, shown.slice(0, 6).map(text)),
      shown.length > 6 ? inc.fold("texts", t("count.more", { n: shown.length - 6 }), el("ul", null, shown.slice(6).map(text))) : null);
  }

  function text(one) {
    const at = one.delivered_at || one.sent_at || one.queued_at;
    const notes = [inc.coded("kind", one.kind), one.phone_masked, ...(one.reason ? [inc.coded("reason", one.reason)] : [])];
    return el("li.inc-text", { "data-text": one.state }, fh.badge(TEXT_STATE[one.state] || "quiet", t(`msg.${one.state}`)),
      el("span.inc-text-who", null, inc.person(one.name, one.to_role)), el("time", { datetime: at }, fh.hourMinute(at)),
      el("small", null, notes.filter(Boolean).join(" · "), one.possible_duplicate ? [" · ", fh.badge("slow", t("msg.duplicate"))] : null));
  }

  function calls(incident) {
    if (!incident.calls.length) return [fh.empty(t("calls.empty"))];
    return incident.calls.map((person, nth) =>
      el("div.inc-callee", { "data-key": `c${nth}` }, el("span.inc-callee-who", null, el("b", null, person.name), el("small", null, t(person.role), person.reachable ? "" : ` · ${t("calls.unreachable")}`)),
        el("span.fh-phone", null, person.phone),
        fh.may("call") ? button("plain", "incident-calls", t("do.call"), { "data-callee": nth, "aria-label": `${t("do.call")} ${person.name}` }) : null));
  }

  /* ---- who counts and why ------------------------------------------------------------------------------------ */

  function counting(incident) {
    const { keys, counted, not_counted: not } = incident.counting;
    return [
      ...keys.map((key) => el("p.inc-key", { "data-key": key.key }, el("b", null, keyName(key)), el("span", null, fired(key)))),
      ...incident.gatherings.map((one, nth) => el("p.inc-key", { "data-key": `g${nth}` }, el("span", null, t("count.gathering", {
        by: one.reported_by, time: fh.hourMinute(one.reported_at), heads: one.complainants, onlookers: one.onlookers, since: fh.hourMinute(one.since) })),
        one.note ? el("small", null, one.note) : null)),
      el("p.fh-meta", { "data-key": "sum" }, counted.length + not.length ? t("count.sum", { n: counted.length, m: not.length })
        : t(incident.children.length ? "count.children" : "count.none")),
      ...table("not", t("count.not_counted"), not, notWhy),
      ...table("yes", t("count.counted"), counted, (row) => t(row.identified === false ? "count.unidentified" : "count.first")),
    ];
  }

  const keyName = (key) => (key.kind ? t(`count.key.${key.kind}`, { unit: key.unit || "", product: key.product || "" }) : key.key);

  function fired(key) {
    const time = fh.hourMinute(key.fired_at);
    if (key.reason && key.reason.gathering) return t("count.fired_heads", { time, n: key.reason.gathering.complainants });
    if (key.reason && key.reason.opened_by) return t("count.fired_hand", { time });
    return t("count.fired", { time, n: key.clients, threshold: key.threshold || "–" });
  }

  function notWhy(row) {
    const key = `count.why.${row.reason}`;
    return t(key) === key ? row.reason : t(key, { as: row.as || "" });
  }

  function table(name, caption, rows, say) {
    if (!rows.length) return [];
    const heads = ["complaint", "client", "received", "channel", "why"].map((key) => t(`count.${key}`));
    const file = (id) => (fh.may("see_ticket") ? el("a", { href: `/tickets/${id}` }, id) : fh.may("see_complaint") ? el("a", { href: `/complaints/${id}` }, id) : id);
    const cells = (row) => [file(row.complaint), row.client ? t("count.client_n", { n: row.client }) : "–", fh.hourMinute(row.received_at), t(row.channel), say(row)];
    const body = rows.map((row) => el("tr", null, cells(row).map((cell, nth) => el("td", { "data-head": heads[nth] }, cell))));
    const grid = el("table.fh-table.inc-count", null, el("caption.fh-hidden", null, caption),
      el("thead", null, el("tr", null, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", null, body));
    return [inc.fold(`count-${name}`, `${caption} ${rows.length}`, grid)];
  }

  /* ---- what happened since ------------------------------------------------------------------------------------- */

  function timeline(incident) {
    const entries = folded([...incident.timeline].reverse());
    const line = (entry) => el("li.inc-entry", { "data-key": `t${entry.seq}` }, el("time", { datetime: entry.at }, fh.hourMinute(entry.at)),
      el("span", null, entry.words), el("small", null, inc.actor(entry.by)));
    return [el("ol.inc-timeline", { "data-key": "timeline" }, entries.slice(0, 12).map(line)),
      entries.length > 12 ? inc.fold("timeline", t("count.more", { n: entries.length - 12 }), el("ol.inc-timeline", null, entries.slice(12).map(line))) : null];
  }

  /** Entries about texts that follow each other are one line: each sentence once, with how often. */
  function folded(entries) {
    const lines = [];
    for (const entry of entries) {
      const words = fh.english() ? entry.en : entry.zh;
      const about = entry.verb.startsWith("message_");
      const last = lines[lines.length - 1];
      if (about && last && last.said) last.said.set(words, (last.said.get(words) || 0) + 1);
      else lines.push({ ...entry, words, said: about ? new Map([[words, 1]]) : null });
    }
    for (const line of lines) if (line.said) line.words = [...line.said].map(([words, n]) => (n > 1 ? `${words} ×${n}` : words)).join(fh.english() ? "; " : "；");
    return lines;
  }
})();
