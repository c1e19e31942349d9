/* The review of an incident (dashboard/pages/review.py): figures, clauses, who was told, lessons. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});
  const actions = (fh.actions = fh.actions || {});
  const state = { id: null, fault: null };
  const page = { root: "review", again: 10000, stale: "rev.failed", asked: () => address(""), missing: () => inc.noSuch(), draw };
  const reread = () => fh.reading.again(page);
  const show = (review) => fh.reading.take(page, review);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountReview(data) {
      if (data) requestAnimationFrame(() => mount(data.id));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id, fault: null });
    fh.reading.open(page);
  }

  const address = (verb) => `/live/incident/${encodeURIComponent(state.id)}/review${verb}`;
  const words = (failed) => (failed.errors && failed.errors.length ? failed.errors.map((one) => one.message).join("；") : failed.message);

  /* ---- lessons and the signature ------------------------------------------------------------------- */

  const place = () => `fh-lesson:${state.id}`;
  document.addEventListener("input", (event) => { if (event.target.id === "review-text") fh.keep(place(), event.target.value); });

  async function write(form) {
    const box = form.elements.text;
    if (!box.value.trim()) { box.focus(); return; }
    try {
      const review = await fh.json(address("/lessons"), { text: box.value });
      fh.keep(place(), "");
      box.value = "";
      state.fault = null;
      show(review);
      fh.toast(t("rev.saved"));
    } catch (failed) {
      state.fault = t("rev.kept_here", { reason: words(failed) });
      fh.reading.show(page);
    }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "review-write") return;
    event.preventDefault();
    write(event.target);
  });

  actions["review-edit"] = function (pressed) {
    const lesson = page.held.lessons.find((one) => String(one.id) === pressed.dataset.lesson);
    const box = el("textarea", { name: "text", rows: 6, maxlength: 2000, required: true });
    box.value = lesson.text;
    inc.ask(t("rev.edit"), {
      fields: [inc.field(t("rev.text_label"), box)],
      save: t("rcp.save"),
      send: async () => {
        try {
          show(await fh.json(address(`/lessons/${lesson.id}`), { version: lesson.version, text: box.value }));
        } catch (failed) { reread(); throw new Error(words(failed)); }
      },
    });
  };

  actions["review-sign"] = function () {
    const { proves, tasks: given } = page.held;
    const running = given.filter((task) => ["assigned", "accepted", "done"].includes(task.state)).length;
    // While rectification runs the review proves the nearest duty only: a later one follows it to its end.
    const nearest = proves.reduce((least, duty) => (!least || Date.parse(duty.due_at) < Date.parse(least) ? duty.due_at : least), null);
    const tick = (duty) => el("label.fh-radio", null, el("input", { type: "checkbox", name: "duty", value: duty.id, checked: !running || duty.due_at === nearest }),
      el("span", null, `${duty.clause} ${title(duty)}`));
    inc.ask(t("rev.sign"), {
      intro: el("p", null, t("rev.sign_as", { who: inc.meWords() })),
      fields: [
        inc.field(t("rev.sign_number"), el("input", { name: "number", required: true, maxlength: 80, autocomplete: "off" })),
        proves.length ? el("fieldset", null, el("legend", null, t("rev.sign_proves")), proves.map(tick)) : null,
        running ? el("p.inc-warn", null, t("rev.sign_running", { n: running })) : null,
      ],
      save: t("rev.sign"),
      send: async (form) => {
        const duties = [...form.querySelectorAll("[name=duty]:checked")].map((box) => Number(box.value));
        try {
          show(await fh.json(address("/sign"), { number: form.elements.number.value.trim(), duties }));
        } catch (failed) { reread(); throw new Error(words(failed)); }
        fh.toast(t("rev.sign_done"));
        fh.refresh();
      },
    });
  };

  /* ---- rectification: the verbs of command, on this page ----------------------------------------------- */

  async function command(verb, body) {
    try {
      await fh.json(`/live/incident/${encodeURIComponent(state.id)}/command/${verb}`, body);
    } catch (failed) { reread(); throw new Error(words(failed)); }
    await reread();
  }
  const taskOf = (pressed) => page.held.tasks.find((one) => String(one.id) === pressed.dataset.task);
  const area = (name, more) => el("textarea", { name, rows: 2, maxlength: 500, ...more });
  const OWNERS = ["branch_leader", "branch_deputy", "branch_contact", "branch_service", "sub_head", "sub_deputy", "sub_lobby_manager", "ho_deputy", "duty_officer"];

  actions["review-task"] = function () {
    const { place } = page.held;
    const branch = place.branch_code && place.branch_code !== place.code ? place.branch_code : null;
    const unitFor = (role) => (role.startsWith("sub_") || !branch ? place.code : role.startsWith("branch_") ? branch : null);
    const owners = OWNERS.filter((role) => unitFor(role) && (place.level === "sub_branch" || place.level === "outlet" || !role.startsWith("sub_")));
    inc.ask(t("rev.task_new"), {
      fields: [
        inc.field(t("rev.task_what"), area("title", { required: true, maxlength: 200 })),
        inc.field(t("form.role"), el("select", { name: "role" }, owners.map((role) => el("option", { value: role }, t(role))))),
        inc.field(t("task.person"), el("input", { name: "person", maxlength: 40, autocomplete: "off" })),
        el("fieldset", null, el("legend", null, t("task.within")), inc.choice("days", [7, 15, 30].map((n) => [String(n), t("span.d", { n })]), "7")),
      ],
      save: t("task.save"),
      send: ({ elements }) => command("assign", { kind: "rectification", title: elements.title.value.trim(), unit: unitFor(elements.role.value), role: elements.role.value,
        person: elements.person.value.trim() || null, minutes: Number(elements.days.value) * 1440 }),
    });
  };
  actions["review-task-done"] = function (pressed) {
    const task = taskOf(pressed);
    inc.ask(t("task.finish_title", { title: task.title }), {
      fields: [inc.field(t("task.result"), area("result", { required: true })), inc.field(t("task.evidence"), area("evidence", { required: true }))],
      save: t("task.finish"),
      send: ({ elements }) => command("task-done", { task: task.id, result: elements.result.value.trim(), evidence: elements.evidence.value.trim() }),
    });
  };
  actions["review-task-check"] = function (pressed) {
    const task = taskOf(pressed);
    inc.ask(t("task.check_title", { title: task.title }), {
      intro: el("p", null, t("task.evidence"), "：", task.evidence || "–"),
      fields: [inc.choice("passed", [["yes", t("task.passed")], ["no", t("task.returned")]], "yes"), inc.field(t("task.check_note"), area("reason"))],
      save: t("task.check"),
      send: ({ elements }) => command("task-check", { task: task.id, passed: elements.passed.value === "yes", reason: elements.reason.value.trim() || null }),
    });
  };

  /* ---- drawing ---------------------------------------------------------------------------------------- */

  const button = (kind, action, text, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);

  function span(seconds) {
    if (seconds === null || seconds === undefined) return "";
    const parts = [["d", Math.floor(seconds / 86400)], ["h", Math.floor(seconds / 3600) % 24], ["m", Math.floor(seconds / 60) % 60], ["s", seconds % 60]].filter(([, n]) => n).slice(0, 2);
    const shown = (parts.length ? parts : [["s", 0]]).map(([unit, n]) => t(`rev.span.${unit}`, { n }));
    return shown.join(fh.english() ? " " : "");
  }
  const STATE = { met: "acknowledged", entered_late: "watch", missed: "gap", overdue: "gap", open: "ready", waived: "quiet" };
  const verdict = (row) => fh.badge(STATE[row.verdict], t(`rev.v.${row.verdict}`, { time: span(row.seconds) }));
  const title = (row) => (fh.english() ? row.title_en : row.title_zh);

  function draw() {
    const review = page.held;
    const sections = { head, figures, clauses, told, lessons, tasks, timeline };
    for (const [name, make] of Object.entries(sections)) fh.fill(at(`review-${name}`), make(review));
    const box = at("review-text");
    const draft = fh.kept(place());
    if (box && !box.value && draft && box !== document.activeElement) box.value = draft;
  }

  function head(review) {
    const unit = review.place.level === "head_office" ? t("incident.whole_bank") : review.place.short_name;
    const kinds = [["html", t("rev.print")], ["pdf", "PDF"], ["docx", "DOCX"]];
    const { signed } = review;
    const facts = [t("rev.people_words", { clients: review.clients, heads: review.headcount, onlookers: review.onlookers }), review.product, review.close_reason].filter(Boolean);
    return [
      el("p.inc-eyebrow", { "data-key": "eyebrow" }, el("a.inc-kin", { href: `/incident/${review.incident}` }, t("rev.to_incident", { id: review.incident })),
        el("span.rcp-prints", null, kinds.map(([kind, text]) => el("a.inc-link", { href: address(`.${kind}`), target: "_blank", rel: "noopener" }, text)))),
      el("h1.rcp-title", { "data-key": "title" }, t("rev.title", { unit }), fh.badge(review.severity, t(`severity.${review.severity}`))),
      el("p.fh-meta", { "data-key": "facts" }, facts.join(" · ")),
      signed ? el("p.rev-signed", { "data-key": "signed" }, fh.badge("acknowledged", t("rev.signed", { name: inc.person(signed.by, signed.role), time: fh.hourMinute(signed.at), number: signed.number })), el("small", null, t("rev.kept")))
        : el("p.rev-signed", { "data-key": "unsigned" }, review.state === "open" ? fh.badge("incident", t("rev.open")) : el("span", null, t("rev.so_far", { time: fh.hourMinute(review.as_of) }))),
    ];
  }

  function figures(review) {
    return [el("ol.rev-figures", { "data-key": "figures" }, review.figures.map((one) =>
      el("li.rev-figure", { "data-key": one.key, "data-done": String(Boolean(one.at)) },
        el("span", null, t(`rev.f.${one.key}`)),
        el("strong", null, one.seconds === null ? (one.at ? fh.hourMinute(one.at) : t("rev.not_yet")) : span(one.seconds)),
        el("small", null, one.at && one.seconds !== null ? `${fh.hourMinute(one.at)} · ${t(one.key === "alarm" ? "rev.since.alarm" : "rev.since")}` : ""),
        one.clocks.map((clock) => el("small.rev-clock", null, `${clock.clause} ${clock.within ? `(${fh.duty.span(clock.within)})` : ""} `, verdict(clock))))))];
  }

  function grid(name, heads, rows) {
    const labels = heads.map((key) => t(`rev.h.${key}`));
    return el("table.fh-table.rev-table", { "data-key": name }, el("caption.fh-hidden", null, t(`rev.${name}`)),
      el("thead", null, el("tr", null, labels.map((label) => el("th", { scope: "col" }, label)))),
      el("tbody", null, rows.map(({ key, cells, state: rowState }) => el("tr", { "data-key": key, "data-verdict": rowState || null }, cells.map((cell, nth) => el("td", { "data-head": labels[nth] }, el("span", null, cell)))))));
  }

  function clauses(review) {
    if (!review.clauses.length) return [fh.empty(t("rev.clauses_none"))];
    const sum = Object.entries(review.summary).filter(([, n]) => n).map(([key, n]) => fh.badge(STATE[key], t(`rev.sum.${key}`, { n })));
    return [el("p.rev-sum", { "data-key": "sum" }, sum),
      grid("clauses", ["clause", "who", "due", "ended", "verdict"], review.clauses.map((row, nth) => ({
        key: `${row.clause}-${nth}`, state: row.verdict, cells: [
          [el("b", null, row.clause), " ", title(row), row.source ? el("small", null, row.source) : null],
          `${row.unit_name} ${t(row.role)}`, fh.hourMinute(row.due_at), fh.hourMinute(row.ended_at),
          [verdict(row), row.waive_reason ? el("small", null, t("rev.waived_by", { who: inc.actor(row.waived_by || "") || row.waived_by, reason: row.waive_reason })) : null,
            row.evidence.number ? el("small", null, t("rev.number", { number: row.evidence.number })) : null]] })))];
  }

  function told(review) {
    if (!review.told.length) return [fh.empty(t("rev.told_none"))];
    return [grid("told", ["name", "role", "told_at", "text", "answered", "took"], review.told.map((one, nth) => ({
      key: `t${nth}`, cells: [one.name || "–", t(one.role), fh.hourMinute(one.told_at), one.text ? t(`rev.text.${one.text}`) : "–",
        one.answered_at ? fh.badge("acknowledged", fh.hourMinute(one.answered_at)) : fh.badge("unanswered", t("rev.unanswered")), span(one.seconds) || "–"] })))];
  }

  function lessons(review) {
    const list = review.lessons.map((one) => el("li.rev-lesson", { "data-key": `l${one.id}` },
      el("p", null, one.after_signing ? el("b", null, t("rev.added")) : null, one.text),
      el("small", null, [inc.person(one.author, one.role), fh.hourMinute(one.at), ...(one.edited_at ? [t("rev.edited", { time: fh.hourMinute(one.edited_at) })] : [])].join(" · ")),
      one.locked || !fh.can("write_review") ? null : button("quiet", "review-edit", t("rev.edit"), { "data-lesson": one.id })));
    return [
      el("ol.rev-lessons", { "data-key": "list" }, list.length ? list : el("li", null, fh.empty(t("rev.lessons_none")))),
      !fh.can("write_review") ? el("p.inc-me", { "data-key": "me" }, inc.meLine()) : el("form.fh-form", { id: "review-write", "data-key": "write", novalidate: true },
        inc.field(t(review.signed ? "rev.write_added" : "rev.write"), el("textarea", { id: "review-text", name: "text", rows: 3, maxlength: 2000, placeholder: review.signed ? "" : t("rev.lessons_hint") })),
        state.fault ? el("p.fh-form-fault", { role: "alert" }, state.fault) : null,
        el("div.rev-write", null, el("span.inc-me", null, inc.meLine()),
          el("button.fh-button.fh-button--plain", { type: "submit" }, t(review.signed ? "rev.write_added" : "rev.write")), sign(review))),
    ];
  }

  function sign(review) {
    if (review.signed || !fh.can("sign_review")) return null;
    const wait = review.state === "open" ? "rev.sign_wait" : review.lessons.length ? null : "rev.sign_need";
    return [button("main", "review-sign", t("rev.sign"), { id: "review-sign", disabled: wait !== null, "aria-describedby": wait ? "review-wait" : null }),
      wait ? el("small.fh-meta", { id: "review-wait" }, t(wait)) : null];
  }

  const TASK = { assigned: "waiting", accepted: "ready", done: "watch", checked: "acknowledged", cancelled: "quiet" };

  const acts = (task) => [
    ["assigned", "accepted"].includes(task.state) && fh.can("work_task") ? button("plain", "review-task-done", t("task.finish"), { "data-task": task.id, "aria-label": `${t("task.finish")} ${task.title}` }) : null,
    task.state === "done" && fh.can("command") ? button("plain", "review-task-check", t("task.check"), { "data-task": task.id, "aria-label": `${t("task.check")} ${task.title}` }) : null,
  ];

  function tasks(review) {
    const hint = el("div.rev-new-task", { "data-key": "hint" }, fh.can("command") ? button("plain", "review-task", t("rev.task_new")) : null, el("p.fh-meta", null, t("rev.tasks_hint")));
    if (!review.tasks.length) return [fh.empty(t("rev.tasks_none")), hint];
    return [grid("tasks", ["task", "owner", "due", "state", "evidence"], review.tasks.map((one) => ({
      key: `k${one.id}`, cells: [[one.title, one.detail ? el("small", null, one.detail) : null], [one.unit_name, t(one.role), one.person].filter(Boolean).join(" "), fh.hourMinute(one.due_at),
        [fh.badge(TASK[one.state], t(`rev.task.${one.state}`)), acts(one)], [one.evidence || "–", one.checked_by ? el("small", null, t("rev.checked", { name: one.checked_by, time: fh.hourMinute(one.checked_at) })) : null]] }))), hint];
  }

  function timeline(review) {
    if (!review.timeline.length) return [fh.empty(t("rev.timeline_none"))];
    return [el("ol.inc-timeline.rev-timeline", { "data-key": "timeline" }, review.timeline.map((entry) =>
      el("li.inc-entry", { "data-key": `e${entry.seq}` }, el("time", { datetime: entry.at }, fh.hourMinute(entry.at)), el("span", null, fh.english() ? entry.en : entry.zh), el("small", null, inc.actor(entry.by)))))];
  }
})();
