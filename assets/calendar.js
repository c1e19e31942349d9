/* 工作日历: a year of days; pressing one sets it, after showing what would move. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const state = { year: null };
  // Days are set a few times a year: no reason to read a year of them with every step of an incident.
  const page = { root: "calendar", again: 30000, deaf: true, asked: () => (state.year ? `/live/calendar/${state.year}` : "/live/calendar"), draw };
  const read = () => fh.reading.again(page);
  const both = (thing) => (fh.english() ? thing.en : thing.zh);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountCalendar(wanted) {
      if (wanted) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  async function mount() {
    state.year = Number(new URLSearchParams(location.search).get("year")) || null;
    await fh.reading.open(page);
    reveal();
  }

  /** On a phone the year is long: begin where we are. */
  function reveal() {
    if (!matchMedia("(max-width: 760px)").matches) return;
    const today = document.querySelector("#calendar .cal-day[data-today]");
    if (today) today.closest(".cal-month").scrollIntoView({ block: "center" });
  }

  actions["calendar-again"] = () => read();
  actions["calendar-year"] = function (pressed) {
    state.year = Number(pressed.dataset.year);
    history.replaceState(history.state, "", `/calendar?year=${state.year}`);
    read();
  };

  /* ---- drawing ---------------------------------------------------------------------------------------- */

  function draw() {
    if (!page.held || page.failed) {
      fh.fill(at("calendar-head"), [!page.failed ? el("div.fh-loading", { role: "status" }, t("loading"))
        : el("div.fh-failure", { role: "alert", "data-key": "failed" }, el("p", null, t("cal.failed", { reason: page.failed.message })),
          el("button.fh-button.fh-button--plain", { type: "button", "data-action": "calendar-again" }, t("error.retry")))]);
      if (!page.held) return;
    } else {
      fh.fill(at("calendar-head"), head(page.held));
    }
    fh.fill(at("calendar-year"), months(page.held));
    fh.fill(at("calendar-overrides"), overrides(page.held));
  }

  function head({ year, first, last, days, today, published_through: through }) {
    const working = days.filter((day) => day.working).length;
    const go = (to, text, key) => el("button.fh-button.fh-button--plain", { type: "button", "data-key": key, "data-action": "calendar-year", "data-year": to, disabled: to < first || to > last }, text);
    const estimated = days.some((day) => day.provisional);
    return [
      el("h1", { "data-key": "year" }, t("cal.year", { year })),
      el("div.cal-go", { "data-key": "go" }, go(year - 1, t("cal.before"), "before"), go(year + 1, t("cal.after"), "after"), Number(today.slice(0, 4)) === year ? null : go(Number(today.slice(0, 4)), t("cal.this"), "this")),
      el("p.fh-meta", { "data-key": "sum" }, t("cal.sum", { working, off: days.length - working })),
      el("p", { "data-key": "published" }, estimated ? fh.badge("slow", t("cal.provisional_year")) : el("span.fh-meta", null, t("cal.published", { day: through }))),
      el("ul.cal-legend", { "data-key": "legend" }, ["working", "off", "make_up", "set"].map((kind) => el("li", null, el("span.cal-sample", { "data-kind": kind, "aria-hidden": "true" },
        kind === "make_up" || kind === "set" ? t(`cal.mark.${kind}`) : ""), t(kind === "set" ? "cal.overrides" : `cal.kind.${kind}`))),
        estimated ? el("li", null, el("span.cal-sample", { "data-kind": "provisional", "aria-hidden": "true" }), t("cal.kind.provisional")) : null),
    ];
  }

  function months({ days, today }) {
    const names = t("cal.months").split(" ");
    const weekdays = t("cal.weekdays").split(" ");
    return names.map((name, nth) => {
      const own = days.filter((day) => Number(day.day.slice(5, 7)) === nth + 1);
      const lead = (new Date(`${own[0].day}T00:00Z`).getUTCDay() + 6) % 7;
      return el("section.cal-month", { "data-key": `m${nth}`, "aria-label": name }, el("h2", null, name),
        el("div.cal-grid", null, weekdays.map((day) => el("span.cal-weekday", { "aria-hidden": "true" }, day)), Array.from({ length: lead }, () => el("span")), own.map((day) => cell(day, today))));
    });
  }

  const kind = (day) => (day.set ? (day.working ? "set_working" : "set_off") : day.working ? (day.make_up ? "make_up" : "working") : "off");

  function cell(day, today) {
    const what = [say(day), day.day === today ? t("cal.today") : ""].filter(Boolean).join("，");
    const mark = day.set ? t("cal.mark.set") : day.make_up && day.working ? t("cal.mark.make_up") : "";
    return el("button.cal-day", { type: "button", "data-action": "calendar-day", "data-day": day.day, "data-key": day.day, "data-kind": kind(day), "data-today": day.day === today,
      "data-provisional": day.provisional, title: what, "aria-label": `${day.day} ${what}` }, Number(day.day.slice(8)), mark ? el("small", { "aria-hidden": "true" }, mark) : null);
  }

  /** What a day is, and why, in words. */
  function say(day) {
    const why = both(day);
    return [t(`cal.kind.${kind(day)}`), day.set || kind(day) === "make_up" ? "" : why, day.provisional ? t("cal.kind.provisional") : ""].filter(Boolean).join(" · ");
  }

  function overrides({ overrides: rows }) {
    if (!rows.length) return [fh.empty(t("cal.overrides_none"))];
    return [...rows].reverse().map((row) => el("article.cal-override", { "data-key": row.day },
      el("h3", null, el("button.cal-link", { type: "button", "data-action": "calendar-day", "data-day": row.day }, row.day), " ", t(row.working ? "cal.kind.working" : "cal.kind.off")),
      el("p", null, row.reason), el("p.fh-meta", null, t("cal.by", { by: fh.inc.actor(row.set_by) || row.set_by, time: fh.hourMinute(row.set_at) }))));
  }

  /* ---- setting a day: first what it would move ------------------------------------------------------------- */

  async function known(wanted) {
    const year = wanted.slice(0, 4);
    if (page.held && String(page.held.year) === year) return page.held.days.find((day) => day.day === wanted);
    return (await fh.json(`/live/calendar/${year}`)).days.find((day) => day.day === wanted);
  }

  actions["calendar-day"] = async function (pressed) {
    try {
      lay(await known(pressed.dataset.day));
    } catch (failed) {
      fh.toast(t("cal.failed", { reason: failed.message }), "bad");
    }
  };

  function lay(day) {
    const weekday = t("cal.weekdays").split(" ")[(new Date(`${day.day}T00:00Z`).getUTCDay() + 6) % 7];
    const choices = [["working", t("cal.make_working")], ["off", t("cal.make_off")], ...(day.set ? [["clear", t("cal.make_clear")]] : [])];
    if (!fh.can("edit_calendar")) {
      fh.dialog(t("cal.set_title", { day: day.day, weekday: fh.english() ? weekday : `周${weekday}` }), el("p", null, t("cal.now_is", { what: say(day) })),
        el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
      return;
    }
    const moves = el("div.cal-moves", { role: "status" });
    const form = fh.inc.ask(t("cal.set_title", { day: day.day, weekday: fh.english() ? weekday : `周${weekday}` }), {
      intro: el("p.fh-meta", null, t("cal.now_is", { what: say(day) })),
      fields: [
        el("fieldset", null, el("legend", null, t("cal.make")), fh.inc.choice("make", choices, day.working ? "off" : "working")),
        moves,
        fh.inc.field(t("cal.reason"), el("input", { name: "reason", required: true, maxlength: 200, autocomplete: "off", placeholder: t("cal.reason_hint") })),
      ],
      save: t("cal.save"),
      send: async ({ elements }) => {
        const body = { reason: elements.reason.value.trim() };
        const make = elements.make.value;
        const { moved } = make === "clear" ? await fh.duty.post(`/live/calendar/days/${day.day}/clear`, body)
          : await fh.duty.post("/live/calendar/days", { ...body, day: day.day, working: make === "working" });
        fh.toast(moved ? t("cal.saved", { n: moved }) : t("cal.saved_none"));
        read();
      },
    });
    const save = form.querySelector("[type=submit]");
    let asked = 0;
    async function look() {
      const make = form.elements.make.value;
      const mine = (asked += 1);
      const same = make !== "clear" && !day.set && (make === "working") === day.working;
      save.disabled = same;
      if (same) { moves.replaceChildren(el("p.fh-meta", null, t("cal.preview_same"))); return; }
      moves.replaceChildren(el("p.fh-meta", null, t("cal.preview_wait")));
      try {
        const found = await fh.duty.post("/live/calendar/preview", make === "clear" ? { day: day.day } : { day: day.day, working: make === "working", reason: t("cal.make") });
        if (mine === asked) moves.replaceChildren(...told(found));
      } catch (failed) {
        if (mine === asked) moves.replaceChildren(el("p.fh-failure", { role: "alert" }, failed.message));
      }
    }
    form.addEventListener("change", (event) => { if (event.target.name === "make") look(); });
    look();
  }

  function told({ moved, sooner, later, some }) {
    if (!moved) return [el("p.fh-meta", null, t("cal.preview_none"))];
    return [el("p.cal-moved", null, fh.badge(sooner ? "gap" : "slow", [t("cal.preview", { n: moved }), later ? t("cal.later", { n: later }) : "", sooner ? t("cal.sooner", { n: sooner }) : ""].filter(Boolean).join(fh.english() ? ", " : "，"))),
      el("ul.fh-meta", null, some.map((one) => el("li", null, t(one.many > 1 ? "cal.preview_many" : "cal.preview_one", { n: one.many, title: fh.english() ? one.title_en : one.title_zh, from: fh.hourMinute(one.from), to: fh.hourMinute(one.to) }))))];
  }
})();
