/* What people do in the command section: take and hand over command, tasks, notes, grade, end. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const inc = (fh.inc = fh.inc || {});
  const cmd = (inc.cmd = inc.cmd || {});
  const actions = (fh.actions = fh.actions || {});
  const field = (...given) => inc.field(...given);
  const input = (name, more) => el("input", { name, maxlength: 200, autocomplete: "off", ...more });
  const area = (name, more) => el("textarea", { name, rows: 2, maxlength: 500, ...more });
  const hint = (...text) => el("p.fh-meta", null, ...text);
  const value = (form, name) => form.elements[name].value.trim();

  async function act(verb, body) {
    const answer = await fh.json(`/live/incident/${encodeURIComponent(inc.current().id)}/command/${verb}`, body);
    inc.show(answer);
    fh.refresh();
    return answer;
  }

  const on = (name, then) => { actions[name] = then; };

  /** A conversation that asks for a reason alone. */
  const reason = (title, text, save, verb, done) => inc.ask(title, {
    intro: text ? hint(text) : null,
    fields: [field(t("cmd.reason"), area("reason", { required: true }))],
    save,
    send: async (form) => {
      await act(verb, { reason: value(form, "reason") });
      fh.toast(done);
    },
  });

  /** Do it at once; a refusal is said in words. */
  async function atOnce(pressed, verb, body, done) {
    pressed.disabled = true;
    try {
      await act(verb, body);
      fh.toast(done);
    } catch (failed) {
      fh.toast(t("form.fault", { reason: failed.message }), "bad");
      inc.reread();
    }
    pressed.disabled = false;
  }

  /* ---- who commands ---------------------------------------------------------------------------------- */

  on("command-take", (pressed) => {
    const now = inc.current().command.commander;
    if (!now) return atOnce(pressed, "take", {}, t("cmd.taken"));
    return reason(t("cmd.take_title"), t("cmd.take_from", { who: inc.person(now.name, now.role) }), t("cmd.take_over"), "take", t("cmd.taken"));
  });

  on("command-offer", () => {
    inc.ask(t("cmd.offer"), {
      intro: hint(t("cmd.offer_hint")),
      fields: [field(t("cmd.to"), inc.roleSelect("branch_deputy")), field(t("cmd.to_name"), input("name", { maxlength: 40 })), field(t("cmd.note"), area("note"))],
      save: t("cmd.offer_save"),
      send: async (form) => {
        await act("offer", { role: value(form, "role"), name: value(form, "name") || null, note: value(form, "note") || null });
        fh.toast(t("cmd.offered"));
      },
    });
  });

  on("command-withdraw", (pressed) => atOnce(pressed, "withdraw", { handover: inc.current().command.handover.id }, t("cmd.withdrawn")));
  on("command-decline", () => {
    const { id } = inc.current().command.handover;
    inc.ask(t("cmd.decline"), {
      fields: [field(t("cmd.reason"), area("reason", { required: true }))],
      save: t("cmd.decline"),
      send: async (form) => {
        await act("decline", { handover: id, reason: value(form, "reason") });
        fh.toast(t("cmd.declined"));
      },
    });
  });

  const SECTIONS = ["duties", "reports", "papers", "tasks", "ladder", "heads", "notes"];

  function itemWords(section, item) {
    const due = () => t("left.due_line", { unit: item.unit, role: item.person ? inc.person(item.person, item.role) : t(item.role), time: fh.hourMinute(item.due) });
    if (section === "heads") return [t("left.head_line", { ...item, time: fh.hourMinute(item.at) }), ""];
    if (section === "papers") return [t("left.paper_line", { ...item, kind: t(`rep.${item.kind}`) }), t(`rep.state.${item.state}`)];
    if (section === "ladder") return [t("left.ladder_line", item), ""];
    if (section === "notes") return [item.zh, `${fh.hourMinute(item.at)} ${inc.person(item.by, item.role)}`];
    return [fh.english() ? item.en : item.zh, due()];
  }

  /** Every open item with a box to tick; what moved since the offer says so. */
  function reading(offer, ticked) {
    const mark = new Map([...offer.changes.came.map((one) => [one.ref, "came"]), ...offer.changes.changed.map((one) => [one.ref, "changed"])]);
    const line = (section) => (item) => {
      const [what, more] = itemWords(section, item);
      return el("label.cmd-item", { "data-moved": mark.get(item.ref) || null },
        el("input", { type: "checkbox", "data-section": section, value: item.ref, checked: ticked.has(item.ref) }),
        el("span", null, mark.has(item.ref) ? el("b.cmd-moved", null, t(`cmd.moved.${mark.get(item.ref)}`)) : null, what, more ? el("small", null, more) : null));
    };
    const gone = offer.changes.gone.map((item) => el("p.cmd-item.cmd-gone", null, el("b.cmd-moved", null, t("cmd.moved.gone")), el("s", null, itemWords(item.section, item)[0])));
    const parts = SECTIONS.filter((section) => offer.items[section].length).map((section) =>
      el("fieldset", null, el("legend", null, `${t(`left.${section}`)} ${offer.items[section].length}`), offer.items[section].map(line(section))));
    const moved = cmd.moved(offer.changes);
    return [moved ? el("p.inc-warn", { role: "status" }, t("cmd.changed_since", { n: moved })) : null, gone, parts.length ? parts : hint(t("cmd.nothing_open"))];
  }

  /** Two readings of one item, whatever the order of their keys: a push and an answer differ in it. */
  const alike = (one, other) => Object.keys({ ...one, ...other }).every((key) => one[key] === other[key]);

  on("command-read", () => {
    const offer = () => inc.current().command.handover;
    const host = el("div.cmd-reading");
    const progress = el("p.cmd-progress", { role: "status" });
    const boxes = () => [...host.querySelectorAll("input[type=checkbox]")];
    const told = () => { progress.textContent = t("cmd.read_all", { n: boxes().filter((box) => box.checked).length, m: boxes().length }); };
    let shown = offer();
    const draw = (ticked) => { host.replaceChildren(...[reading(shown, ticked)].flat(3).filter(Boolean)); told(); };
    draw(new Set());
    host.addEventListener("change", told);
    inc.ask(t("cmd.read_title"), {
      intro: shown.note ? el("p.cmd-word", null, shown.note) : null,
      fields: [host, progress],
      save: t("cmd.accept"),
      send: async () => {
        const done = boxes().filter((box) => box.checked);
        if (done.length < boxes().length) throw new Error(t("cmd.unread"));
        const read = Object.fromEntries(SECTIONS.map((section) => [section, done.filter((box) => box.dataset.section === section).length]));
        try {
          await act("accept", { handover: shown.id, stamp: shown.stamp, read });
        } catch (failed) {
          const before = new Map(SECTIONS.flatMap((section) => shown.items[section].map((item) => [item.ref, item])));
          const same = (item) => before.has(item.ref) && alike(before.get(item.ref), item);
          inc.show(await fh.json(`/live/incident/${encodeURIComponent(inc.current().id)}`)); // a reread may be under way
          if (offer()) {
            shown = offer(); // what is new or different must be ticked again
            draw(new Set(SECTIONS.flatMap((section) => shown.items[section].filter(same).map((item) => item.ref))));
          }
          throw failed;
        }
        fh.toast(t("cmd.accepted"));
      },
    });
  });

  /* ---- tasks -------------------------------------------------------------------------------------------- */

  const MINUTES = [15, 30, 60, 120, 1440];
  const within = () => inc.choice("minutes", MINUTES.map((n) => [String(n), n < 60 ? t("span.m", { n }) : n < 1440 ? t("span.h", { n: n / 60 }) : t("span.d", { n: n / 1440 })]), "30");
  const ROLE_OF = { head_office: "ho_deputy", branch: "branch_contact", sub_branch: "sub_head", outlet: "sub_head" };

  on("command-task", () => {
    const { units } = inc.current().command;
    const role = inc.roleSelect(ROLE_OF[units[0].level]);
    const unit = el("select", { name: "unit" }, units.map((one) => el("option", { value: one.code }, one.name)));
    unit.addEventListener("change", () => { role.value = ROLE_OF[units.find((one) => one.code === unit.value).level]; });
    inc.ask(t("task.new"), {
      fields: [
        field(t("task.title"), input("title", { required: true, placeholder: t("task.title_hint") })),
        field(t("task.unit"), unit), field(t("form.role"), role), field(t("task.person"), input("person", { maxlength: 40 })),
        el("fieldset", null, el("legend", null, t("task.within")), within()),
        field(t("task.detail"), area("detail")),
      ],
      save: t("task.save"),
      send: async (form) => {
        await act("assign", { title: value(form, "title"), unit: value(form, "unit"), role: value(form, "role"), person: value(form, "person") || null,
          minutes: Number(value(form, "minutes")), detail: value(form, "detail") || null });
        fh.toast(t("task.saved"));
      },
    });
  });

  const taskOf = (pressed) => inc.current().command.tasks.find((one) => String(one.id) === pressed.dataset.task);
  on("command-task-accept", (pressed) => atOnce(pressed, "task-accept", { task: taskOf(pressed).id }, t("task.state.accepted", { who: inc.meWords() })));

  on("command-task-done", (pressed) => {
    const task = taskOf(pressed);
    const fix = task.kind === "rectification";
    inc.ask(t("task.finish_title", { title: task.title }), {
      fields: [field(t("task.result"), area("result", { required: true })), fix ? field(t("task.evidence"), area("evidence", { required: true })) : null],
      save: t("task.finish"),
      send: (form) => act("task-done", { task: task.id, result: value(form, "result"), evidence: fix ? value(form, "evidence") : null }),
    });
  });

  on("command-task-check", (pressed) => {
    const task = taskOf(pressed);
    inc.ask(t("task.check_title", { title: task.title }), {
      intro: [el("p.cmd-word", null, task.result), hint(task.evidence)],
      fields: [inc.choice("passed", [["yes", t("task.passed")], ["no", t("task.returned")]], "yes"), field(t("task.check_note"), area("reason"))],
      save: t("task.check"),
      send: (form) => act("task-check", { task: task.id, passed: value(form, "passed") === "yes", reason: value(form, "reason") || null }),
    });
  });

  on("command-task-cancel", (pressed) => {
    const task = taskOf(pressed);
    inc.ask(t("task.cancel_title", { title: task.title }), {
      fields: [field(t("cmd.reason"), area("reason", { required: true }))],
      save: t("task.cancel"),
      send: (form) => act("task-cancel", { task: task.id, reason: value(form, "reason") }),
    });
  });

  on("command-note", () => inc.ask(t("note.new"), {
    fields: [field(t("note.heading"), area("text", { rows: 4, maxlength: 2000, required: true, placeholder: t("note.hint") }))],
    save: t("note.save"),
    send: async (form) => {
      await act("note", { text: value(form, "text") });
      fh.toast(t("note.saved"));
    },
  }));

  /* ---- a threat to safety ---------------------------------------------------------------------------------- */

  actions["command-security"] = async function () {
    const list = el("div.fh-calls", null, el("p.fh-loading", null, t("loading")));
    fh.dialog(t("calls.title"), list, el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
    try {
      const { people } = await fh.json(`/live/incident/${encodeURIComponent(inc.current().id)}/command/security`, {});
      const rows = people.map((one) => el("a.fh-call", { href: `tel:${one.phone}` }, el("b", null, one.name), el("span", null, t(one.role)), el("span.fh-phone", null, one.phone)));
      list.replaceChildren(...(rows.length ? rows : [fh.empty(t("safe.no_security"))]));
    } catch (failed) {
      list.replaceChildren(el("p.fh-failure", { role: "alert" }, t("call.failed", { reason: failed.message })));
    }
  };

  on("command-called", () => {
    const { calls } = inc.current().command.security;
    const first = calls.some((call) => call.whom === "110") ? "security" : "110";
    inc.ask(t("safe.note"), {
      fields: [
        el("fieldset", null, el("legend", null, t("safe.whom")), inc.choice("whom", ["110", "security"].map((whom) => [whom, t(`safe.whom.${whom}`)]), first)),
        el("fieldset", null, el("legend", null, t("form.ago")), inc.ago(60)),
        field(t("safe.result"), area("result", { required: true, placeholder: t("safe.result_hint") })),
      ],
      save: t("safe.note"),
      send: async (form) => {
        await act("called", { whom: value(form, "whom"), minutes_ago: Number(value(form, "ago")), result: value(form, "result") });
        fh.toast(t("safe.noted"));
      },
    });
  });

  on("command-threat", () => inc.ask(t("safe.raise_title"), {
    intro: hint(t("safe.raise_hint")),
    fields: [],
    save: t("safe.raise_save"),
    send: async () => {
      await act("threat", {});
      fh.toast(t("safe.raised"));
      scrollTo({ top: 0 });
    },
  }));

  /* ---- grade, merging, splitting ----------------------------------------------------------------------------- */

  on("command-raise", () => reason(t("sev.raise"), t("sev.raise_hint"), t("sev.save"), "raise", t("sev.raised")));
  on("command-lower", () => reason(t("sev.lower"), t("sev.lower_hint"), t("sev.save"), "lower", t("sev.lowered")));
  on("command-out", () => reason(t("tree.take_out"), t("tree.take_out_hint"), t("tree.out_save"), "take-out", t("tree.out")));
  on("command-reopen", () => reason(t("end.reopen"), t("end.reopen_hint"), t("end.reopen_save"), "reopen", t("end.reopened")));

  on("command-merge", () => {
    const others = inc.current().command.merge_into;
    const option = (one) => el("option", { value: one.id }, t("tree.option", { unit: one.unit, n: one.clients, id: one.id, time: fh.hourMinute(one.opened_at) }));
    inc.ask(t("tree.merge"), {
      intro: hint(t("tree.merge_hint")),
      fields: [field(t("tree.into"), el("select", { name: "into" }, others.map(option))), field(t("cmd.reason"), area("reason", { required: true }))],
      save: t("tree.merge_save"),
      send: async (form) => {
        await act("merge", { into: value(form, "into"), reason: value(form, "reason") });
        fh.toast(t("tree.merged", { id: value(form, "into") }));
      },
    });
  });

  on("command-split", () => {
    const { keys } = inc.current().counting;
    const name = (key) => (key.kind ? t(`count.key.${key.kind}`, { unit: key.unit || "", product: key.product || "" }) : key.key);
    const line = (key) => el("label.cmd-item", null, el("input", { type: "checkbox", name: "key", value: key.key }), el("span", null, name(key)));
    inc.ask(t("tree.split"), {
      intro: hint(t("tree.split_hint")),
      fields: [el("fieldset", null, el("legend", null, t("tree.keys")), keys.map(line)), field(t("cmd.reason"), area("reason", { required: true }))],
      save: t("tree.split_save"),
      send: async (form) => {
        const chosen = [...form.querySelectorAll("input[name=key]:checked")].map((box) => box.value);
        if (!chosen.length || chosen.length === keys.length) throw new Error(t("tree.split_need"));
        const { split_into: made } = await act("split", { keys: chosen, reason: value(form, "reason") });
        location.assign(`/incident/${made}`);
      },
    });
  });

  /* ---- closing the file -------------------------------------------------------------------------------------------- */

  on("command-close", () => {
    const incident = inc.current();
    const owed = incident.duties.filter((duty) => duty.state === "open");
    const left = incident.command.tasks.filter((task) => task.kind === "task" && (task.state === "assigned" || task.state === "accepted"));
    if (!owed.length && !left.length) {
      inc.ask(t("end.close_title"), {
        intro: hint(t("end.close_hint")),
        fields: [field(t("cmd.reason"), area("reason", { required: true }))],
        save: t("end.close_save"),
        send: async (form) => {
          await act("close", { reason: value(form, "reason") });
          fh.toast(t("end.closed"));
        },
      });
      return;
    }
    const line = (duty) => el("li", null, el("button.cmd-goto", { type: "button", "data-action": "command-goto", "data-duty": duty.id }, inc.title(duty)),
      el("small", null, `${t(duty.role)} · ${t("end.due", { time: fh.hourMinute(duty.due_at) })}`));
    const handed = (task) => el("li", null, task.title,
      el("small", null, `${task.unit_name} · ${task.person ? inc.person(task.person, task.role) : t(task.role)} · ${t("end.due", { time: fh.hourMinute(task.due_at) })}`));
    const part = (word, items, drawn) => (items.length ? [el("p.inc-warn", null, t(word, { n: items.length })), el("ul.cmd-lines.cmd-owed", null, items.map(drawn))] : []);
    fh.dialog(t("end.close_title"), ...part("end.blocked", owed, line), ...part("end.tasks_open", left, handed),
      el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
  });

  actions["command-goto"] = function (pressed) {
    const { duty } = pressed.dataset;
    pressed.closest("dialog").close();
    const card = document.querySelector(`#incident-duties [data-key="d${duty}"]`);
    if (!card) return;
    card.scrollIntoView({ block: "center" });
    const first = card.querySelector("button, summary");
    if (first) first.focus({ preventScroll: true });
  };
})();
