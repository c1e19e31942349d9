/* The live board: where does it burn, who has not answered, which clock runs out next.
 *
 * Draws the snapshot into the containers that dashboard/pages/board.py lays out. Each draw builds
 * the wanted elements and fh.fill changes only what differs.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const view = { branch: null, province: null }; // what the list is narrowed to
  const actions = (fh.actions = fh.actions || {});
  const at = (id) => document.getElementById(id);
  const title = (thing) => (fh.english() ? thing.title_en : thing.title_zh);
  const roles = (codes) => codes.map((code) => t(code)).join(fh.english() ? ", " : "、");

  /** Called by Dash when the board's layout is on the page; says whether the map is wanted. */
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountBoard() {
      const narrow = matchMedia("(max-width: 760px)").matches;
      requestAnimationFrame(() => {
        if (!mountBoard.subscribed) fh.onSnapshot(draw);
        else if (fh.snapshot()) draw(fh.snapshot());
        mountBoard.subscribed = true;
        fh.setMapView(fh.kept("fh-map") || (narrow ? "tiles" : "map"));
      });
      const wanted = (fh.kept("fh-map") || (narrow ? "tiles" : "map")) === "map";
      return wanted ? true : window.dash_clientside.no_update;
    },
  });
  const mountBoard = { subscribed: false };

  function draw(snapshot) {
    if (!at("board")) return;
    const calm = snapshot.incidents.length === 0;
    at("board").toggleAttribute("data-calm", calm);
    fh.fill(at("board-figures"), figures(snapshot.figures));
    fh.fill(at("board-hero"), [hero(snapshot)]);
    fh.fill(at("board-incidents"), incidents(snapshot));
    tight();
    fh.fill(at("board-after"), after(snapshot.after));
    fh.fill(at("board-who"), who(snapshot));
    fh.fill(at("board-teams"), teams(snapshot));
    fh.fill(at("board-watches"), watches(snapshot.watches));
    fh.fill(at("board-feed"), feed(snapshot.feed));
    requestAnimationFrame(() => { fh.drawMap(snapshot); fades(); });
  }
  /** Where the incidents do not fit with every clock of each, each says how many more it has. */
  function tight() {
    const list = at("board-incidents");
    list.toggleAttribute("data-tight", false);
    list.toggleAttribute("data-tight", list.scrollHeight - list.clientHeight > 4);
  }
  /** A list that goes on below its edge fades out there; one that ends does not. */
  function fades() {
    for (const list of document.querySelectorAll("#board .fh-scroll")) {
      list.toggleAttribute("data-more", list.scrollHeight - list.clientHeight - list.scrollTop > 4);
    }
  }
  document.addEventListener("scroll", (event) => { if (event.target.closest && event.target.closest("#board")) fades(); }, true);
  addEventListener("resize", () => { if (at("board")) { tight(); fades(); } });
  fh.redrawBoard = () => { if (fh.snapshot()) draw(fh.snapshot()); };

  /** Nothing could be read yet: say so where the figures will stand. */
  fh.boardFailed = function (reason) {
    if (!at("board")) return;
    fh.fill(at("board-figures"), [el("div.fh-failure", { role: "alert" },
      el("p", null, t("error.load", { reason })),
      el("button.fh-button.fh-button--plain", { type: "button", "data-action": "retry" }, t("error.retry")))]);
  };
  actions.retry = () => fh.refresh();

  /* ---- figures -------------------------------------------------------------------------------- */

  function figures(f) {
    const figure = (key, value, state, note) =>
      el("div.fh-figure", { "data-key": key, "data-state": value && state ? state : null },
        el("span.fh-figure-name", null, value && state ? fh.shape() : null, t(`figure.${key}`)),
        el("strong.fh-figure-value", null, value), note ? el("small", null, note) : null);
    const trouble = f.messages_failed || f.messages_withheld;
    const note = trouble ? t("figure.messages_note", { failed: f.messages_failed, withheld: f.messages_withheld }) : null;
    return [
      figure("unacknowledged", f.unacknowledged, "unanswered"),
      figure("open_incidents", f.open_incidents),
      figure("clients", f.clients),
      figure("watches", f.watches, "watch"),
      figure("complaints_today", f.complaints_today),
      figure("messages", f.messages_waiting, null, note),
    ];
  }

  /* ---- the next clock -------------------------------------------------------------------------- */

  const openDuties = (incident) => incident.duties.filter((duty) => duty.state === "open")
    .sort((a, b) => (a.due_at < b.due_at ? -1 : 1));
  const unitName = (incident) => (incident.unit && incident.unit.level !== "head_office" ? incident.unit.short_name : t("incident.whole_bank"));
  const page = (incident) => `/incidents/${incident.id}`;
  const answered = (incident) => incident.acknowledgements.length > 0;

  /** The clock that runs out next, and those that have: an old breach must not hide what comes. */
  function clocks(snapshot) {
    const all = snapshot.incidents.flatMap((incident) => openDuties(incident).map((duty) => ({ incident, duty })))
      .sort((a, b) => (a.duty.due_at < b.duty.due_at ? -1 : 1));
    const over = all.filter(({ duty }) => Date.parse(duty.due_at) <= fh.now());
    return { next: all[over.length] || all[0], over };
  }

  function breaches(over) {
    if (!over.length) return null;
    const { incident, duty } = over[0];
    return el("p.fh-breaches", null, fh.badge("gap", t("duty.breaches", { n: over.length })),
      el("a", { href: page(incident) }, `${unitName(incident)} ${title(duty)}`), fh.countdown(duty.due_at, null, "row"));
  }

  function hero(snapshot) {
    const { next: found, over } = clocks(snapshot);
    if (!snapshot.incidents.length) return calm(snapshot);
    if (!found) return el("div.fh-hero", { "data-key": "none" }, el("h2", null, t("board.next")), fh.empty(t("calm.clocks")));
    const { incident, duty } = found;
    const late = over.includes(found);
    return el("div.fh-hero", { "data-key": `hero-${duty.id}` },
      el("h2", null, late ? t("board.over", { n: over.length }) : t("board.next")),
      late ? null : breaches(over),
      fh.countdown(duty.due_at, duty.warn_at, "hero"),
      el("p.fh-hero-unit", null, el("a", { href: page(incident) }, unitName(incident)), fh.badge(incident.severity, t(`severity.${incident.severity}`))),
      el("p.fh-hero-duty", null, title(duty)),
      el("div.fh-hero-foot", null,
        el("p.fh-meta", null, t(duty.role), " · ", duty.clause, " · ", fh.hourMinute(duty.due_at)), buttons(incident)));
  }

  function calm(snapshot) {
    const since = snapshot.figures.quiet_since;
    return el("div.fh-calm", { "data-key": "calm" },
      el("span.fh-calm-mark", { "aria-hidden": "true" }),
      el("h2", null, t("calm.title")),
      el("p", null, since ? t("calm.since", { time: fh.hourMinute(since) }) : t("calm.ever")),
      el("p.fh-meta", null, t("calm.engine", { age: fh.engineAge() })));
  }

  function buttons(incident) {
    const data = { type: "button", "data-incident": incident.id };
    return el("div.fh-actions", null,
      !fh.can("acknowledge") && !fh.can("acknowledge_for") ? null : el(`button.fh-button.fh-button--${answered(incident) ? "quiet" : "main"}`, { ...data, "data-action": "acknowledge" },
        t(answered(incident) ? "act.acknowledge_other" : "act.acknowledge")),
      fh.may("call") && el("button.fh-button.fh-button--plain", { ...data, "data-action": "call" }, t("act.call")));
  }

  /* ---- incidents ---------------------------------------------------------------------------------- */

  function incidents(snapshot) {
    const shown = snapshot.incidents.filter(inView);
    const roomy = shown.length <= 2; // room for every clock of each
    const rows = shown.map((incident) => incidentRow(incident, roomy));
    if (!view.branch && !view.province) return rows;
    const name = view.branch || view.province;
    const hidden = snapshot.incidents.length - shown.length;
    const chip = el("div.fh-filter", { "data-key": "filter" },
      el("span", null, t("filter.only", { branch: name })),
      hidden > 0 ? el("small", null, t("incident.hidden", { n: hidden })) : null,
      el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "clear-filter" }, t("filter.clear")));
    return [chip, ...(rows.length ? rows : [fh.empty(t("filter.empty", { branch: name }))])];
  }

  /** The offices an incident is about: its own, and those whose keys it carries. */
  const offices = (incident) => [
    ...(incident.unit ? [incident.unit.code] : []),
    ...incident.keys.map((key) => key.split(":")).filter(([kind]) => kind !== "product").map(([, code]) => code),
  ];

  function inView(incident) {
    if (view.branch) return incident.unit && incident.unit.branch === view.branch || offices(incident).some((code) => fh.branchOf(code) === view.branch);
    if (view.province) return offices(incident).some((code) => fh.provinceOf(code) === view.province);
    return true;
  }

  function incidentRow(incident, roomy) {
    const duties = openDuties(incident);
    const over = duties.filter((duty) => Date.parse(duty.due_at) <= fh.now()).length;
    const others = duties.slice(1, 4);
    const state = answered(incident) ? "acknowledged" : "unanswered";
    return el("article.fh-incident", { "data-key": incident.id, "data-state": incident.severity, "data-answer": state, "data-over": over > 0, "data-roomy": roomy, tabindex: "-1" },
      el("span.fh-incident-shape.fh-state", { "data-state": incident.severity }, fh.shape()),
      el("div.fh-incident-what", null,
        el("h3", null, el("a", { href: page(incident) }, unitName(incident)), el("span.fh-state", { "data-state": incident.severity }, t(`severity.${incident.severity}`))),
        el("p.fh-meta", null, facts(incident).join(" · ")),
        el("p.fh-incident-answer", null, answer(incident))),
      el("div.fh-incident-clock", null,
        duties.length ? fh.countdown(duties[0].due_at, duties[0].warn_at, "row") : el("span.fh-state", { "data-state": "quiet" }, fh.shape(), t("duty.none")),
        over ? el("p.fh-incident-over", null, fh.badge("gap", t("duty.breaches", { n: over })), " ", el("span.fh-meta", null, title(duties[0])))
          : duties.length ? el("p.fh-meta", null, title(duties[0]), duties.length > 1 ? [el("span.fh-whole.fh-incident-others", null, " · ", t("incident.other_duties", { n: duties.length - 1 }))] : "") : null),
      roomy && others.length ? el("ul.fh-incident-duties", null, others.map((duty) =>
        el("li", null, el("span", null, title(duty)), fh.countdown(duty.due_at, duty.warn_at, "small")))) : null,
      buttons(incident));
  }

  function facts(incident) {
    const counted = incident.headcount > incident.clients
      ? [t("incident.headcount", { n: incident.headcount })] : [t("incident.clients", { n: incident.clients })];
    const say = (value, key) => (value ? [t(key, { n: value })] : []);
    return [
      ...(incident.origin === "clients" ? [] : [t(`incident.origin.${incident.origin}`)]),
      ...counted,
      ...say(incident.unidentified, "incident.unidentified"),
      ...say(incident.onlookers, "incident.onlookers"),
      ...(incident.product ? [incident.product] : []),
      ...(incident.media_exposed ? [t("incident.media")] : []),
      ...(incident.safety_threat ? [t("incident.safety")] : []),
      ...say(incident.children.length, "incident.children"),
      ...(incident.parent ? [t("incident.parent", { unit: unitName({ unit: incident.parent_unit }) })] : []),
    ];
  }

  function answer(incident) {
    if (!answered(incident)) return fh.badge("unanswered", t("incident.unanswered"));
    const last = incident.acknowledgements[incident.acknowledgements.length - 1];
    const head = incident.acknowledgements.find((given) => given.head_office);
    return [
      fh.badge("acknowledged", t("incident.acknowledged_by", { name: last.by })),
      el("span.fh-meta", null, " ", last.by === t(last.role) ? "" : `${t(last.role)} `, fh.hourMinute(last.at), head && head !== last ? " · " + t("incident.head_office_yes") : ""),
      incident.messages.failed ? el("span.fh-state", { "data-state": "gap" }, fh.shape(), t("incident.messages_failed", { n: incident.messages.failed })) : null,
    ];
  }

  /* ---- calm, but not over: what is being closed, what is overdue beside the incidents -------------- */

  function after(held) {
    if (!held || !(held.closing || held.overdue)) return [];
    return [
      held.overdue ? el("p.fh-after-line", { "data-key": "overdue" }, el("a.fh-after-sum", { href: "/duties?overdue" }, fh.badge("gap", t("after.overdue", { n: held.overdue }))),
        el("span", null, held.units.slice(0, 3).map((unit) => el("a", { href: `/duties?unit=${encodeURIComponent(unit.unit)}&overdue` }, `${unit.unit_name} ${unit.overdue}`)))) : null,
      held.closing ? el("p.fh-after-line", { "data-key": "closing" }, el("span.fh-after-sum", null, fh.badge("quiet", t("after.closing", { n: held.closing }))),
        el("span", null, held.incidents.slice(0, 2).map((incident) => el("a", { href: page(incident) }, `${incident.unit} `, fh.countdown(incident.next_due, null, "small"))))) : null,
    ];
  }

  /* ---- who has not answered ------------------------------------------------------------------------ */

  function who(snapshot) {
    const open = snapshot.incidents.filter((incident) => !answered(incident))
      .sort((a, b) => (a.opened_at < b.opened_at ? -1 : 1));
    at("board-who").toggleAttribute("data-dense", open.length > 2);
    const head = snapshot.incidents.filter((incident) => answered(incident) && headMissing(incident))
      .sort((a, b) => (a.opened_at < b.opened_at ? -1 : 1)).map(headWaiting);
    if (open.length || head.length) return [...open.map(waiting), ...head];
    return [el("div.fh-allclear", { "data-key": "clear" }, fh.badge("acknowledged", t(snapshot.incidents.length ? "calm.who" : "calm.who_none")))];
  }

  const headMissing = ({ acknowledgements, ladder }) =>
    !acknowledgements.some((given) => given.head_office) && Boolean(ladder.page_at || ladder.paged_at);

  /** The branch has it, head office has not: who is told when, in one line. */
  function headWaiting(incident) {
    return el("p.fh-waiting-head", { "data-key": `head-${incident.id}` },
      fh.badge("told", t("ladder.head_missing")), el("a", { href: page(incident) }, unitName(incident)), headPage(incident.ladder));
  }

  /** When head office is told that nobody there has answered, or when it was. */
  function headPage({ page_at: due, paged_at: done }) {
    if (done) return el("span.fh-waiting-page", null, t("ladder.paged", { time: fh.hourMinute(done) }));
    if (!due) return null;
    return Date.parse(due) <= fh.now() ? el("span.fh-waiting-page", null, t("ladder.page_now"))
      : el("span.fh-waiting-page", null, fh.countdown(due, soon(due), "small"), " ", t("ladder.page"));
  }

  function waiting(incident) {
    const { ladder, messages } = incident;
    return el("article.fh-waiting", { "data-key": incident.id },
      el("h3", null, fh.badge("unanswered", ""), el("a", { href: page(incident) }, unitName(incident)),
        el("span.fh-waiting-since", null, t("ladder.waiting"), fh.elapsed(incident.opened_at))),
      el("div.fh-ladder", null, rungs(ladder), el("span", null, ladder.steps ? t("ladder.step", ladder) : t("ladder.none"))),
      el("p.fh-waiting-next", null, nextStep(ladder)),
      el("p.fh-waiting-then", null, headPage(ladder), el("span.fh-meta", null, [
        t("ladder.told", { n: ladder.told }),
        ...(ladder.skipped ? [t("ladder.skipped", { n: ladder.skipped })] : []),
        ...(messages.failed ? [t("incident.messages_failed", { n: messages.failed })] : []),
        ...(messages.withheld ? [t("incident.withheld", { n: messages.withheld })] : []),
      ].join(" · "))));
  }

  function rungs(ladder) {
    const steps = Array.from({ length: ladder.steps }, (_, nth) => el("i", { "data-on": nth < ladder.step }));
    return el("span.fh-rungs", { "aria-hidden": "true" }, steps);
  }

  /** A ladder's step warns in its last minute only: five minutes are its whole life. */
  const soon = (iso) => new Date(Date.parse(iso) - 60e3).toISOString();

  function nextStep(ladder) {
    if (ladder.state === "running" && ladder.next_at) {
      const who = roles(ladder.next_roles);
      if (Date.parse(ladder.next_at) <= fh.now()) return t("ladder.now", { roles: who });
      return fh.english()
        ? [fh.countdown(ladder.next_at, soon(ladder.next_at), "small"), ` ${t("ladder.next")} ${who}`]
        : [fh.countdown(ladder.next_at, soon(ladder.next_at), "small"), ` ${t("ladder.next")}${who}`];
    }
    return ladder.state === "exhausted" ? fh.badge("gap", t("ladder.exhausted")) : t("ladder.stopped");
  }

  /* ---- teams ---------------------------------------------------------------------------------------- */

  function teams(snapshot) {
    const busy = snapshot.teams.filter((team) => team.open_incidents || team.state !== "quiet" || team.gaps);
    const calmOnes = snapshot.teams.length - busy.length;
    return [
      ...busy.map(teamRow),
      calmOnes ? el("p.fh-meta.fh-team-calm", { "data-key": "calm" }, fh.badge("quiet", t("calm.teams", { n: calmOnes }))) : null,
    ];
  }

  function teamRow(team) {
    const people = team.on_duty.map((person) =>
      el("li", { "data-state": person.state, title: `${t(person.role)} ${person.phone_masked || ""}` },
        el("span.fh-state", { "data-state": person.state }, fh.shape()),
        el("span.fh-person", null, person.name || t("person.gap")),
        person.state === "ready" ? null : el("span.fh-person-state", null, person.name ? t(`person.${person.state}`) : t(person.role))));
    return el("article.fh-team", { "data-key": team.unit.code },
      el("h3", null, el("span.fh-state", { "data-state": team.state }, fh.shape()), team.unit.short_name),
      el("ul", null, people));
  }

  /* ---- watches and feed -------------------------------------------------------------------------------- */

  function watches(list) {
    if (!list.length) return [fh.empty(t("calm.watches"))];
    return [...list].sort((a, b) => b.clients / b.threshold - a.clients / a.threshold).map((watch) =>
      el("div.fh-watch", { "data-key": watch.key, title: t("watch.until", { time: fh.hourMinute(watch.until) }) },
        el("span.fh-watch-name", null, watch.unit ? watch.unit.short_name : t("watch.whole_bank"),
          watch.product ? el("small", null, " ", watch.product) : null),
        el("meter", { min: 0, max: watch.threshold, value: watch.clients, "aria-hidden": "true" }),
        el("span.fh-watch-count", null, el("b", null, watch.clients), `/${watch.threshold}`)));
  }

  const said = (entry) => (fh.english() ? entry.en : entry.zh);

  function feed(entries) {
    if (!entries.length) return [fh.empty(t("calm.feed"))];
    return entries.slice(0, 30).map((entry) =>
      el("p.fh-entry", { "data-key": `e${entry.seq}` },
        el("time", { datetime: entry.at }, fh.hourMinute(entry.at)),
        entry.incident ? el("a", { href: `/incidents/${entry.incident}`, title: said(entry) }, said(entry)) : el("span", null, said(entry))));
  }

  /* ---- narrowing and moving ----------------------------------------------------------------------------- */

  fh.narrow = function (kind, name) {
    view.branch = kind === "branch" ? name : null;
    view.province = kind === "province" ? name : null;
    fh.redrawBoard();
    const list = at("board-incidents-panel");
    if (list && matchMedia("(max-width: 760px)").matches) list.scrollIntoView({ block: "start" });
  };
  actions["clear-filter"] = () => fh.narrow(null, null);
  actions.province = (node) => fh.narrow("province", node.dataset.province);

  document.addEventListener("keydown", (event) => {
    if (!at("board") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input,select,textarea,dialog")) return;
    const step = { j: 1, k: -1 }[event.key];
    if (event.key === "Escape") fh.narrow(null, null);
    if (!step) return;
    const rows = [...document.querySelectorAll("#board-incidents .fh-incident")];
    const here = rows.indexOf(document.activeElement.closest(".fh-incident"));
    const row = rows[Math.min(rows.length - 1, Math.max(0, here + step))];
    if (row) { row.querySelector("a").focus(); row.scrollIntoView({ block: "nearest" }); }
  });
})();
