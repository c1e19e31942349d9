/* 我的任务: what my seat owes, next due first; any unit's, or the whole bank's, for who looks after it.
 *
 * Whose duties and which is in the address (?unit=&role=, ?all, ?overdue, ?ended); without it, the
 * seat last chosen here, else the one in which I act. Read again on every revision.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const dt = (fh.duty = fh.duty || {});
  const PAGE = 40;
  const MOST = 200; // one answer holds no more
  const UNITS = 30;

  const view = { scope: "seat", unit: "", text: "", role: "", state: "open", clause: "" };
  const state = { filter: "", wanted: PAGE, seat: null };
  const page = { root: "duties", again: 8000, asked: query, read: ask, draw };
  /** What is known: the duties that `view` means, and the units; null is not read yet. */
  const held = () => page.held || { read: null, units: null };
  const read = () => fh.reading.again(page);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountDuties(wanted) {
      if (wanted) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  /* My own seats, from the server: [{code, text, role}]; and the one last looked at instead. */
  let own = null;
  dt.seats = async function () {
    own = own || fh.json("/live/duties/seats").then((read) => read.seats).catch(() => { own = null; return []; });
    return own;
  };
  const place = () => `fh-duties-of:${fh.viewer() ? fh.viewer().id : ""}`;
  const look_at = (seat) => fh.keep(place(), seat ? JSON.stringify({ ...seat, as: fh.seat() }) : "null");

  /** Whose duties are mine: the seat chosen here while I act in the same seat, else my own, or null. */
  dt.seat = async function () {
    let kept = null;
    try { kept = JSON.parse(fh.kept(place()) || "null"); } catch (broken) { /* as if nothing were kept */ }
    if (kept && kept.code && kept.as === fh.seat()) return kept;
    const seats = await dt.seats();
    return seats.find((seat) => seat.role === fh.seat()) || null;
  };

  async function mount() {
    state.seat = await dt.seat();
    fromAddress();
    state.wanted = PAGE;
    if (!holding) dt.holders.push(holder);
    holding = true;
    fh.reading.open(page);
  }

  let holding = false;
  const holder = { find: (id) => at("duties") && held().read && held().read.duties.find((duty) => duty.id === id), changed: read };

  function fromAddress() {
    const asked = new URLSearchParams(location.search);
    const { seat } = state;
    view.state = asked.has("overdue") ? "overdue" : asked.has("ended") ? "ended" : "open";
    view.clause = asked.get("clause") || "";
    if (asked.get("unit")) Object.assign(view, { scope: "unit", unit: asked.get("unit"), text: asked.get("unit"), role: asked.get("role") || "" });
    else if (asked.has("all") || asked.has("overdue") || asked.has("clause")) Object.assign(view, { scope: "bank", unit: "", text: "", role: "" });
    else if (seat) Object.assign(view, { scope: "seat", unit: seat.code, text: seat.text, role: seat.role || "" });
    else Object.assign(view, { scope: "none", unit: "", text: "", role: "" });
  }

  function toAddress() {
    const parts = [];
    if (view.scope === "unit") parts.push(`unit=${encodeURIComponent(view.unit)}`);
    if (view.scope === "bank") parts.push(view.state === "overdue" ? "overdue" : "all");
    if (view.state !== "open" && !(view.scope === "bank" && view.state === "overdue")) parts.push(view.scope === "seat" && view.state === "overdue" ? "" : view.state);
    if (view.clause) parts.push(`clause=${encodeURIComponent(view.clause)}`);
    const query = parts.filter(Boolean).join("&");
    history.replaceState(history.state, "", query ? `/duties?${query}` : "/duties");
  }

  /* ---- reading ------------------------------------------------------------------------------------- */

  function query(more) {
    const asked = new URLSearchParams({ state: view.state, limit: String(Math.min(more ? PAGE : state.wanted, MOST)) });
    if (view.unit) asked.set("unit", view.unit);
    if (view.role) asked.append("role", view.role);
    if (view.clause) asked.set("clause", view.clause);
    if (more) asked.set("after", more);
    return `/live/duties?${asked}`;
  }

  async function ask(asked) {
    const [duties, { units }] = await Promise.all([view.scope === "none" ? null : fh.json(asked), fh.json("/live/duties/units")]);
    name(units);
    return { read: duties, units };
  }

  /** A unit that the address named by its code alone gets its name from the list of units. */
  function name(units) {
    const known = units.find((unit) => unit.unit === view.unit);
    if (known && view.text === view.unit) view.text = [known.branch, known.unit_name].filter(Boolean).join(" · ");
  }

  actions["duties-more"] = async function (pressed) {
    pressed.disabled = true;
    const meant = query();
    try {
      const next = await fh.json(query(held().read.after));
      if (meant === query() && held().read) join(held().read, next); // else something else is looked at by now
    } catch (failed) {
      fh.toast(t("my.failed", { reason: failed.message }), "bad");
    }
    pressed.disabled = false;
    fh.reading.show(page);
  };

  function join(known, next) {
    const ids = new Set(known.duties.map((duty) => duty.id));
    const duties = [...known.duties, ...next.duties.filter((duty) => !ids.has(duty.id))];
    state.wanted = duties.length;
    fh.reading.take(page, { ...page.held, read: { ...next, duties, groups: groups(duties) } });
  }

  function groups(duties) {
    const found = new Map();
    for (const duty of duties) {
      if (!found.has(duty.about.key)) found.set(duty.about.key, { ...duty.about, duties: [] });
      found.get(duty.about.key).duties.push(duty.id);
    }
    return [...found.values()];
  }

  /* ---- drawing --------------------------------------------------------------------------------------- */

  function draw() {
    fh.fill(at("duties-head"), head());
    fh.fill(at("duties-list"), list());
    if (!document.activeElement || document.activeElement.id !== "duties-filter") fh.fill(at("duties-units"), units());
    else fh.fill(at("duties-units-rows"), unitRows());
  }

  const choice = (value, text, count) =>
    el("button.fh-choice", { type: "button", "data-action": "duties-view", "data-view": value, "aria-pressed": String(view.state === value), "data-key": value },
      count && value === "overdue" ? fh.badge("gap", `${text} ${count}`) : [text, count ? ` ${count}` : ""]);

  /** How much is open and how much of it overdue: duties and assigned tasks. */
  function sums(found) {
    const [duties, tasks] = [found || { open: 0, overdue: 0 }, (found && found.tasks) || { open: 0, overdue: 0 }];
    return { open: duties.open + tasks.open, overdue: duties.overdue + tasks.overdue };
  }

  function head() {
    const whose = view.scope === "bank" ? t("my.units_all") : view.text;
    const role = view.role ? t(view.role) : view.unit ? t("seat.all_roles") : "";
    const counts = sums(held().read);
    return [
      el("div.dt-who", { "data-key": "who" },
        view.scope === "none" ? el("h1", null, t("page.duties")) : el("h1", null, whose, role ? el("small", null, role) : null),
        view.scope === "none" ? null : el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "duties-seat", id: "duties-seat" }, t(state.seat ? "seat.change" : "seat.choose")),
        view.clause ? el("button.fh-choice", { type: "button", "data-action": "duties-clause", "aria-pressed": "true", title: t("filter.clear") }, t("my.clause", { clause: view.clause }), " ×") : null,
        state.seat && view.scope !== "seat" ? el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "duties-mine" }, t("page.duties")) : null),
      view.scope === "none" ? null : el("div.dt-tools", { "data-key": "tools" },
        el("div.dt-choices", { role: "group", "aria-label": t("my.view") },
          choice("open", t("my.all"), counts.open), choice("overdue", t("my.only_overdue"), counts.overdue), choice("ended", t("my.ended")))),
      fh.can("record_event") && el("button.fh-button.fh-button--plain.dt-record", { type: "button", "data-action": "duties-record", "data-key": "record" }, t("record.button")),
    ];
  }

  function list() {
    const found = held().read;
    if (page.failed && !found) return [failure()];
    if (view.scope === "none") return [unset()];
    if (!found) return [el("div.fh-loading", { role: "status" }, t("loading"))];
    const byId = new Map(found.duties.map((duty) => [duty.id, duty]));
    const first = found.duties[0];
    const tasks = found.tasks ? found.tasks.tasks : [];
    const card = (id) => {
      const duty = byId.get(id);
      if (!dt.open(duty)) return dt.endedCard(duty);
      return dt.card(duty, { first: duty === first && view.state === "open" });
    };
    const rest = { open: found.open, overdue: found.overdue }[view.state] - found.duties.length;
    return [
      page.failed ? failure() : null,
      tasks.length ? el("section.dt-group", { "data-key": "tasks", id: "duties-tasks" }, el("h2.dt-about", null, t("my.tasks")), tasks.map(dt.task)) : null,
      ...found.groups.map((group) => el("section.dt-group", { "data-key": group.key }, dt.about(group), group.duties.map(card))),
      found.duties.length || tasks.length ? null : calm(),
      found.after ? el("button.fh-button.fh-button--plain.dt-next-page", { type: "button", "data-action": "duties-more", "data-key": "more" },
        rest > 0 ? t("my.more", { n: rest }) : t("my.more_plain")) : null,
    ];
  }

  const calm = () => el("div.dt-calm", { "data-key": "calm", role: "status" }, el("span.fh-calm-mark", { "aria-hidden": "true" }),
    el("p", null, t({ open: "my.calm", overdue: "my.calm_overdue", ended: "my.calm_ended" }[view.state])), view.state === "open" ? el("p.fh-meta", null, t("my.calm_hint")) : null);
  const failure = () => el("div.fh-failure", { role: "alert", "data-key": "failed" }, el("p", null, t("my.failed", { reason: page.failed.message })),
    el("button.fh-button.fh-button--plain", { type: "button", "data-action": "duties-again" }, t("error.retry")));
  const unset = () => el("div.dt-calm", { "data-key": "unset" }, el("p", null, t("seat.unset")), el("p.fh-meta", null, t("seat.unset_hint")),
    el("div.fh-actions", null,
      el("button.fh-button.fh-button--main", { type: "button", "data-action": "duties-seat" }, t("seat.choose")),
      el("button.fh-button.fh-button--plain", { type: "button", "data-action": "duties-unit", "data-unit": "" }, t("seat.whole_bank"))));

  /* ---- by unit ------------------------------------------------------------------------------------------- */

  function units() {
    if (!held().units) return page.failed ? [] : [el("div.fh-loading", { role: "status" }, t("loading"))];
    const filter = el("input", { type: "search", id: "duties-filter", placeholder: t("my.units_search"), "aria-label": t("my.units_search"), autocomplete: "off" });
    return [held().units.length > 8 ? el("div.dt-filter", { "data-key": "filter" }, filter) : null, el("div", { id: "duties-units-rows", "data-key": "rows" }, unitRows())];
  }

  function unitRows() {
    const wanted = state.filter.trim().toLowerCase();
    const found = held().units.filter((unit) => !wanted || [unit.unit, unit.unit_name, unit.branch || ""].some((text) => text.toLowerCase().includes(wanted)));
    const sum = (key) => held().units.reduce((all, unit) => all + unit[key], 0);
    const all = { unit: "", unit_name: t("my.units_all"), branch: null, open: sum("open"), overdue: sum("overdue"), next_due: null };
    const rest = found.length - UNITS;
    return [
      ...(held().units.length && !wanted ? [unitRow(all)] : []), ...found.slice(0, UNITS).map(unitRow),
      rest > 0 ? el("p.fh-meta", { "data-key": "rest" }, t("my.units_more", { n: rest })) : null,
      held().units.length ? null : fh.empty(t("my.units_none")),
    ];
  }

  function unitRow(unit) {
    const here = view.scope !== "seat" && view.scope !== "none" && view.unit === unit.unit;
    return el("button.dt-unit-row", { type: "button", "data-key": `u${unit.unit}`, "data-action": "duties-unit", "data-unit": unit.unit,
      "data-text": [unit.branch, unit.unit_name].filter(Boolean).join(" · "), "aria-current": here ? "true" : null },
    el("span", null, unit.unit_name, unit.branch ? el("small", null, ` ${unit.branch}`) : null),
    unit.overdue ? fh.badge("gap", `${t("my.unit_overdue")} ${unit.overdue}`) : el("span"),
    el("span.dt-unit-open", null, `${t("my.unit_open")} ${unit.open}`));
  }

  document.addEventListener("input", (event) => {
    if (event.target.id !== "duties-filter") return;
    state.filter = event.target.value;
    fh.fill(at("duties-units-rows"), unitRows());
  });

  /* ---- choosing --------------------------------------------------------------------------------------------- */

  function look(change) {
    Object.assign(view, change);
    Object.assign(page, { held: { ...held(), read: null }, failed: null });
    state.wanted = PAGE;
    toAddress();
    fh.reading.show(page);
    read();
  }
  actions["duties-view"] = (pressed) => look({ state: pressed.dataset.view });
  actions["duties-clause"] = () => look({ clause: "" });
  actions["duties-again"] = () => read();
  actions["duties-unit"] = function ({ dataset }) {
    look(dataset.unit ? { scope: "unit", unit: dataset.unit, text: dataset.text, role: "" } : { scope: "bank", unit: "", text: "", role: "" });
    if (matchMedia("(max-width: 1199px)").matches) at("duties-head").scrollIntoView({ block: "start" });
  };
  actions["duties-mine"] = function () {
    const { seat } = state;
    look({ scope: "seat", unit: seat.code, text: seat.text, role: seat.role || "", state: "open", clause: "" });
  };

  actions["duties-seat"] = async function () {
    const seats = await dt.seats();
    const seat = dt.seatFields({ start: state.seat || undefined, everybody: true, unitWord: t("seat.unit"), roleWord: t("seat.role") });
    const take = (chosen) => {
      state.seat = chosen;
      look_at(chosen);
      look({ scope: "seat", unit: chosen.code, text: chosen.text, role: chosen.role, state: "open" });
    };
    const mine = seats.map((one, nth) => el("button.inc-option", { type: "button", "data-own": nth }, `${one.text} ${t(one.role)}`));
    const form = fh.inc.ask(t("seat.choose"), {
      fields: [mine.length ? el("div.inc-people", { role: "group", "aria-label": t("seat.own") }, el("span", null, t("seat.own")), mine) : null, ...seat.nodes],
      save: t("seat.save"),
      send: async () => {
        const { code, text, role } = seat.get();
        take({ code, text, role });
      },
    });
    form.addEventListener("click", ({ target }) => {
      const pressed = target.closest("[data-own]");
      if (!pressed) return;
      take(seats[Number(pressed.dataset.own)]);
      form.closest("dialog").close();
    });
  };
  document.addEventListener("fh:me", async () => {
    if (!at("duties")) return;
    const seat = await dt.seat();
    if (view.scope === "seat" || view.scope === "none") { state.seat = seat; fromAddress(); look({}); } else state.seat = seat;
  });
})();
