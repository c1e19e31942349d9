/* 预案: the plan in force, its ladder drawn, each clause in a row with what is open of it now.
 *
 * On a phone the clauses are folded by the event that calls them; a search opens what it finds.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const AGAIN_MS = 30000;
  const phone = matchMedia("(max-width: 760px)");
  const state = { plan: null, failed: null, subscribed: false, readAt: -Infinity, reading: null, text: "", file: "", marked: "", unfolded: new Set() };
  const both = (thing, name) => (fh.english() ? thing[`${name}_en`] : thing[`${name}_zh`]);
  const roles = (codes) => fh.inc.roles(codes);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountPlan(wanted) {
      if (wanted) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    Object.assign(state, { text: "", file: "", failed: null, marked: decodeURIComponent(location.hash.slice(1)), unfolded: new Set() });
    fh.fill(at("plan-tools"), tools());
    if (!state.subscribed) {
      fh.onSnapshot(() => { if (at("plan") && performance.now() - state.readAt > AGAIN_MS) read(); });
      phone.addEventListener("change", draw);
    }
    state.subscribed = true;
    draw();
    Promise.all([read(), fh.planTrial.mount()]).then(reveal);
  }

  /** One reading at a time: who asks meanwhile waits for it too. */
  function read() {
    state.reading ||= readOnce().finally(() => { state.reading = null; });
    return state.reading;
  }

  async function readOnce() {
    state.readAt = performance.now();
    try {
      state.plan = await fh.json("/live/plan");
      state.failed = null;
    } catch (failed) {
      state.failed = failed.message;
    }
    draw();
  }
  actions["plan-again"] = () => read();

  /** /plan#WP-13 shows that clause. */
  function reveal() {
    const named = state.plan && state.plan.clauses.find((clause) => clause.id === state.marked);
    if (named) state.unfolded.add(named.event);
    draw();
    const row = document.querySelector("#plan-clauses tr[data-marked]");
    if (row) row.scrollIntoView({ block: "center" });
  }

  /** A length of time in words: whole hours and minutes. */
  fh.spanWords = function (seconds) {
    const [d, h, m] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    const parts = [[d, "d"], [h, "h"], [m, "m"]].filter(([n]) => n).map(([n, unit]) => t(`span.${unit}`, { n }));
    return parts.join(fh.english() ? " " : "") || t("span.s", { n: seconds });
  };

  /* ---- drawing --------------------------------------------------------------------------------------- */

  function draw() {
    if (!at("plan")) return;
    if (!state.plan) {
      fh.fill(at("plan-head"), state.failed === null ? [el("div.fh-loading", { role: "status" }, t("loading"))]
        : [el("div.fh-failure", { role: "alert" }, el("p", null, t("plan.failed", { reason: state.failed })),
          el("button.fh-button.fh-button--plain", { type: "button", "data-action": "plan-again" }, t("error.retry")))]);
      return;
    }
    fh.fill(at("plan-head"), head(state.plan.files));
    fh.fill(at("plan-ladder"), ladder(state.plan.ladder));
    fh.fill(at("plan-tools"), tools());
    fh.fill(at("plan-clauses"), clauses());
  }

  function head(files) {
    return files.map((file) => el("article.pl-file", { "data-key": file.name, "data-overlay": file.overlay },
      el(file.overlay ? "h2" : "h1", null, file.overlay ? el("span.pl-mark", null, t("plan.overlay")) : null, both(file, "title")),
      el("p.fh-meta", null, [t("plan.version", { version: file.version }), t("plan.count", { n: file.clauses }),
        ...file.lines.map((line) => t("plan.line", { n: line.face_to_face, event: t(`event.${line.event}`) })),
        t("plan.waived_by", { roles: roles(file.waived_by) })].join(" · ")),
      file.basis ? el("p.fh-meta", null, t("plan.basis", { basis: file.basis })) : null));
  }

  function ladder(rule) {
    const step = (key, when, who, notes) => el("li", { "data-key": key }, el("span.pl-when", null, when), el("b", null, who), notes ? el("small", null, notes) : null);
    const after = (seconds) => (seconds ? t("plan.step.after", { time: fh.spanWords(seconds) }) : t("plan.step.start"));
    const notes = (one) => [one.in_turn ? t("plan.step.in_turn") : "", one.quorum > 1 ? t("plan.step.quorum", { n: one.quorum }) : ""].filter(Boolean).join(" · ");
    return [
      el("ol.pl-ladder", { "data-key": "steps" }, rule.steps.map((one, nth) => step(`s${nth}`, after(one.after), roles(one.roles), notes(one))),
        rule.repeat ? el("li.pl-repeat", { "data-key": "repeat" }, el("small", null, t("plan.step.repeat", { every: fh.spanWords(rule.repeat.every), most: rule.repeat.most }))) : null),
      el("p.fh-meta", { "data-key": "stops" }, t("plan.stops")),
      el("ul.pl-beside", { "data-key": "beside" },
        beside(t("plan.page", { time: fh.spanWords(rule.page.after) }), rule.page.roles),
        beside(t("plan.at_once", { when: fh.inc.list(rule.at_once.when.map((one) => t(`plan.when.${one}`))) }), rule.at_once.roles),
        rule.others.map((one) => beside(t(`plan.of.${one.of}`), one.roles))),
    ];
  }
  const beside = (what, who) => el("li", null, el("span", null, what), el("b", null, roles(who)));

  /* ---- clauses ------------------------------------------------------------------------------------------ */

  function tools() {
    const files = state.plan ? state.plan.files : [];
    const chip = (value, text) => el("button.fh-choice", { type: "button", "data-action": "plan-file", "data-file": value, "data-key": `f${value}`, "aria-pressed": String(state.file === value) }, text);
    return [
      el("input", { type: "search", id: "plan-search", "data-key": "search", placeholder: t("plan.search"), "aria-label": t("plan.search"), autocomplete: "off" }),
      files.length > 1 ? el("div.dt-choices", { role: "group", "data-key": "files" }, chip("", t("plan.all")), files.map((file) => chip(file.name, both(file, "title")))) : null,
    ];
  }
  actions["plan-file"] = function (pressed) {
    state.file = pressed.dataset.file;
    draw();
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "plan-search") return;
    state.text = event.target.value;
    if (state.plan) fh.fill(at("plan-clauses"), clauses());
  });

  function wanted(clause) {
    if (state.file && clause.plan !== state.file) return false;
    const text = state.text.trim().toLowerCase();
    if (!text) return true;
    const said = [clause.id, clause.title_zh, clause.title_en, clause.text_zh, clause.text_en, clause.source, t(`event.${clause.event}`), ...clause.who.map((role) => t(role))];
    return text.split(/\s+/).every((word) => said.some((part) => part.toLowerCase().includes(word)));
  }

  function clauses() {
    const found = state.plan.clauses.filter(wanted);
    if (!found.length) return [fh.empty(t("plan.none", { text: state.text }))];
    return phone.matches ? folds(found) : [table(found)];
  }

  function folds(found) {
    const groups = new Map();
    for (const clause of found) groups.set(clause.event, [...(groups.get(clause.event) || []), clause]);
    return [...groups].map(([event, rows]) => {
      const late = rows.reduce((sum, clause) => sum + clause.overdue, 0);
      return el("details.pl-fold", { "data-key": event, open: state.text.trim() !== "" || state.unfolded.has(event) },
        el("summary", null, el("b", null, t(`event.${event}`)), el("span", null, t("plan.count", { n: rows.length })),
          late ? fh.badge("gap", `${t("duty.overdue")} ${late}`) : null, el("small", null, `${rows[0].id} ${both(rows[0], "title")}`)),
        table(rows));
    });
  }
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches(".pl-fold") && !state.text.trim()) state.unfolded[target.open ? "add" : "delete"](target.dataset.key);
  }, true);

  function table(rows) {
    const heads = ["id", "text", "event", "who", "within", "proof", "then", "open"].map((name) => t(`plan.head.${name}`));
    const row = (clause) => el("tr", { "data-key": `${clause.plan}:${clause.id}`, "data-clause": clause.id, "data-marked": clause.id === state.marked },
      cells(clause).map((cell, nth) => el("td", { "data-head": heads[nth] }, el("div", null, cell))));
    return el("table.fh-table.pl-table", { "data-key": "table" }, el("caption.fh-hidden", null, t("plan.clauses")),
      el("thead", null, el("tr", null, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", null, rows.map(row)));
  }

  function cells(clause) {
    const small = (text) => (text ? el("small", null, text) : null);
    return [
      el("b.pl-id", null, clause.id),
      [el("strong", null, both(clause, "title")), small(both(clause, "text")), el("small.pl-source", null, clause.source, clause.replaces.length ? ` · ${t("plan.replaces", { clause: clause.replaces.join("、") })}` : "")],
      [t(`event.${clause.event}`), small(where(clause.where))],
      [fh.inc.list(clause.who.map((role) => t(role))), clause.who.length > 1 ? small(t("plan.first_of")) : null],
      [el("b.pl-within", null, both(clause, "within")), clause.runs_from === "aware" ? null : small(t(`plan.runs.${clause.runs_from}`))],
      fh.inc.list(clause.fulfilled_by.map((kind) => t(`evidence.${kind}`))),
      then(clause).map(small),
      open(clause),
    ];
  }

  function where(rule) {
    if (!rule) return "";
    const named = (name, say) => (rule[name] ? [t(`plan.where.${name}`, { what: fh.inc.list(rule[name].map(say)) })] : []);
    const face = rule.face_to_face === undefined || rule.face_to_face === null ? [] : [t(rule.face_to_face ? "plan.where.face_to_face" : "plan.where.not_face_to_face")];
    return [...named("channels", (one) => t(one)), ...named("classes", (one) => one), ...named("flags", (one) => t(one)), ...face].join(" · ");
  }

  function then(clause) {
    const { extension: longer } = clause;
    return [
      clause.remind.length ? t("plan.remind", { times: fh.inc.list(clause.remind.map(fh.spanWords)) }) + (clause.remind_by === "sms" ? t("plan.remind_sms") : "") : "",
      ...(clause.calls.length ? clause.calls.map((call) => (call.after ? t("plan.breach_step", { after: fh.spanWords(call.after), roles: roles(call.roles) }) : t("plan.breach_now", { roles: roles(call.roles) }))) : [t("plan.breach_note")]),
      longer ? [t("plan.extension", { within: fh.duty.span(longer.within), most: longer.most }), longer.tell_client ? t("plan.extension_told") : "",
        longer.approval ? t("plan.extension_approval", { role: t(longer.approval) }) : ""].filter(Boolean).join("，") : "",
    ].filter(Boolean);
  }

  function open(clause) {
    if (!clause.open) return el("span.pl-none", null, t("plan.open_none"));
    return el("a.inc-link", { href: `/duties?all&clause=${encodeURIComponent(clause.id)}`, title: t("plan.open_link", { clause: clause.id }) },
      t("plan.open", { n: clause.open }), clause.overdue ? [" ", fh.badge("gap", `${t("duty.overdue")} ${clause.overdue}`)] : null);
  }
})();
