/* The reception sheet: who receives whom in which room (dashboard/pages/reception.py).
 *
 * What is typed is kept on this device until it is saved; what could not be sent is sent again when
 * the server answers. Somebody else's newer row is shown beside what was typed, never over it.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});
  const actions = (fh.actions = fh.actions || {});
  const CAME = [1, 3, 5, 10];
  const state = { id: null, unit: null, drafts: null, onlookers: null, sending: new Set() };
  const page = { root: "reception", again: 4000, stale: "inc.stale", asked: () => address("") + query(), missing: () => inc.noSuch(), draw, came: sendAgain };
  const reread = () => fh.reading.again(page);
  const show = (sheet) => fh.reading.take(page, sheet);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountReception(data) {
      if (data) requestAnimationFrame(() => mount(data.id));
      return window.dash_clientside.no_update;
    },
  });

  function mount(id) {
    Object.assign(state, { id, unit: new URLSearchParams(location.search).get("unit"), onlookers: null });
    state.drafts = kept();
    fh.reading.open(page);
  }

  const address = (verb) => `/live/incident/${encodeURIComponent(state.id)}/reception${verb}`;
  const query = () => (state.unit ? `?unit=${encodeURIComponent(state.unit)}` : "");

  const words = (failed) => (failed.errors && failed.errors.length ? failed.errors.map((one) => one.message).join("；") : failed.message);

  /* ---- what is not saved yet ------------------------------------------------------------------- */

  const place = () => `fh-reception:${state.id}:${state.unit || ""}`;
  const keep = () => fh.keep(place(), JSON.stringify(state.drafts));
  function kept() {
    const none = { rows: {}, sheet: null, adds: [] };
    try { return { ...none, ...(JSON.parse(fh.kept(place()) || "null") || {}) }; } catch (broken) { return none; }
  }
  const draftOf = (key) => (key === "sheet" ? state.drafts.sheet : state.drafts.rows[key]);
  function setDraft(key, draft) {
    if (key === "sheet") state.drafts.sheet = draft;
    else if (draft) state.drafts.rows[key] = draft;
    else delete state.drafts.rows[key];
    keep();
  }
  const stands = (key) => (key === "sheet" ? page.held : page.held.rows.find((row) => String(row.id) === String(key)));

  function typed(input) {
    const key = input.dataset.of;
    const draft = draftOf(key) || { base: stands(key).version, values: {} };
    draft.values[input.name] = input.value;
    if (draft.kind !== "conflict") { draft.error = null; draft.kind = null; }
    setDraft(key, draft);
  }
  document.addEventListener("input", (event) => { if (event.target.closest && event.target.closest("#reception [data-of]")) typed(event.target); });
  document.addEventListener("change", (event) => {
    const input = event.target.closest && event.target.closest("#reception [data-of]");
    if (!input) return;
    typed(input);
    const draft = draftOf(input.dataset.of);
    if (draft && draft.kind !== "conflict") save(input.dataset.of);
  });

  /** Send what was typed about a row, or about the sheet. */
  async function save(key) {
    const draft = draftOf(key);
    if (!draft || state.sending.has(key)) return;
    const sent = { ...draft.values };
    state.sending.add(key);
    try {
      const verb = key === "sheet" ? "/sheet" : `/rows/${key}`;
      const sheet = await fh.json(address(verb), { unit: page.held.unit, version: draft.base, ...sent });
      page.held = sheet;
      settle(key, sent);
      show(sheet);
    } catch (failed) {
      const now = failed.answer && failed.answer.now;
      const kind = now ? "conflict" : failed.status ? "refused" : "link";
      setDraft(key, { ...draftOf(key), error: words(failed), kind, now: now || null });
      fh.reading.show(page);
    } finally {
      state.sending.delete(key);
    }
    const left = draftOf(key);
    if (left && !left.kind) save(key);
  }

  /** What was saved is no draft any more; what was typed meanwhile still is, upon the new version. */
  function settle(key, sent) {
    const draft = draftOf(key);
    if (!draft) return;
    const left = Object.fromEntries(Object.entries(draft.values).filter(([name, value]) => sent[name] !== value));
    const row = stands(key);
    setDraft(key, Object.keys(left).length && row ? { base: row.version, values: left } : null);
  }

  function sendAgain() {
    for (const key of Object.keys(state.drafts.rows)) {
      if (!stands(key)) setDraft(key, null);
      else if (state.drafts.rows[key].kind === "link") save(key);
    }
    if (state.drafts.sheet && state.drafts.sheet.kind === "link") save("sheet");
    for (const one of state.drafts.adds) if (one.kind === "link") sendAdd(one);
  }

  actions["reception-again"] = (pressed) => save(pressed.dataset.draft);
  actions["reception-mine"] = function (pressed) {
    const draft = draftOf(pressed.dataset.draft);
    setDraft(pressed.dataset.draft, { base: draft.now.version, values: draft.values });
    save(pressed.dataset.draft);
  };
  actions["reception-theirs"] = function (pressed) {
    setDraft(pressed.dataset.draft, null);
    reread();
    fh.reading.show(page);
  };

  /* ---- who came ----------------------------------------------------------------------------------- */

  const newName = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  function add(count, clients) {
    const one = { batch: newName(), count, clients };
    state.drafts.adds.push(one);
    keep();
    return sendAdd(one);
  }

  async function sendAdd(one) {
    if (state.sending.has(one.batch)) return;
    state.sending.add(one.batch);
    try {
      const { batch, count, clients } = one;
      const sheet = await fh.json(address("/arrivals"), { unit: page.held.unit, batch, count, clients });
      state.drafts.adds = state.drafts.adds.filter((other) => other.batch !== batch);
      keep();
      show(sheet);
    } catch (failed) {
      one.error = words(failed);
      one.kind = failed.status && failed.status < 500 ? "refused" : "link";
      if (one.kind === "refused") {
        state.drafts.adds = state.drafts.adds.filter((other) => other.batch !== one.batch);
        fh.toast(one.error, "bad");
      }
      keep();
      fh.reading.show(page);
    } finally {
      state.sending.delete(one.batch);
    }
  }
  actions["reception-came"] = (pressed) => add(Number(pressed.dataset.count), []);
  actions["reception-add-again"] = () => state.drafts.adds.forEach(sendAdd);

  actions["reception-pick"] = function () {
    const here = new Set(page.held.rows.filter((row) => !row.left_at).map((row) => row.client));
    const free = page.held.tickets.filter((ticket) => !here.has(ticket.client));
    const pick = (ticket, nth) => el("label.fh-radio.rcp-pick", null, el("input", { type: "checkbox", name: "client", value: ticket.client, autofocus: nth === 0 }), el("span", null, ticketName(ticket)));
    inc.ask(t("rcp.pick"), {
      fields: [free.length ? el("div.rcp-picks", null, free.map(pick)) : el("p.fh-meta", null, t("rcp.pick_none"))],
      save: t("rcp.pick_save"),
      send: async (form) => {
        const chosen = [...form.querySelectorAll("[name=client]:checked")].map((box) => Number(box.value));
        if (!chosen.length) throw new Error(t("rcp.pick_need"));
        await add(0, chosen);
      },
    });
  };

  /* ---- one row's buttons ---------------------------------------------------------------------------- */

  const rowOf = (pressed) => page.held.rows.find((row) => String(row.id) === pressed.dataset.row);
  async function act(row, change) {
    try {
      show(await fh.json(address(`/rows/${row.id}`), { unit: page.held.unit, version: row.version, ...change }));
    } catch (failed) {
      reread();
      throw new Error(words(failed));
    }
  }
  const say = (failed) => fh.toast(t("form.fault", { reason: failed.message }), "bad");

  actions["reception-representative"] = function (pressed) {
    const row = rowOf(pressed);
    act(row, { representative: !row.representative }).catch(say);
  };
  actions["reception-return"] = (pressed) => act(rowOf(pressed), { left: false }).catch(say);
  actions["reception-leave"] = function (pressed) {
    const row = rowOf(pressed);
    const quick = ["answered", "noted", "again", "upset"].map((key) => [t(`rcp.${key}`), t(`rcp.${key}`)]);
    const outcome = el("input", { name: "outcome", maxlength: 200, autocomplete: "off", value: row.outcome || "" });
    const options = inc.choice("quick", quick, "");
    options.addEventListener("change", (event) => { if (event.target.name === "quick") outcome.value = event.target.value; });
    inc.ask(t("rcp.leave_title", { who: rowName(row) }), {
      fields: [options, inc.field(t("rcp.outcome"), outcome)],
      save: t("rcp.leave_save"),
      send: () => act(rowOf(pressed) || row, { left: true, outcome: outcome.value }),
    });
  };
  actions["reception-more"] = function (pressed) {
    const row = rowOf(pressed);
    const here = new Set(page.held.rows.filter((one) => !one.left_at && one.id !== row.id).map((one) => one.client));
    const tie = el("select", { name: "client" }, el("option", { value: 0 }, t("rcp.tie_none")),
      page.held.tickets.filter((ticket) => !here.has(ticket.client)).map((ticket) => el("option", { value: ticket.client, selected: ticket.client === row.client }, ticketName(ticket))));
    const form = inc.ask(rowName(row), {
      fields: [inc.field(t("rcp.tie"), tie), el("button.fh-button.fh-button--plain.rcp-remove", { type: "button" }, t("rcp.remove"))],
      save: t("rcp.save"),
      send: () => act(row, { client: Number(tie.value) }),
    });
    form.querySelector(".rcp-remove").addEventListener("click", async () => {
      try {
        await act(row, { removed: true });
        form.closest("dialog").close();
      } catch (failed) { form.querySelector(".fh-form-fault").textContent = t("form.fault", { reason: failed.message }); }
    });
  };
  actions["reception-count"] = async function () {
    const input = at("reception-onlookers");
    try {
      const sheet = await fh.json(address("/onlookers"), { unit: page.held.unit, onlookers: Math.max(0, Math.floor(Number(input.value)) || 0) });
      state.onlookers = null;
      show(sheet);
      fh.refresh();
    } catch (failed) { fh.toast(t("form.fault", { reason: words(failed) }), "bad"); }
  };
  for (const [name, by] of [["reception-fewer", -1], ["reception-one-more", 1], ["reception-five-more", 5]]) {
    actions[name] = function () {
      const input = at("reception-onlookers");
      input.value = Math.max(0, (Number(input.value) || 0) + by);
      state.onlookers = input.value;
    };
  }
  /** What is said to a client is Chinese; its meaning stands below it for who reads English. */
  const scriptLines = (zh, en) => [el("p.rcp-script", { lang: "zh-CN" }, zh), fh.english() ? el("p.rcp-script.rcp-script--en", { lang: "en" }, en) : null].filter(Boolean);
  actions["reception-script"] = function () {
    const { zh, en } = page.held.script;
    fh.dialog(t("rcp.script"), ...scriptLines(zh, en),
      el("div.fh-actions", null, button("plain", "close-dialog", t("act.close"))));
  };
  document.addEventListener("change", (event) => {
    if (event.target.id !== "reception-site") return;
    location.search = `?unit=${encodeURIComponent(event.target.value)}`;
  });

  /* ---- drawing ---------------------------------------------------------------------------------------- */

  const button = (kind, action, text, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);
  const ticketName = (ticket) => [ticket.name, ticket.complaint].filter(Boolean).join(" ");
  const rowName = (row) => (row.ticket ? ticketName(row.ticket) : t("rcp.visitor", { n: row.number }));
  const closed = () => page.held.state === "closed";
  /** Nothing can be changed: the file is closed, or it is not for the viewer to change. */
  const over = () => closed() || !fh.can("receive");

  function draw() {
    const sheet = page.held;
    const here = sheet.rows.filter((row) => !row.left_at);
    fh.fill(at("reception-head"), head(sheet, here));
    fh.fill(at("reception-remarks"), remarks(sheet, here));
    fh.fill(at("reception-rows"), rows(sheet, here));
    fh.fill(at("reception-script"), scriptLines(sheet.script.zh, sheet.script.en));
    fh.fill(at("reception-arrange"), arrange(sheet));
    fh.fill(at("reception-bar"), bar());
    for (const input of document.querySelectorAll("#reception [data-held]")) {
      const value = input.getAttribute("data-held");
      if (input !== document.activeElement && input.value !== value) input.value = value;
    }
  }

  function head(sheet, here) {
    const placed = here.filter((row) => row.placed).length;
    const kinds = [["html", t("rcp.print")], ["pdf", "PDF"], ["docx", "DOCX"]];
    return [
      el("p.inc-eyebrow", { "data-key": "eyebrow" }, el("a.inc-kin", { href: `/incident/${sheet.incident}` }, t("rcp.back", { id: sheet.incident })),
        sheet.sites.length > 1
          ? el("label.rcp-site", null, el("span", null, t("rcp.site")), " ", el("select", { id: "reception-site" }, sheet.sites.map((site) => el("option", { value: site.code, selected: site.code === sheet.unit }, site.name))))
          : el("span", null, sheet.unit_name),
        el("span.rcp-prints", null, kinds.map(([kind, text]) => el("a.inc-link", { href: `${address(`.${kind}`)}?unit=${encodeURIComponent(sheet.unit)}`, target: "_blank", rel: "noopener" }, text)))),
      el("h1.rcp-title", { "data-key": "title" }, t("page.reception"), here.length
        ? fh.badge(sheet.complete ? "acknowledged" : "gap", t("rcp.here_placed", { n: here.length, m: placed })) : fh.badge("quiet", t("rcp.waits"))),
      closed() ? el("p.fh-meta", { "data-key": "over" }, t("rcp.closed")) : null,
      ...sheet.duties.map((duty) => dutyLine(duty, sheet, here)),
      el("p.inc-me.rcp-me", { "data-key": "me" }, inc.meLine()),
    ];
  }

  function dutyLine(duty, sheet, here) {
    const title = fh.english() ? duty.title_en : duty.title_zh;
    const key = `d${duty.id}`;
    if (duty.state === "open") {
      return el("p.rcp-duty", { "data-key": key }, fh.countdown(duty.due_at, duty.warn_at, "row"), el("span", null, el("b", null, title), " ", el("small", null, t("rcp.duty_open"))));
    }
    const again = here.length && !sheet.complete;
    const time = fh.hourMinute(duty.ended_at);
    const fault = sheet.remarks.find((one) => one.kind === "fault");
    const why = fault ? (fh.english() ? fault.en : fault.zh) : "";
    return el("p.rcp-duty", { "data-key": key }, fh.badge(again ? "gap" : "acknowledged", t(again ? "rcp.duty_done_waiting" : "rcp.duty_done", { time, why })), el("small", null, title));
  }

  function remarks(sheet, here) {
    if (!here.length && !sheet.remarks.length) return [];
    if (!sheet.remarks.length) return [el("p.rcp-remark", { "data-key": "calm" }, fh.badge("acknowledged", t("rcp.calm")))];
    return [el("ul", { "data-key": "list", "aria-label": t("rcp.remarks") }, sheet.remarks.map((one) =>
      el("li.rcp-remark", { "data-key": one.code + one.numbers.join("-"), "data-kind": one.kind }, fh.badge(one.kind === "fault" ? "gap" : "watch", fh.english() ? one.en : one.zh))))];
  }

  function rows(sheet, here) {
    const gone = sheet.rows.filter((row) => row.left_at);
    const waiting = state.drafts.adds.filter((one) => one.error);
    const lost = waiting.reduce((sum, one) => sum + one.count + one.clients.length, 0);
    const rooms = [...new Set(sheet.rows.map((row) => row.room).concat(sheet.separate_room).filter(Boolean))];
    return [
      el("datalist", { id: "reception-staff", "data-key": "staff" }, sheet.receivers.map((one) => el("option", { value: one.name }, t(one.role)))),
      el("datalist", { id: "reception-rooms", "data-key": "rooms" }, rooms.map((room) => el("option", { value: room }))),
      waiting.length ? el("p.rcp-lost", { "data-key": "lost", role: "alert" }, fh.badge("gap", t("rcp.pending", { n: lost, reason: waiting[0].error })), button("plain", "reception-add-again", t("error.retry"))) : null,
      here.length ? null : el("div", { "data-key": "none" }, fh.empty(t("rcp.none"), over() ? null : t("rcp.none_hint"))),
      ...here.map(rowCard),
      gone.length ? el("details.inc-fold", { "data-key": "rcp-gone", open: !here.length || inc.opened.has("rcp-gone") }, el("summary", null, t("rcp.gone", { n: gone.length })), gone.map(goneCard)) : null,
    ];
  }

  function entry(key, name, label, value, list) {
    const draft = draftOf(key);
    const held = draft && name in draft.values ? draft.values[name] : value || "";
    return el("label.rcp-entry", { "data-key": name }, el("span", null, label),
      el("input", { name, "data-of": key, "data-held": held, value: held, list, maxlength: 40, autocomplete: "off", disabled: over(), enterkeyhint: "done" }));
  }

  function rowCard(row) {
    const who = rowName(row);
    return el("article.rcp-row", { "data-key": `r${row.id}`, "data-placed": String(row.placed), "aria-label": who },
      el("header", null, el("b.rcp-number", null, row.number), el("span.rcp-who", null, who),
        fh.badge(row.placed ? "acknowledged" : "gap", t(row.placed ? "rcp.state.placed" : "rcp.state.waiting")),
        el("small", null, t("rcp.arrived", { time: fh.hourMinute(row.arrived_at) }))),
      entry(row.id, "receiver", t("rcp.receiver"), row.receiver, "reception-staff"),
      entry(row.id, "room", t("rcp.room"), row.room, "reception-rooms"),
      over() ? null : el("div.rcp-buttons", null,
        el("button.inc-option", { type: "button", "data-action": "reception-representative", "data-row": row.id, "aria-pressed": String(row.representative) }, row.representative ? `✓ ${t("rcp.representative")}` : t("rcp.representative")),
        el("button.inc-option", { type: "button", "data-action": "reception-leave", "data-row": row.id }, t("rcp.leave")),
        el("button.inc-option", { type: "button", "data-action": "reception-more", "data-row": row.id, "aria-label": `${t("rcp.more")} ${who}` }, t("rcp.more"))),
      unsaved(row.id));
  }

  /** Why something typed is not saved, and what can be done about it. */
  function unsaved(key) {
    const draft = draftOf(key);
    if (!draft || !draft.kind) return null;
    if (draft.kind !== "conflict") {
      return el("p.rcp-unsaved", { role: "alert", "data-key": "unsaved" }, fh.badge("gap", t("rcp.unsaved", { reason: draft.error })), button("plain", "reception-again", t("rcp.retry"), { "data-draft": key }));
    }
    const now = key === "sheet" ? [draft.now.separate_room, draft.now.guide] : [draft.now.receiver, draft.now.room];
    return el("p.rcp-unsaved", { role: "alert", "data-key": "unsaved" }, fh.badge("gap", t("rcp.conflict", { now: now.map((one) => one || "–").join(" · ") })),
      button("plain", "reception-theirs", t("rcp.use_theirs"), { "data-draft": key }), button("plain", "reception-mine", t("rcp.use_mine"), { "data-draft": key }));
  }

  function goneCard(row) {
    return el("p.rcp-gone", { "data-key": `r${row.id}` }, el("b.rcp-number", null, row.number), el("span", null, rowName(row)),
      el("span", null, [row.receiver, row.room, row.outcome].filter(Boolean).join(" · ")), fh.badge("quiet", t("rcp.state.left", { time: fh.hourMinute(row.left_at) })),
      over() ? null : button("quiet", "reception-return", t("rcp.return"), { "data-row": row.id }));
  }

  function arrange(sheet) {
    const counted = state.onlookers === null ? sheet.onlookers : state.onlookers; // typed and not yet sent
    const step = (action, text, label) => el("button.inc-step-key", { type: "button", "data-action": action, "aria-label": label }, text);
    return [el("div.rcp-arrange", { "data-key": "arrange" },
      entry("sheet", "separate_room", t("rcp.separate"), sheet.separate_room, "reception-rooms"),
      el("small.fh-meta", null, t("rcp.separate_hint", { n: sheet.limits.separate_room_from })),
      el("label.rcp-entry", { for: "reception-onlookers" }, el("span", null, t("rcp.onlookers"))),
      over() ? el("p", null, el("b", null, counted)) : el("div.rcp-onlookers", null, step("reception-fewer", "−", t("gather.less", { n: 1 })),
        el("input", { id: "reception-onlookers", type: "number", inputmode: "numeric", min: 0, max: 100000, "data-held": counted, value: counted, "aria-label": t("rcp.onlookers") }),
        step("reception-one-more", "+", t("gather.more", { n: 1 })), step("reception-five-more", "+5", t("gather.more", { n: 5 })),
        button("plain", "reception-count", t("rcp.count"))),
      entry("sheet", "guide", t("rcp.guide"), sheet.guide, "reception-staff"),
      unsaved("sheet")),
      el("ul.rcp-counts", { "data-key": "counts" }, sheet.onlooker_counts.length
        ? sheet.onlooker_counts.slice(0, 8).map((one) => el("li", null, t("rcp.counted", { time: fh.hourMinute(one.at), by: one.by, n: one.onlookers })))
        : el("li", null, t("rcp.count_none")))];
  }
  document.addEventListener("input", (event) => { if (event.target.id === "reception-onlookers") state.onlookers = event.target.value; });

  function bar() {
    if (over()) return [];
    return [
      el("div.rcp-came", { "data-key": "came", role: "group", "aria-label": t("rcp.came", { n: "" }) }, CAME.map((n) => el("button.fh-button.fh-button--main", { type: "button", "data-action": "reception-came", "data-count": n }, t("rcp.came", { n })))),
      el("div.rcp-other", { "data-key": "other" }, button("plain", "reception-pick", t("rcp.from_tickets")), button("plain", "reception-script", t("rcp.script_open"), { id: "reception-script-open" })),
    ];
  }
})();
