/* 95558 工单 (dashboard/pages/hotline.py): who is owed an answer, by the clock; the daily list. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const ROOT = "/live/hotline";
  const CHOICES = ["owed", "late", "answered", "over", "all"];
  const SHAPES = { received: "waiting", told: "told", answered: "slow", returned: "gap", closed: "acknowledged", withdrawn: "quiet" };
  const state = { tab: "orders", chosen: "owed", unit: "", number: "", lists: null, fault: null };
  const page = {
    root: "hotline", stale: "hl.failed", again: 20000, draw, came: () => state.tab === "lists" && compare(),
    asked: () => `${ROOT}?${new URLSearchParams({ state: state.chosen, unit: state.unit, number: state.number })}`,
  };
  const read = () => fh.reading.again(page);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountHotline(given) {
      if (given) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    Object.assign(state, { tab: "orders", chosen: "owed", unit: "", number: "", lists: null, fault: null });
    fh.fill(at("hotline-head"), [el("h1", { "data-key": "h" }, t("page.hotline")), el("p.fh-meta", { "data-key": "l" }, t("hl.lead"))]);
    fh.reading.open(page);
    read();
  }

  const may = (right) => Boolean(page.held && page.held.rights.includes(right));
  const both = (one) => (fh.english() ? one.en : one.zh);
  const join = (parts) => parts.filter(Boolean).join(" · ");
  const button = (kind, action, words, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, words);

  function draw() {
    if (!at("hotline-body") || !page.held) return;
    fh.fill(at("hotline-figures"), figures(page.held.figures));
    fh.fill(at("hotline-tabs"), tabs());
    fh.fill(at("hotline-body"), state.tab === "orders" ? orders(page.held) : lists());
  }

  /* ---- figures: unanswered first -------------------------------------------------------------------- */

  function figures(held) {
    const figure = (key, value, more, shape) => el("div.fh-figure", { "data-key": key, "data-state": shape },
      el("span.fh-figure-name", shape ? { "data-state": shape } : null, shape ? fh.shape() : null, t(`hl.${key}`)), el("b.fh-figure-value", null, value), more || null);
    const clock = held.late ? el("small", null, t("hl.late_n", { n: held.late }))
      : held.next ? el("small.hl-next", null, t("hl.next"), fh.countdown(held.next, null, "small"))
        : held.owed ? null : el("small.hl-calm", null, t("hl.none_late"));
    return [
      figure("owed", held.owed, clock, held.late ? "gap" : held.owed ? "slow" : null),
      figure("returned", held.returned), figure("answered", held.answered), figure("came", held.came), figure("ended", held.ended),
      figure("differ", held.differ, null, held.differ ? "slow" : null),
    ];
  }

  function tabs() {
    const tab = (name) => el("button.fh-choice", { type: "button", "data-key": name, "data-action": "hotline-tab", value: name, "aria-pressed": String(state.tab === name) }, t(`hl.tab.${name}`));
    return [el("div.hl-choices", { "data-key": "tabs", role: "group", "aria-label": t("hl.tabs") }, tab("orders"), tab("lists"))];
  }

  actions["hotline-tab"] = function (pressed) {
    state.tab = pressed.value;
    draw();
    if (state.tab === "lists") compare();
  };

  /* ---- orders ------------------------------------------------------------------------------------------ */

  function orders({ orders: rows, more, units }) {
    const choice = (name) => el("button.fh-choice", { type: "button", "data-key": name, "data-action": "hotline-choose", value: name, "aria-pressed": String(state.chosen === name) }, t(`hl.choice.${name}`));
    const tools = el("div.hl-tools", { "data-key": "tools" },
      el("div.hl-choices", { role: "group", "aria-label": t("hl.choose") }, CHOICES.map(choice)),
      units.length > 1 ? el("select.hl-branch", { name: "unit", "aria-label": t("hl.col.unit") }, el("option", { value: "" }, t("hl.all_units")),
        units.map((one) => el("option", { value: one.code, selected: one.code === state.unit }, one.name))) : null,
      el("form.hl-find", { role: "search" }, el("label", null, el("span", null, t("hl.find")), el("input", { name: "number", type: "search", maxlength: 64, autocomplete: "off", value: state.number }))),
      el("span.fh-meta", { role: "status" }, t(more ? "hl.more" : "hl.n", { n: rows.length })));
    if (!rows.length) return [tools, el("div.hl-empty", { "data-key": "none" }, fh.empty(t(`hl.empty.${state.chosen}`), t("hl.empty_hint")))];
    const heads = ["clock", "number", "unit", "what", "state", "told", "acts"];
    return [tools, el("table.fh-table.hl-table", { "data-key": "table" },
      el("thead", null, el("tr", null, heads.map((key) => el("th", { scope: "col" }, t(`hl.col.${key}`))))),
      el("tbody", null, rows.map(line)))];
  }

  const cell = (key, ...content) => el(`td.hl-${key}`, { "data-head": t(`hl.col.${key}`) }, el("div", null, content));
  const owed = (order) => order.may.includes("answer");

  function line(order) {
    const over = owed(order) && order.due_at && Date.parse(order.due_at) <= fh.now();
    return el("tr", { "data-key": order.complaint, "data-over": over },
      cell("clock", clock(order, over)),
      cell("number", el("button.hl-link", { type: "button", "data-action": "hotline-open", "data-complaint": order.complaint }, order.name),
        el("small", null, t("hl.received", { time: fh.hourMinute(order.received_at) }))),
      cell("unit", order.unit_name, order.incident ? el("small", null, el("a", { href: `/incidents/${order.incident}` }, order.incident)) : null),
      cell("what", order.product || "–", order.amount ? el("small", null, `¥ ${Number(order.amount).toLocaleString("zh-CN")}`) : null,
        order.flags.length ? el("small.hl-flags", null, order.flags.map((flag) => t(flag)).join("、")) : null),
      cell("state", fh.badge(SHAPES[order.state], t(`hl.state.${order.state}`)), order.urged ? el("small", null, t("hl.urged", { n: order.urged })) : null),
      cell("told", order.told_at ? fh.hourMinute(order.told_at) : t("hl.not_told")),
      cell("acts", el("span.hl-do", null, acts(order))));
  }

  function clock(order, over) {
    if (!owed(order)) return [el("span.hl-still", null, fh.hourMinute(order.state_at)), el("small", null, t(`hl.state.${order.state}`))];
    if (!order.due_at) return [el("span.hl-still", null, t("hl.no_clock"))];
    return [fh.countdown(order.due_at, null, "row"), el("small", null, over ? fh.badge("gap", t("hl.overdue")) : t("hl.due", { time: fh.hourMinute(order.due_at) }))];
  }

  function acts(order) {
    const data = { "data-complaint": order.complaint };
    const say = (kind) => (may("feed_hotline") && order.may.includes(kind) ? button("plain", "hotline-say", t(`hl.${kind}`), { ...data, value: kind }) : null);
    return [
      may("answer_hotline") && owed(order) ? button("main", "hotline-answer", t("hl.answer"), data) : null,
      order.state === "answered" ? [say("accept"), say("return")] : say("urge"),
    ];
  }

  actions["hotline-choose"] = function (pressed) {
    state.chosen = pressed.value;
    page.taken = (page.taken || 0) + 1;
    read();
  };
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".hl-find")) return;
    event.preventDefault();
    find(event.target.elements.number.value);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".hl-branch")) return;
    state.unit = event.target.value;
    page.taken = (page.taken || 0) + 1;
    read();
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches(".hl-find input")) find(event.target.value);
  });
  function find(text) {
    if (text.trim() === state.number) return;
    state.number = text.trim();
    page.taken = (page.taken || 0) + 1; // an answer to what was asked before counts no more
    read();
  }

  /* ---- acts ---------------------------------------------------------------------------------------------- */

  const orderOf = (pressed) => page.held.orders.find((one) => one.complaint === pressed.dataset.complaint) || state.open;
  const words = (needed) => fh.inc.field(t("hl.why"), el("textarea", { name: "words", rows: 3, maxlength: 4000, required: needed }));

  actions["hotline-answer"] = function (pressed) {
    const order = orderOf(pressed);
    const results = el("select", { name: "result", required: true }, el("option", { value: "" }, t("hl.result_choose")),
      page.held.results.map((one) => el("option", { value: one.code }, both(one))));
    fh.inc.ask(t("hl.answer_title", { number: order.name }), {
      intro: el("p.fh-meta", null, t("hl.answer_hint")),
      fields: [fh.inc.field(t("hl.result"), results), fh.inc.field(t("hl.words"), el("textarea", { name: "words", rows: 5, maxlength: 4000, required: true }))],
      save: t("hl.answer"),
      send: async ({ elements }) => {
        const { feedback } = await fh.say(`${ROOT}/${order.complaint}/answer`, { result: elements.result.value, words: elements.words.value.trim() });
        done(t("hl.answer_done", { feedback }));
      },
    });
  };

  actions["hotline-say"] = async function (pressed) {
    const kind = pressed.value;
    const order = orderOf(pressed);
    const judging = kind === "accept" || kind === "return";
    let feedback = null;
    if (judging) {
      try {
        feedback = (await fh.json(`${ROOT}/${order.complaint}`)).feedback.at(-1).feedback;
      } catch (failed) {
        fh.toast(t("hl.failed", { reason: failed.message }), "bad");
        return;
      }
    }
    const update = `desk-${fh.hotlineMark()}`; // pressed twice, it is one
    fh.inc.ask(`${t(`hl.${kind}`)} ${order.name}`, {
      intro: kind === "supplement" ? null : el("p.fh-meta", null, t(`hl.${kind}_ask`)),
      fields: [words(kind !== "accept" && kind !== "urge")], save: t(`hl.${kind}`),
      send: async ({ elements }) => {
        await fh.say(`${ROOT}/${order.complaint}/said`, { kind, update, words: elements.words.value.trim() || null, feedback });
        done(t("hl.said_done"));
      },
    });
  };

  /** A name that nobody else gives to an update. */
  fh.hotlineMark = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  function done(text) {
    fh.toast(text);
    const open = document.querySelector("dialog.hl-dialog");
    if (open) open.close();
    read();
  }

  /* ---- one order ------------------------------------------------------------------------------------------- */

  actions["hotline-open"] = async function (pressed) {
    let held = null;
    try {
      held = await fh.json(`${ROOT}/${pressed.dataset.complaint}`);
    } catch (failed) {
      fh.toast(t("hl.failed", { reason: failed.message }), "bad");
      return;
    }
    state.open = held;
    const say = (kind) => (may("feed_hotline") && held.may.includes(kind) ? button("plain", "hotline-say", t(`hl.${kind}`), { "data-complaint": held.complaint, value: kind }) : null);
    const box = fh.dialog(t("hl.details", { number: held.name }),
      el("p.hl-sum", null, fh.badge(SHAPES[held.state], t(`hl.state.${held.state}`)), el("span", null, join([held.unit_name, held.product, held.amount ? `¥ ${held.amount}` : ""]))),
      el("p.hl-sum", null, el("a.inc-link", { href: `/tickets/${held.complaint}` }, t("hl.ticket", { complaint: held.complaint })),
        el("a.inc-link", { href: `/complaints/${held.complaint}` }, t("hl.file"))),
      texts(held), el("h3", null, t("hl.story")), el("ol.hl-story", null, story(held)),
      el("div.fh-actions", null, may("answer_hotline") && held.may.includes("answer") ? button("main", "hotline-answer", t("hl.answer"), { "data-complaint": held.complaint }) : null,
        (held.state === "answered" ? ["accept", "return"] : ["urge"]).concat(["supplement", "withdraw"]).map(say), button("plain", "close-dialog", t("act.close"))));
    box.classList.add("hl-dialog");
  };

  function texts(held) {
    const said = Object.entries(held.texts || {}).filter(([, text]) => text);
    return said.length ? [el("h3", null, t("hl.texts")), el("dl.hl-texts", null, said.map(([name, text]) => [el("dt", null, t(`cpf.${name}`)), el("dd", null, text)]))] : null;
  }

  function story(held) {
    const events = [
      { at: held.received_at, what: t("hl.event.came") },
      held.told_at ? { at: held.told_at, what: t("hl.event.told") } : null,
      ...held.updates.map((one) => ({ at: one.at, what: t("hl.event.said", { what: t(`hl.said.${one.kind}`) }), words: one.words })),
      ...held.feedback.map((one) => ({
        at: one.at, who: one.by, words: one.words, more: sent(one),
        what: t("hl.event.answer", { round: one.round, result: both(page.held.results.find((r) => r.code === one.result)) }) + (one.late ? t("hl.event.late") : ""),
      })),
    ].filter(Boolean).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    return events.map((one) => el("li", null, el("time", { datetime: one.at }, fh.hourMinute(one.at)),
      el("div", null, el("b", null, one.what), one.who ? ` ${one.who}` : "", one.words ? el("p.hl-words", null, one.words) : null, one.more || null)));
  }

  function sent(one) {
    const shape = { delivered: "acknowledged", fetched: "acknowledged", failed: "gap", trying: "slow", waiting: "waiting", kept: "quiet" }[one.sent];
    return el("p.fh-meta", null, fh.badge(shape, t(`hl.sent.${one.sent}`, { n: one.attempts, error: one.error || "" })), " ",
      one.sent === "failed" && may("feed_hotline") ? button("plain", "hotline-again", t("hl.again"), { "data-feedback": one.feedback }) : null);
  }

  actions["hotline-again"] = async function (pressed) {
    try {
      await fh.say(`${ROOT}/feedback/${pressed.dataset.feedback}/again`, {});
      done(t("hl.again_done"));
    } catch (failed) { fh.toast(failed.message, "bad"); }
  };

  /* ---- the daily list ---------------------------------------------------------------------------------------- */

  async function compare() {
    try {
      Object.assign(state, { lists: await fh.json(`${ROOT}/lists`), fault: null });
    } catch (failed) { state.fault = failed; }
    draw();
  }

  const as = (value) => (value ? t(`hl.as.${value}`) : "–");
  const table = (key, heads, rows) => el("table.fh-table.hl-table", { "data-key": key }, el("thead", null, el("tr", null, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", null, rows));
  const row = (key, heads, cells) => el("tr", { "data-key": key }, cells.map((content, nth) => el("td", { "data-head": heads[nth] }, el("div", null, content))));

  function lists() {
    const failed = state.fault ? el("p.fh-failure", { "data-key": "fault", role: "alert" }, t("hl.failed", { reason: state.fault.message })) : null;
    if (!state.lists) return [failed || el("div.fh-loading", { "data-key": "wait", role: "status" }, t("loading"))];
    const { days, differences, files, whole, list_by: by } = state.lists;
    return [
      failed,
      part("differences", t("hl.differences"), differences.length ? differing(differences) : fh.empty(t("hl.differences_none"))),
      whole && part("lists", t("hl.lists"), by ? el("p.fh-meta", null, t("hl.lists_by", { time: by })) : null, days.length ? dayTable(days) : fh.empty(t("hl.lists_none"))),
      whole && part("files", t("hl.files"), files.length ? fileTable(files) : el("p.fh-meta", null, t("hl.files_none"))),
    ].filter(Boolean);
  }

  const part = (key, heading, ...content) => el("section.hl-part", { "data-key": key }, el("h2", null, heading), content);

  function differing(rows) {
    const heads = [t("hl.list.day"), t("hl.col.number"), t("hl.list.differ"), t("hl.diff.theirs"), t("hl.diff.ours"), t("hl.diff.now"), t("hl.col.state")];
    return table("differing", heads, rows.map((one) => row(`${one.day}${one.number}`, heads, [
      one.day, one.complaint ? el("button.hl-link", { type: "button", "data-action": "hotline-open", "data-complaint": one.complaint }, one.number) : one.number,
      t(`hl.kind.${one.kind}`), as(one.theirs), as(one.ours), as(one.now),
      one.settled ? fh.badge("acknowledged", t("hl.settled")) : fh.badge("slow", t("hl.unsettled")),
    ])));
  }

  function dayTable(days) {
    const heads = ["day", "state", "theirs", "ours", "differ"].map((key) => t(`hl.list.${key}`));
    return table("days", heads, days.map((one) => row(one.day, heads, [
      one.day, one.state === "missing" ? fh.badge("gap", t("hl.list.missing")) : fh.badge("acknowledged", `${t("hl.list.compared")} ${fh.hourMinute(one.at)}`),
      one.state === "missing" ? "–" : one.theirs, one.state === "missing" ? "–" : one.ours, one.state === "missing" ? "–" : one.differences,
    ])));
  }

  function fileTable(files) {
    return el("ul.hl-files", null, files.map((one) => el("li", null, el("time", null, fh.hourMinute(one.at)), el("span", null, t(`hl.file.${one.kind || "unknown"}`)),
      fh.badge(one.state === "done" ? "acknowledged" : one.state === "failed" ? "gap" : "waiting", t(`hl.file.${one.state}`)), el("span.fh-meta", null, t("hl.file.counts", one)))));
  }
})();
