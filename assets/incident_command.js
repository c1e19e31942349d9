/* The command section of the incident page and the banner on a threat to safety: drawing only.
 * What people do there is in incident_command_dialogs.js. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const inc = (fh.inc = fh.inc || {});
  const cmd = (inc.cmd = inc.cmd || {});
  const button = (kind, action, text, data) =>
    el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);
  const person = (name, role) => inc.person(name, role);
  const time = (iso) => fh.hourMinute(iso);
  const join = (parts) => parts.filter(Boolean).join(" · ");
  cmd.isMe = (one) => Boolean(one) && inc.isMe(one.name, one.role);

  // Files load in any order: the sections of the page are there when the document is.
  const add = () => Object.assign(inc.sections, { command, safety });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", add);
  else add();

  function command(incident) {
    const held = incident.command;
    if (!held) return [];
    return [commander(incident, held), offered(incident, held), before(held), tasks(incident, held), notes(held), grade(incident, held)];
  }

  /* ---- who commands ---------------------------------------------------------------------------------- */

  function commander(incident, { commander: now, above }) {
    const over = incident.state === "closed";
    const mine = cmd.isMe(now);
    return el("div.cmd-who", { "data-key": "who", "data-mine": mine },
      el("div.cmd-who-name", null,
        now ? el("b", null, person(now.name, now.role)) : fh.badge(incident.state === "open" ? "unanswered" : "quiet", t("cmd.nobody")),
        now ? el("small", null, join([t("cmd.since", { time: time(now.since) }), now.how === "taken_over" ? t("cmd.how.taken_over", { reason: now.reason || "" }) : null, mine ? t("cmd.mine") : null])) : null,
        above ? el("small", null, t("cmd.above", { incident: above.incident, who: person(above.name, above.role) })) : null),
      over || !fh.can("command") ? null : mine ? (incident.command.handover ? null : button("plain", "command-offer", t("cmd.offer")))
        : button(now ? "quiet" : "plain", "command-take", t(now ? "cmd.take_over" : "cmd.take")));
  }

  const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
  cmd.moved = (changes) => changes.came.length + changes.gone.length + changes.changed.length;
  cmd.receiver = (offer) => (offer.to_name ? person(offer.to_name, offer.to_role) : t(offer.to_role));

  function offered(incident, { handover: offer }) {
    if (!offer) return null;
    const me = inc.me();
    const mine = inc.isMe(offer.from_name, offer.from_role);
    const forMe = !mine && fh.can("command") && me.role === offer.to_role && (!offer.to_name || me.name === offer.to_name);
    const moved = cmd.moved(offer.changes);
    return el("div.cmd-offer", { "data-key": "offer", role: "status" },
      el("p", null, t("cmd.waiting", { from: person(offer.from_name, offer.from_role), to: cmd.receiver(offer), time: time(offer.offered_at) })),
      offer.note ? el("p.cmd-word", null, offer.note) : null,
      el("p.fh-meta", null, join([t("cmd.open_n", { n: sum(offer.counts) }), moved ? t("cmd.changed_since", { n: moved }) : null])),
      el("div.cmd-acts", null,
        forMe ? button("main", "command-read", t("cmd.read")) : null,
        forMe ? button("quiet", "command-decline", t("cmd.decline")) : null,
        mine ? button("quiet", "command-withdraw", t("cmd.withdraw")) : null));
  }

  function before({ history, handovers }) {
    if (!history.length && !handovers.length) return null;
    const how = (one) => t(`cmd.how.${one.how}`, { reason: one.reason || "" });
    const lines = [
      ...history.map((one) => el("li", null, t("cmd.before", { who: person(one.name, one.role), from: time(one.since), to: time(one.ended_at) }), el("small", null, how(one)))),
      ...handovers.map((one) => el("li", null, t("cmd.hand.line", { from: person(one.from_name, one.from_role), to: cmd.receiver(one), time: time(one.offered_at) }),
        el("small", null, t(`cmd.hand.${one.state}`, { to: person(one.ended_by, one.ended_role), from: person(one.from_name, one.from_role), time: time(one.ended_at), reason: one.reason || "" })))),
    ];
    return el("div", { "data-key": "before" }, inc.fold("cmd-before", t("cmd.history", { n: history.length }), el("ul.cmd-lines", null, lines)));
  }

  /* ---- tasks -------------------------------------------------------------------------------------------- */

  const running = (task) => task.state === "assigned" || task.state === "accepted" || (task.state === "done" && task.kind === "rectification");

  function tasks(incident, held) {
    const open = held.tasks.filter(running);
    const ended = held.tasks.filter((task) => !running(task));
    return el("div.cmd-part", { "data-key": "tasks" },
      el("header", null, el("h3", null, t("task.heading")), incident.state === "closed" || !fh.can("command") ? null : button("quiet", "command-task", t("task.new"))),
      open.length ? open.map(openTask) : el("p.fh-meta", { "data-key": "none" }, t("task.none")),
      ended.length ? inc.fold("cmd-tasks", t("task.ended_n", { n: ended.length }), ended.map(endedTask)) : null);
  }

  const doer = (task) => join([task.unit_name, person(task.person, task.role)]);

  function openTask(task) {
    const data = { "data-task": task.id };
    const waits = task.state === "done";
    const late = task.overdue || (!waits && Date.parse(task.due_at) <= fh.now());
    const word = waits ? t("task.state.await", { who: person(task.done_by, task.done_role), time: time(task.done_at) })
      : t(`task.state.${task.state}`, { who: person(task.accepted_by, task.accepted_role) });
    return el("article.cmd-task", { "data-key": `t${task.id}`, "data-over": late },
      waits ? fh.badge("slow", time(task.done_at)) : el("div.cmd-clock", null, fh.countdown(task.due_at, null, "row"), late ? fh.badge("gap", t("duty.overdue")) : null),
      el("div", null,
        el("h4", null, task.title, task.kind === "rectification" ? el("span.inc-mine", null, t("task.kind.rectification")) : null),
        el("p.fh-meta", null, join([doer(task), word, t("task.by", { who: person(task.assigned_by, task.assigned_role) })])),
        task.detail ? el("p.cmd-word", null, task.detail) : null,
        waits ? el("p.cmd-word", null, join([task.result, task.evidence])) : null,
        el("div.cmd-acts", null,
          task.state === "assigned" && fh.can("work_task") ? button("plain", "command-task-accept", t("task.accept"), data) : null,
          waits ? fh.can("command") && button("plain", "command-task-check", t("task.check"), data)
            : fh.can("work_task") && button(task.state === "accepted" ? "plain" : "quiet", "command-task-done", t("task.finish"), data),
          fh.can("command") ? button("quiet", "command-task-cancel", t("task.cancel"), data) : null)));
  }

  function endedTask(task) {
    const [state, words] = task.state === "cancelled" ? ["quiet", t("task.state.cancelled", { who: task.cancelled_by, reason: task.cancel_reason })]
      : task.state === "checked" ? ["acknowledged", t("task.state.checked", { who: person(task.checked_by, task.checked_role), time: time(task.checked_at) })]
        : [task.late ? "slow" : "acknowledged", t("task.state.done", { who: person(task.done_by, task.done_role), time: time(task.done_at), result: task.result })];
    return el("p.cmd-ended", { "data-key": `t${task.id}` }, fh.badge(state, task.title), el("small", null, join([words, task.late ? t("task.late") : null])));
  }

  /* ---- notes ---------------------------------------------------------------------------------------------- */

  function notes({ notes: all }) {
    const line = (one) => el("li", { "data-key": `n${one.id}` }, el("p.cmd-word", null, one.text), el("small", null, join([time(one.at), person(one.by, one.role)])));
    return el("div.cmd-part", { "data-key": "notes" },
      el("header", null, el("h3", null, t("note.heading")), fh.can("write_note") ? button("quiet", "command-note", t("note.new")) : null),
      all.length ? el("ul.cmd-lines", null, all.slice(0, 3).map(line)) : null,
      all.length > 3 ? inc.fold("cmd-notes", t("note.more", { n: all.length - 3 }), el("ul.cmd-lines", null, all.slice(3).map(line))) : null);
  }

  /* ---- grade, merging, the end ------------------------------------------------------------------------------ */

  function grade(incident, held) {
    const open = incident.state === "open";
    const regroup = fh.can("regroup");
    const end = fh.can("end_incident");
    const acts = open ? [
      held.security.threat || !fh.can("command") ? null : ["command-threat", "safe.raise"],
      regroup && (incident.severity === "large" ? ["command-lower", "sev.lower"] : ["command-raise", "sev.raise"]),
      regroup && (incident.parent ? ["command-out", "tree.take_out"] : held.merge_into.length ? ["command-merge", "tree.merge"] : null),
      regroup && incident.counting.keys.length > 1 ? ["command-split", "tree.split"] : null,
      end && ["incident-close", "do.close"],
    ] : [end && incident.state === "stood_down" ? ["command-close", "end.close"] : null, end && ["command-reopen", "end.reopen"]];
    if (!acts.some(Boolean) && !held.regroupings.length) return null;
    return el("div.cmd-part", { "data-key": "grade" }, el("header", null, el("h3", null, t("end.heading"))),
      el("div.cmd-acts.cmd-grade", null, acts.filter(Boolean).map(([action, key]) => button("quiet", action, t(key)))),
      held.regroupings.length ? el("ul.cmd-lines", null, held.regroupings.map((one) =>
        el("li", null, el("small", null, inc.linked(t(`tree.was.${one.kind}`, { ...one, time: time(one.at) })), ` · ${person(one.by, one.role)}`)))) : null);
  }

  /* ---- a threat to safety -------------------------------------------------------------------------------------- */

  function safety(incident) {
    const held = incident.command && incident.command.security;
    if (!held || !held.threat) return [];
    const open = incident.state !== "closed";
    const missing = ["110", "security"].filter((whom) => !held.calls.some((call) => call.whom === whom));
    const { contact } = held;
    return [el("section.cmd-safety", { "data-key": "safety", "data-done": !missing.length, role: missing.length ? "alert" : null, "aria-label": t("safe.title") },
      el("div", null,
        el("h2", null, fh.badge(missing.length ? "gap" : "acknowledged", t("safe.title"))),
        missing.length ? el("p", null, t("safe.lead")) : null,
        missing.length ? el("p.fh-meta", null, missing.map((whom) => t("safe.missing", { who: t(`safe.whom.${whom}`) })).join(" · ")) : null,
        contact ? null : el("p.fh-meta", null, t("safe.no_security")),
        held.calls.length ? el("ul.cmd-lines", null, held.calls.map((call) => el("li", null, t("safe.line", { time: time(call.at), by: person(call.by, call.role), whom: t(`safe.whom.${call.whom}`), result: call.result })))) : null),
      open ? el("div.cmd-acts", null,
        el("a.fh-button.fh-button--main", { href: "tel:110" }, t("safe.call_110")),
        contact && fh.may("call") ? button("plain", "command-security", t("safe.call_security", { name: contact.name })) : null,
        fh.can("command") ? button("plain", "command-called", t("safe.note")) : null) : null)];
  }
})();
