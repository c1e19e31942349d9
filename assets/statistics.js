/* 投诉统计: figures, charts with their tables, standing reports; each number opens its tickets.
 *
 * The server says everything in words (dashboard/statistics_shown.py) and hands over Plotly figures
 * whose colours are names of the stylesheet's variables; here they get the theme's values.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const KINDS = ["day", "week", "month", "quarter", "half_year", "year"];
  const state = { mode: "live", report: null, period: "", unit: "", open: new Set() };
  const page = {
    root: "statistics", again: 120000, stale: "stat.failed", deaf: true, draw,
    asked: () => (state.mode === "reports" ? "/live/statistics/reports" : state.report ? `/live/statistics/reports/${state.report}` : `/live/statistics?${wanted()}`),
    read: (address) => fh.json(address, state.report ? {} : undefined), // to open a report is remembered
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountStatistics(given) {
      if (given) requestAnimationFrame(() => mount(given));
      return window.dash_clientside.no_update;
    },
  });

  function mount({ mode, report }) {
    const asked = new URLSearchParams(location.search);
    Object.assign(state, { mode, report: report || null, period: asked.get("period") || "", unit: asked.get("unit") || "" });
    state.open.clear();
    fh.reading.open(page);
  }

  function wanted() {
    const query = new URLSearchParams();
    for (const key of ["period", "unit"]) if (state[key]) query.set(key, state[key]);
    return query.toString();
  }

  /** Show another period or unit; the old one stays, marked as old, until the new one has come. */
  function go(change) {
    Object.assign(state, change);
    history.replaceState(history.state, "", `/statistics?${wanted()}`);
    at("statistics").setAttribute("aria-busy", "true");
    fh.reading.again(page);
  }

  actions["stat-period"] = (pressed) => go({ period: pressed.dataset.period });
  actions["stat-unit"] = (pressed) => go({ unit: pressed.dataset.unit });
  actions["stat-range"] = function (pressed) {
    const [since, until] = pressed.closest(".stat-range").querySelectorAll("input");
    if (since.reportValidity() && until.reportValidity()) go({ period: `${since.value}..${until.value}` });
  };
  actions["stat-define"] = function (pressed) {
    const { key } = pressed.closest("[data-key]").dataset;
    if (!state.open.delete(key)) state.open.add(key);
    drawFigures(page.held);
  };
  document.addEventListener("change", ({ target }) => { if (target.id === "statistics-below" && target.value) go({ unit: target.value }); });
  document.addEventListener("fh:theme", () => { if (at("statistics") && page.held && page.held.charts) drawCharts(page.held.charts); });

  /* ---- drawing ------------------------------------------------------------------------------------ */

  function draw() {
    const root = at("statistics");
    root.removeAttribute("aria-busy");
    root.dataset.mode = state.mode;
    if (state.mode === "reports") { drawReports(page.held.reports); return; }
    fh.fill(at("statistics-head"), head(page.held));
    drawFigures(page.held);
    drawSections(page.held);
    drawCharts(page.held.charts);
  }

  const name = (thing) => (fh.english() ? thing.en : thing.zh);
  const link = (query) => {
    const address = new URLSearchParams();
    for (const [key, values] of Object.entries(query)) for (const value of values) address.append(key, value);
    return `/archive?${address}`;
  };
  /** A number that opens the tickets behind it, where the viewer may see them. */
  const number = (text, query, many) => (query && page.held.open ? el("a", { href: link(query), title: t("stat.behind", { n: many === undefined || many === null ? text : many }) }, text) : text);

  function head(held) {
    const { period, before, year_before: year, unit, report } = held;
    const press = (key, to, text, on) => el("button.fh-button.fh-button--plain", { type: "button", "data-key": key, "data-action": "stat-period", "data-period": to, "aria-pressed": on === undefined ? null : String(on), disabled: !to }, text);
    const files = report ? (kind) => `/live/statistics/reports/${report.id}/${kind}` : (kind) => `/live/statistics/paper/${kind}?${wanted()}`;
    return [
      el("div.stat-title", { "data-key": "title" },
        el("h1", null, report ? t("page.statistics_reports") : t("page.statistics")),
        el("p.stat-period", null, el("b", null, name(period)), " ", el("span.fh-meta", null, t("stat.days", { since: period.since, until: period.through }))),
        el("p.fh-meta", null, t("stat.against", { before: name(before), year: name(year) }), " · ", t("stat.made", { time: fh.hourMinute(held.made_at) })),
        period.running ? el("p", null, fh.badge("slow", t("stat.running", { day: period.through }))) : null,
        report ? frozen(report) : null),
      report ? null : el("div.stat-choose", { "data-key": "choose" },
        el("div.stat-kinds", { role: "group", "aria-label": t("stat.kinds") }, KINDS.map((kind) => press(kind, held.kinds[kind], t(`stat.kind.${kind}`), kind === period.kind))),
        el("div.stat-go", null, press("earlier", held.earlier, t("stat.earlier")), press("later", held.later, t("stat.later"))),
        el("div.stat-range", { role: "group", "aria-label": t("stat.kind.range") },
          el("label", null, t("stat.since"), el("input", { type: "date", required: true, value: period.since, "data-key": "since" })),
          el("label", null, t("stat.until"), el("input", { type: "date", required: true, value: period.through, "data-key": "until" })),
          el("button.fh-button.fh-button--plain", { type: "button", "data-action": "stat-range" }, t("stat.show")))),
      el("div.stat-unit", { "data-key": "unit" }, el("span.fh-meta", null, t("stat.unit")), " ",
        report ? null : unit.above.map((one) => [el("button.stat-link", { type: "button", "data-action": "stat-unit", "data-unit": one.code }, one.name), " › "]),
        el("b", null, unit.name), " ",
        !report && unit.below.length ? el("select", { id: "statistics-below", "aria-label": t("stat.unit") }, el("option", { value: "" }, t("stat.whole")), unit.below.map((one) => el("option", { value: one.code }, one.name))) : null),
      el("div.stat-files", { "data-key": "files" }, ["xlsx", "docx", "pdf"].map((kind) => el("a.fh-button.fh-button--plain", { href: files(kind), "data-key": kind, download: kind !== "pdf" }, t(`stat.${kind}`))),
        el("a.fh-button.fh-button--plain", { href: report ? "/statistics" : "/statistics/reports", "data-key": "reports" }, t(report ? "stat.back" : "stat.reports"))),
    ];
  }

  const people = (opened) => opened.map((one) => `${one.name} ${fh.hourMinute(one.at)}`).join(fh.english() ? ", " : "、");
  function frozen(report) {
    return [el("p", null, t("stat.frozen", { number: report.number, time: fh.hourMinute(report.made_at) })),
      report.whole ? null : el("p.fh-failure", { role: "alert" }, t("stat.changed")),
      el("p.fh-meta", null, t("stat.opened", { who: people(report.opened) }))];
  }

  function drawFigures(held) {
    fh.fill(at("statistics-figures"), held.groups.map((group) => el("section.stat-group", { "data-key": group.key, "aria-label": name(group) }, el("h2", null, name(group)),
      el("div.stat-cards", null, held.figures.filter((figure) => figure.group === group.key).map(card)))));
  }

  function card(figure) {
    const open = state.open.has(figure.key);
    const id = `stat-define-${figure.key}`;
    const rise = (other) => (figure.value === null || other.value === null || figure.value === other.value ? null : figure.value > other.value ? "▲" : "▼");
    return el("div.stat-card", { "data-key": figure.key },
      el("button.stat-name", { type: "button", "data-action": "stat-define", "aria-expanded": String(open), "aria-controls": id, title: figure.definition }, figure.name, el("i.stat-ask", { "aria-hidden": "true" }, "?")),
      el("p.stat-value", null, number(figure.text, figure.query, figure.hits), figure.base ? el("small", null, number(`${figure.hits}`, figure.query), " / ", number(`${figure.base}`, figure.base_query)) : null),
      el("p.stat-versus", null, versus("stat.before", figure.before, rise), versus("stat.year_before", figure.year_before, rise)),
      el("p.stat-definition", { id, hidden: !open }, figure.definition));
  }

  /** The arrow says up or down; the word, and the colour with it, whether that is good. */
  function versus(key, other, rise) {
    const said = other.direction ? ` ${t(`stat.${other.direction}`)}` : "";
    const mark = rise(other);
    return el("span", null, t(key), " ", number(other.text, other.query), " ", el("span.stat-change", { "data-direction": other.direction || null }, mark ? el("i", { "aria-hidden": "true" }, mark) : null, `${other.change}${said}`));
  }

  /* A chart's own nodes are Plotly's: a section is laid out once, and only its table is filled anew. */
  function drawSections({ sections, charts }) {
    const host = at("statistics-sections");
    for (const old of [...host.children]) if (!sections.some((section) => section.key === old.dataset.section)) old.remove();
    for (const section of sections) {
      let box = host.querySelector(`[data-section="${section.key}"]`);
      if (!box) {
        box = el("section.fh-panel.stat-section", { "data-section": section.key, "aria-labelledby": `stat-h-${section.key}` },
          el("header", null, el("h2", { id: `stat-h-${section.key}` }, section.title)), el("p.fh-meta.stat-note"), el("div.stat-chart", { role: "img" }), el("div.stat-table", { tabindex: "0" }));
        host.append(box);
      }
      box.querySelector(".stat-note").textContent = section.note;
      box.toggleAttribute("data-charted", Boolean(charts[section.key]));
      const chart = box.querySelector(".stat-chart");
      chart.setAttribute("aria-label", t("stat.chart", { title: section.title }));
      if (!charts[section.key] && window.Plotly) window.Plotly.purge(chart);
      fh.fill(box.querySelector(".stat-table"), section.rows.length ? [table(section), section.rest ? el("p.fh-meta", { "data-key": "rest" }, section.rest) : null] : [fh.empty(t(["hot", "common"].includes(section.key) ? `stat.empty.${section.key}` : "stat.empty"))]);
    }
  }

  function table(section) {
    return el("table", { "data-key": "table" },
      el("thead", null, el("tr", null, section.header.map((head, nth) => el("th", { scope: "col", "data-form": section.rows[0][nth].form }, head)))),
      el("tbody", null, section.rows.map((row) => el("tr", null, row.map((cell, nth) => el(nth ? "td" : "th", { scope: nth ? null : "row", "data-form": cell.form }, number(cell.text, cell.query, cell.form === "count" ? cell.value : null)))))));
  }

  /* ---- charts ------------------------------------------------------------------------------------- */

  function coloured(thing, values) {
    if (typeof thing === "string") return thing.startsWith("--fh-") ? values.getPropertyValue(thing).trim() : thing;
    if (Array.isArray(thing)) return thing.map((one) => coloured(one, values));
    if (!thing || typeof thing !== "object") return thing;
    return Object.fromEntries(Object.entries(thing).map(([key, one]) => [key, key === "customdata" ? one : coloured(one, values)]));
  }

  let waiting = null;
  /** Plotly comes with the page's one empty graph; until it is there the tables say it all. */
  function drawCharts(charts) {
    clearTimeout(waiting);
    if (!window.Plotly) { waiting = setTimeout(() => { if (at("statistics") && page.held && page.held.charts) drawCharts(page.held.charts); }, 150); return; }
    const values = getComputedStyle(document.documentElement);
    const narrow = matchMedia("(max-width: 760px)").matches;
    for (const [key, chart] of Object.entries(charts)) {
      const host = document.querySelector(`[data-section="${key}"] .stat-chart`);
      if (!host) continue;
      const { data, layout } = coloured(chart, values);
      if (narrow) layout.font.size = 12;
      const first = !host.data;
      window.Plotly.react(host, data, layout, { displayModeBar: false, responsive: true, doubleClick: false });
      if (first) host.on("plotly_click", ({ points }) => { const query = points[0] && points[0].customdata; if (query && page.held.open) location.assign(link(query)); });
    }
  }

  /* ---- standing reports ----------------------------------------------------------------------------- */

  function drawReports(reports) {
    fh.fill(at("statistics-head"), [
      el("div.stat-title", { "data-key": "title" }, el("h1", null, t("page.statistics_reports")), el("p.fh-meta", null, t("stat.none_hint"))),
      el("div.stat-files", { "data-key": "files" }, el("a.fh-button.fh-button--plain", { href: "/statistics" }, t("stat.back"))),
    ]);
    fh.fill(at("statistics-figures"), reports.length ? reports.map((one) => el("article.stat-report", { "data-key": one.id },
      el("h2", null, el("a", { href: `/statistics/reports/${one.id}` }, `${one.unit} · ${name(one)}`)),
      el("p.fh-meta", null, `${one.number} · ${t("stat.made", { time: fh.hourMinute(one.made_at) })} · ${t("stat.sent_to", { roles: one.roles.map((role) => t(role)).join(fh.english() ? ", " : "、") })}`),
      el("p", null, one.opened.length ? fh.badge("ok", t("stat.opened", { who: people(one.opened) })) : fh.badge("gap", t("stat.unopened"))))) : [fh.empty(t("stat.none"), t("stat.none_hint"))]);
  }
})();
