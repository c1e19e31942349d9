/* 投诉档案: every ticket of the area a page at a time; found, filtered, sorted, printed, sent up.
 *
 * Filters and order stand in the address, the searched text never does. Pages follow each other by
 * the server's cursor. Keys in the list: up and down go from row to row, space chooses, Enter opens.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const ROOT = "/live/archive";
  const FIRST = "-received";
  const AT_ONCE = 200;
  /* What the bar offers; whatever else an address brings is shown as a chip all the same. */
  const OPTIONS = {
    stage: ["open", "accept", "screen", "register", "classify", "route", "contact", "investigate", "analyse", "plan", "approve", "carry_out", "tell", "ask", "return_visit", "archive", "archived", "withdrawn", "misfiled", "merged", "history"],
    channel: ["hotline", "counter", "phone", "letter", "box", "book", "email", "web", "fax", "visit", "media", "regulator"],
    outcome: ["settled", "partly", "refused", "explained", "on_the_spot", "out_of_scope", "none"],
    satisfaction: ["satisfied", "neutral", "dissatisfied", "none"],
    late: ["yes", "no", "none"], overdue: ["yes"], reopened: ["yes"], again: ["yes"], bounced: ["yes"], major: ["yes"],
    cause: ["product", "sales", "service", "process", "system", "staff", "communication", "client", "external", "other"],
    contact: ["within_24h", "later", "none"], by: ["received", "closed"],
  };
  const BAR = ["stage", "channel", "outcome"];
  const MORE = ["class", "satisfaction", "late", "overdue", "reopened", "again", "bounced", "major", "cause", "contact", "by"];
  const SORTS = { received: "received", closed: "closed", clock: "clock", unit: "unit", stage: "stage" };
  const state = { filters: {}, sort: FIRST, text: "", cursors: [], after: "", count: null, setup: null };
  const chosen = new Set();
  const page = { root: "archive", stale: "arc.failed", deaf: true, again: Infinity, asked: () => `${ROOT}/list#${asked()}`, read: (address) => fh.say(address.split("#")[0], question()), draw, came };
  const asked = () => JSON.stringify([state.filters, state.sort, state.text, state.after]);
  const question = () => ({ filters: state.filters, sort: state.sort, text: state.text, after: state.after });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountArchive(given) {
      if (given) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    const query = new URLSearchParams(location.search);
    Object.assign(state, { filters: {}, sort: FIRST, text: "", cursors: [], after: "", count: null });
    for (const key of new Set(query.keys())) {
      if (key === "sort") state.sort = query.get(key);
      else state.filters[key] = query.getAll(key);
    }
    chosen.clear();
    fh.fill(at("archive-head"), [el("div", { "data-key": "h" }, el("h1", null, t("page.files")), el("p.fh-meta", null, t("arc.lead")))]);
    fh.reading.open(page);
    fh.reading.again(page);
    setup();
  }

  async function setup() {
    try {
      state.setup = await fh.json(`${ROOT}/setup`);
    } catch (failed) { fh.toast(t("arc.failed", { reason: failed.message }), "bad"); }
    draw();
  }

  /** Read anew from the first page; the address says which filters, never what is searched for. */
  function anew() {
    Object.assign(state, { cursors: [], after: "", count: null, fresh: true });
    chosen.clear();
    const query = new URLSearchParams();
    for (const [key, values] of Object.entries(state.filters)) for (const value of values) query.append(key, value);
    if (state.sort !== FIRST) query.append("sort", state.sort);
    history.replaceState(history.state, "", `/archive${query.size ? `?${query}` : ""}`);
    draw();
    fh.reading.again(page);
  }

  /** What was ticked in the list before this question is not chosen in this one. */
  function came() {
    if (state.fresh) chosen.clear();
    state.fresh = false;
    draw();
    counted();
  }

  async function counted() {
    const whose = JSON.stringify([state.filters, state.text]);
    if (state.count && state.count.whose === whose) return;
    state.count = { whose };
    try {
      const answer = await fh.say(`${ROOT}/count`, { ...question(), after: "" });
      if (state.count.whose === whose) { state.count = { whose, ...answer }; draw(); }
    } catch (failed) { state.count = { whose, failed: true }; draw(); }
  }

  document.addEventListener("toggle", ({ target }) => { if (target.matches && target.matches(".arc-details")) state.open = target.open; }, true);

  /* ---- words --------------------------------------------------------------------------------------- */

  const time = (text) => (text ? text.slice(0, 16).replace("T", " ") : "");
  const STAGED = ["open", "counted", "worked", "left_out"];
  function said(key, value) {
    if (key === "stage") return STAGED.includes(value) ? t(`arc.o.${value}`) : t(`tk.act.${value}`);
    if (["channel", "blamed_role"].includes(key)) return t(value);
    if (key === "outcome" && value !== "none") return t(`arc.v.outcome.${value}`);
    if (key === "satisfaction" && value !== "none") return t(`arc.v.${value}`);
    if (key === "cause") return t(`arc.v.cause.${value}`);
    if (key === "by") return t(`arc.by.${value}`);
    if (key === "class") { const known = classes().find((one) => one.id === value); return known ? (fh.english() ? known.en : known.zh) : value; }
    if (["unit", "at", "blamed"].includes(key)) { const known = units().find((one) => one.code === value); return known ? fh.unitName(known) : value; }
    if (["yes", "no", "none", "within_24h", "later"].includes(value)) return t(`arc.o.${value}`);
    return value;
  }
  const classes = () => (state.setup ? state.setup.classes : []);
  const units = () => (state.setup ? state.setup.units : []);
  const button = (kind, action, words, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-key": action + JSON.stringify(data || ""), "data-action": action, ...data }, words);

  /* ---- drawing ------------------------------------------------------------------------------------- */

  function draw() {
    if (!at("archive-ask")) return;
    fh.fill(at("archive-ask"), [form(), ...bar(), chips(), views()]);
    asShown();
    if (!page.held) return;
    fh.fill(at("archive-list"), list(page.held));
    fh.fill(at("archive-more"), paging(page.held));
    fh.fill(at("archive-bulk"), bulk());
    for (const box of at("archive-list").querySelectorAll("[data-complaint]")) box.checked = chosen.has(box.dataset.complaint);
    for (const box of at("archive-list").querySelectorAll("[data-page]")) box.checked = page.held.rows.every((one) => chosen.has(one.complaint));
  }

  /** Fields say what is asked for, whatever was typed or chosen in them before. */
  function asShown() {
    for (const input of at("archive-ask").querySelectorAll("[data-filter]")) {
      const [value] = state.filters[input.dataset.filter] || [""];
      if (input !== document.activeElement) input.value = input.dataset.filter === "unit" && value ? said("unit", value) : value;
    }
    for (const input of at("archive-ask").querySelectorAll("[name=text]")) if (input !== document.activeElement) input.value = state.text;
    for (const order of at("archive-ask").querySelectorAll("[data-sort]")) order.value = state.sort;
  }

  const form = () => el("form.arc-form", { "data-key": "f", role: "search" },
    el("label.arc-field.arc-words", null, el("span", null, t("arc.ask")), el("input", { name: "text", type: "search", maxlength: 80, autocomplete: "off", value: state.text })),
    el("button.fh-button.fh-button--main", { type: "submit" }, t("arc.search")),
    el("div.arc-tools", null,
      button("plain", "archive-register", t("arc.register")),
      fh.may("export_complaints") ? button("plain", "archive-export", t("cpf.export")) : null,
      fh.may("dispose") ? button("plain", "archive-due", t("cpf.due")) : null));

  function select(key) {
    const options = key === "class" ? classes().map((one) => one.id) : OPTIONS[key];
    if (!options.length) return null;
    const [value] = state.filters[key] || [""];
    return el("label.arc-field", { "data-key": key }, el("span", null, t(`arc.k.${key}`)),
      el("select", { "data-filter": key }, el("option", { value: "" }, key === "by" ? t("arc.by.received") : t("arc.any")),
        options.filter((one) => !(key === "by" && one === "received")).map((one) => el("option", { value: one, selected: one === value }, said(key, one)))));
  }
  const day = (key) => el("label.arc-field", { "data-key": key }, el("span", null, t(`arc.k.${key}`)), el("input", { type: "date", "data-filter": key, value: (state.filters[key] || [""])[0] }));
  function place() {
    const own = state.setup && state.setup.level === "sub_branch";
    if (own) return null;
    const [value] = state.filters.unit || [""];
    return el("label.arc-field", { "data-key": "unit" }, el("span", null, t("arc.k.unit")),
      el("input", { list: "archive-units", "data-filter": "unit", value: value ? said("unit", value) : "", autocomplete: "off", placeholder: t("arc.any") }),
      el("datalist", { id: "archive-units" }, units().map((one) => el("option", { value: fh.unitName(one) }))));
  }
  const product = () => el("label.arc-field", { "data-key": "product" }, el("span", null, t("arc.k.product")), el("input", { "data-filter": "product", maxlength: 80, autocomplete: "off", value: (state.filters.product || [""])[0], placeholder: t("arc.any") }));

  function bar() {
    return [el("div.arc-bar", { "data-key": "bar" }, BAR.map(select), place(), day("since"), day("until"),
      el("label.arc-field.arc-order", { "data-key": "order" }, el("span", null, t("arc.sort.label")), el("select", { "data-sort": "1" },
        ["-received", "received", "clock", "-closed", "closed", "unit", "stage"].map((one) => el("option", { value: one, selected: one === state.sort }, t(`arc.sort.${one}`)))))),
    el("details.arc-details", { "data-key": "more", open: state.open }, el("summary", null, t("arc.filters")),
      el("div.arc-bar", null, product(), MORE.map(select)))];
  }

  function chips() {
    const found = Object.entries(state.filters).flatMap(([key, values]) => values.map((value) => chip(key, value)));
    if (state.text) found.push(el("button.arc-chip", { type: "button", "data-action": "archive-drop", "data-what": "text", "aria-label": t("arc.drop", { what: state.text }) }, t("arc.text", { text: state.text }), el("span", { "aria-hidden": "true" }, "×")));
    return el("div.arc-chips", { "data-key": "chips" }, found, found.length > 1 ? button("quiet", "archive-clear", t("arc.clear")) : null);
  }
  const chip = (key, value) => el("button.arc-chip", { type: "button", "data-action": "archive-drop", "data-what": key, "data-value": value, "aria-label": t("arc.drop", { what: `${t(`arc.k.${key}`)} ${said(key, value)}` }) },
    el("small", null, t(`arc.k.${key}`)), said(key, value), el("span", { "aria-hidden": "true" }, "×"));

  function views() {
    const held = state.setup ? state.setup.views : [];
    return el("div.arc-views", { "data-key": "views", role: "group", "aria-label": t("arc.views") },
      held.map((view) => el("span.arc-view", { "data-key": view.id }, el("button.fh-choice", { type: "button", "data-action": "archive-view", "data-view": view.id, "aria-pressed": String(same(view)) }, view.name),
        el("button.arc-x", { type: "button", "data-action": "archive-unview", "data-view": view.name, "aria-label": t("arc.view.remove", { name: view.name }) }, "×"))),
      button("quiet", "archive-save", t("arc.view.save")));
  }
  const same = (view) => (view.sort || FIRST) === state.sort && JSON.stringify(sorted(view.filters)) === JSON.stringify(sorted(state.filters));
  const sorted = (filters) => Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));

  function amount() {
    const { count } = state;
    if (!count || count.count === undefined) return count && count.failed ? "" : t("arc.counting");
    const n = count.count.toLocaleString("en");
    return count.more ? t("arc.count_more", { n }) : count.exact ? t("arc.count", { n }) : t("arc.count_about", { n });
  }

  function list(held) {
    if (!held.rows.length) {
      const any = Object.keys(state.filters).length || state.text;
      return [fh.empty(t(any ? "arc.none" : "arc.empty"), any ? t("arc.none_hint") : "")];
    }
    return [el("p.arc-count", { "data-key": "n", role: "status" }, amount(), el("small.fh-meta.arc-keys", null, t("arc.keys"))),
      el("table.fh-table.arc-table", { "data-key": "t" }, el("thead", null, el("tr", null,
        el("th.arc-pick", { scope: "col" }, el("input", { type: "checkbox", "data-page": "1", checked: held.rows.every((one) => chosen.has(one.complaint)), "aria-label": t("arc.choose_page") })),
        ["complaint", "received", "clock", "unit", "client", "product", "stage", "owner", "closed", "result", "marks"].map(column))),
      el("tbody", null, held.rows.map(row)))];
  }

  function column(key) {
    const sort = SORTS[key];
    if (!sort) return el("th", { scope: "col" }, t(`arc.h.${key}`));
    const on = state.sort.replace("-", "") === sort;
    const way = on ? (state.sort.startsWith("-") ? "descending" : "ascending") : "none";
    return el("th", { scope: "col", "aria-sort": way }, el("button.arc-sort", { type: "button", "data-action": "archive-sort", "data-sort-by": sort, "aria-label": t("arc.sort", { what: t(`arc.h.${key}`) }) },
      t(`arc.h.${key}`), el("span", { "aria-hidden": "true" }, on ? (way === "ascending" ? " ▲" : " ▼") : "")));
  }

  const cell = (key, ...content) => el(`td.arc-${key}`, { "data-head": t(`arc.h.${key}`) }, content);
  function row(one) {
    const client = !one.client ? "" : one.client.erased ? t("cpf.erased") : one.client.name || "";
    return el("tr", { "data-key": one.complaint, "data-chosen": chosen.has(one.complaint) ? "1" : null },
      el("td.arc-pick", null, el("input", { type: "checkbox", "data-complaint": one.complaint, checked: chosen.has(one.complaint), "aria-label": t("arc.choose", { complaint: one.complaint }) })),
      cell("complaint", el("a", { href: `/tickets/${one.complaint}` }, one.complaint)), cell("received", time(one.received_at)),
      cell("clock", one.next_at ? [fh.countdown(one.next_at, null, "small")] : ""), cell("unit", one.unit), cell("client", client), cell("product", one.product || ""),
      cell("stage", t(`tk.act.${one.stage}`)), cell("owner", one.owner || (one.owner_role ? t(one.owner_role) : "")), cell("closed", time(one.closed_at)),
      cell("result", [one.outcome ? t(`arc.v.outcome.${one.outcome}`) : "", one.satisfaction ? t(`arc.v.${one.satisfaction}`) : ""].filter(Boolean).join(" · ")),
      cell("marks", marks(one)));
  }
  const marks = (one) => [one.late ? ["gap", "late"] : null, one.held ? ["unanswered", "held"] : null, one.major ? ["large", "major"] : null, one.again ? ["watch", "again"] : null,
    one.reopened ? ["told", "reopened"] : null, one.bounced ? ["slow", "bounced"] : null, ...one.sent.map((to) => ["ok", to])].filter(Boolean).map(([look, key]) => fh.badge(look, t(`arc.m.${key}`)));

  const paging = (held) => (state.cursors.length || held.after ? [el("div.arc-paging", { "data-key": "p" },
    el("button.fh-button.fh-button--plain", { type: "button", "data-action": "archive-earlier", disabled: !state.cursors.length }, t("arc.earlier")),
    el("span", { role: "status" }, t("arc.page", { n: state.cursors.length + 1 })),
    el("button.fh-button.fh-button--plain", { type: "button", "data-action": "archive-later", disabled: !held.after }, t("arc.later")))] : []);

  function bulk() {
    if (!chosen.size) return [];
    const level = state.setup ? state.setup.level : "";
    const up = fh.can("send_up_files") ? (level === "sub_branch" || level === "outlet" ? "branch" : level === "branch" ? "head_office" : null) : null;
    const ids = [...chosen].join(",");
    return [el("div.arc-bulk", { "data-key": "b", role: "region", "aria-label": t("arc.chosen", { n: chosen.size }) }, el("b", { role: "status" }, t("arc.chosen", { n: chosen.size })),
      el("a.fh-button.fh-button--main", { href: `${ROOT}/papers.html?complaints=${ids}`, target: "_blank", rel: "noopener" }, t("arc.print")),
      el("a.fh-button.fh-button--plain", { href: `${ROOT}/papers.pdf?complaints=${ids}`, target: "_blank", rel: "noopener" }, t("arc.print_pdf")),
      up ? button("plain", "archive-send", t(`arc.send.${up}`), { "data-to": up }) : null, button("quiet", "archive-unchoose", t("arc.unchoose")))];
  }

  /* ---- acts ------------------------------------------------------------------------------------------ */

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".arc-form")) return;
    event.preventDefault();
    state.text = event.target.elements.text.value.trim();
    anew();
  });

  document.addEventListener("change", ({ target }) => {
    if (!target.closest || !target.closest("#archive")) return;
    if (target.dataset.complaint || target.dataset.page) pick(target);
    else if (target.dataset.sort) { state.sort = target.value; anew(); }
    else if (target.dataset.filter) filter(target.dataset.filter, target.value.trim());
  });

  function filter(key, value) {
    let found = value;
    if (key === "unit" && value) {
      const [known] = fh.findUnits(units(), value).concat(units().filter((one) => fh.unitName(one) === value));
      found = (units().find((one) => fh.unitName(one) === value) || known || { code: value }).code;
    }
    if (found) state.filters[key] = [found];
    else delete state.filters[key];
    anew();
  }

  function pick(box) {
    const rows = box.dataset.page ? page.held.rows.map((one) => one.complaint) : [box.dataset.complaint];
    for (const id of rows) if (box.checked && chosen.size < AT_ONCE) chosen.add(id); else chosen.delete(id);
    draw();
  }

  const turn = (change) => { change(); draw(); return fh.reading.again(page); };
  actions["archive-later"] = () => turn(() => { state.cursors.push(state.after); state.after = page.held.after; });
  actions["archive-earlier"] = () => turn(() => { state.after = state.cursors.pop() || ""; });
  actions["archive-sort"] = ({ dataset: { sortBy } }) => {
    const next = { received: ["-received", "received"], closed: ["-closed", "closed"], clock: ["clock"], unit: ["unit", "-unit"], stage: ["stage", "-stage"] }[sortBy];
    state.sort = next[(next.indexOf(state.sort) + 1) % next.length];
    anew();
  };
  actions["archive-drop"] = ({ dataset: { what, value } }) => {
    if (what === "text") state.text = "";
    else {
      state.filters[what] = state.filters[what].filter((one) => one !== value);
      if (!state.filters[what].length) delete state.filters[what];
    }
    anew();
  };
  actions["archive-clear"] = () => { Object.assign(state, { filters: {}, text: "" }); anew(); };
  actions["archive-view"] = ({ dataset }) => {
    const view = state.setup.views.find((one) => String(one.id) === dataset.view);
    Object.assign(state, { filters: structuredClone(view.filters), sort: view.sort || FIRST, text: "" });
    anew();
  };
  actions["archive-unview"] = async ({ dataset }) => {
    try {
      state.setup.views = (await fh.say(`${ROOT}/views/remove`, { name: dataset.view })).views;
      draw();
    } catch (failed) { fh.toast(t("arc.failed", { reason: failed.message }), "bad"); }
  };
  actions["archive-save"] = () => fh.inc.ask(t("arc.view.save"), {
    intro: el("p.fh-meta", null, t("arc.view.hint")), fields: [fh.inc.field(t("arc.view.name"), el("input", { name: "name", required: true, maxlength: 40, autocomplete: "off" }))], save: t("arc.view.save"),
    send: async (box) => {
      state.setup.views = (await fh.say(`${ROOT}/views`, { name: box.elements.name.value.trim(), filters: state.filters, sort: state.sort })).views;
      fh.toast(t("arc.view.saved"));
      draw();
    },
  });
  actions["archive-unchoose"] = () => { chosen.clear(); draw(); };

  const reason = () => fh.inc.field(t("cpf.reason"), el("textarea", { name: "reason", required: true, rows: 2, maxlength: 200 }));
  actions["archive-export"] = () => fh.inc.ask(t("cpf.export"), {
    intro: el("p.fh-meta", null, t("cpf.export_ask")), fields: [reason()], save: t("cpf.export"),
    send: async (box) => { await save({ ...question(), after: "", reason: box.elements.reason.value.trim() }); fh.toast(t("cpf.exported")); },
  });
  async function save(body) {
    const answer = await fh.send(`${ROOT}/export`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || `HTTP ${answer.status}`);
    const link = el("a", { href: URL.createObjectURL(await answer.blob()), download: "complaints.xlsx" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  actions["archive-send"] = ({ dataset: { to } }) => {
    const files = [...chosen];
    return fh.inc.ask(t(`arc.send.${to}`), {
      intro: el("p.fh-meta", null, t("arc.send.ask", { n: files.length })), fields: [], save: t(`arc.send.${to}`),
      send: async () => {
        const answer = await fh.say(`${ROOT}/send-up`, { complaints: files, to });
        if (answer.sent) fh.toast(t("arc.send.done", { n: answer.sent }));
        chosen.clear();
        fh.reading.again(page);
        if (answer.refused.length) fh.dialog(t("arc.send.refused", { n: answer.refused.length }), el("ul.arc-refused", null, answer.refused.map(({ nth, error }) => el("li", null, el("b", null, files[nth]), " ", error))),
          el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
      },
    });
  };

  actions["archive-register"] = () => {
    const now = new Date(fh.now() || Date.now());
    const month = el("input", { type: "month", name: "month", required: true, value: `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}` });
    const unit = el("select", { name: "unit" }, units().map((one) => el("option", { value: one.code, selected: one.code === state.setup.unit }, fh.unitName(one))));
    const open = (kind) => el("button.fh-button.fh-button--plain", { type: "button", "data-action": "archive-month", "data-kind": kind }, kind.toUpperCase());
    fh.dialog(t("arc.register"), el("p.fh-meta", null, t("arc.register.lead")), el("form.arc-month", null, fh.inc.field(t("arc.k.unit"), unit), fh.inc.field(t("arc.register.month"), month)),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "archive-month", "data-kind": "html" }, t("arc.register.open")), open("pdf"), open("docx"),
        el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
  };
  actions["archive-month"] = (pressed) => {
    const { unit, month } = pressed.closest("dialog").querySelector("form").elements;
    window.open(`${ROOT}/register.${pressed.dataset.kind}?${new URLSearchParams({ unit: unit.value, month: month.value })}`, "_blank", "noopener");
  };

  /* ---- what nobody must keep any longer (SG-06) ------------------------------------------------------------ */

  actions["archive-due"] = async () => {
    try {
      const { due } = await fh.json("/live/complaint-files/disposal");
      if (!due.length) return fh.toast(t("cpf.due_n", { n: 0 }));
      return fh.inc.ask(t("cpf.due"), {
        intro: el("div", null, el("p.fh-meta", { role: "status" }, t("cpf.due_n", { n: due.length })), el("ul.arc-refused.arc-due", null, due.map((one) => el("li", null, el("label.fh-radio", null, el("input", { type: "checkbox", name: "due", value: one.complaint }), `${one.complaint} · ${time(one.received_at)} · ${one.unit}`))))),
        fields: [reason()], save: t("cpf.dispose"), send: dispose,
      });
    } catch (failed) { return fh.toast(t("arc.failed", { reason: failed.message }), "bad"); }
  };
  async function dispose(box) {
    const complaints = [...box.querySelectorAll("[name=due]:checked")].map((one) => one.value);
    if (!complaints.length) throw new Error(t("cpf.choose"));
    const done = await fh.say("/live/complaint-files/disposal", { complaints, reason: box.elements.reason.value.trim() });
    fh.toast(t("cpf.disposed_n", { n: done.disposed }));
    fh.reading.again(page);
  }

  /* ---- keys: within the list only ---------------------------------------------------------------------- */

  document.addEventListener("keydown", (event) => {
    const line = event.target.closest ? event.target.closest("#archive-list tbody tr") : null;
    if (!line || !["ArrowDown", "ArrowUp", " "].includes(event.key) || event.target.matches("input")) return;
    event.preventDefault();
    if (event.key === " ") { line.querySelector("input").click(); return; }
    const next = event.key === "ArrowDown" ? line.nextElementSibling : line.previousElementSibling;
    if (next) next.querySelector("a").focus();
  });
})();
