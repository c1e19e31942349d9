/* 我的工单: what is offered to me, then what is mine, by the clock that runs next.
 *
 * Keys: j and k go from ticket to ticket, Enter opens, a accepts, h hands over, x selects, ? helps;
 * never while somebody types or a conversation is open.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const tk = (fh.tk = fh.tk || {});
  const actions = (fh.actions = fh.actions || {});

  const chosen = new Set();
  const page = { root: "tickets", stale: "tk.failed", again: 15000, asked: () => "/live/tickets/mine", draw };
  let hearing = false;

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountTickets(given) {
      if (given) requestAnimationFrame(mount);
      return window.dash_clientside.no_update;
    },
  });

  function mount() {
    chosen.clear();
    if (!hearing) tk.changed.push(() => fh.reading.again(page));
    hearing = true;
    fh.reading.open(page);
    fh.reading.again(page);
  }

  const button = (kind, action, words, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, words);
  const mayWork = () => fh.can("work_ticket");

  function draw() {
    if (!at("tickets-list")) return;
    const { held } = page;
    for (const id of [...chosen]) if (!held.tickets.some((one) => one.complaint === id && !one.offered)) chosen.delete(id);
    fh.fill(at("tickets-head"), head(held));
    fh.fill(at("tickets-list"), list(held));
    fh.fill(at("tickets-bulk"), bulk());
  }

  function head(held) {
    const n = held.tickets.length;
    return [el("div.tk-title", { "data-key": "t" }, el("h1", null, t("page.tickets")),
      el("p.tk-counts", { role: "status" }, held.late ? fh.badge("gap", t("tk.late_n", { n: held.late })) : null,
        held.offered ? fh.badge("told", t("tk.offered_n", { n: held.offered })) : null,
        n ? el("span.fh-meta", null, t(held.more ? "tk.count_more" : "tk.count", { n })) : null)),
    el("div.tk-tools", { "data-key": "b" },
      mayWork() && held.tickets.some((one) => !one.offered) ? button("quiet", "tickets-all", t("tk.select_all"), { "aria-pressed": String(allChosen(held)) }) : null,
      el("button.fh-button.fh-button--quiet.tk-keys", { type: "button", "data-action": "tickets-keys", "aria-label": t("tk.keys"), title: t("tk.keys_hint") }, "?"),
      fh.may("take_complaint") ? el("a.fh-button.fh-button--plain", { href: "/complaint" }, t("tk.enter")) : null)];
  }

  function list({ tickets }) {
    if (!tickets.length) {
      return [el("div.dt-calm", { "data-key": "none", role: "status" }, el("span.fh-calm-mark", { "aria-hidden": "true" }), el("p", null, t("tk.none")), el("p.fh-meta", null, t("tk.none_hint")))];
    }
    const offered = tickets.filter((one) => one.offered);
    const own = tickets.filter((one) => !one.offered);
    return [group("offers", "tk.offers", offered), group("own", "tk.own", own)].filter(Boolean);
  }
  const group = (key, words, rows) => (rows.length ? el("section.tk-group", { "data-key": key, "aria-label": t(words) },
    el("h2", null, t(words), " ", el("small", null, rows.length)), el("ul", null, rows.map(row))) : null);

  /** Late as it stands now: a clock may run out between two readings. */
  const late = (one) => one.late || (one.next_at !== null && fh.now() !== null && Date.parse(one.next_at) <= fh.now());
  const title = (one) => (fh.english() ? one.title_en : one.title_zh);

  function clock(one) {
    if (!one.next_at) return el("div.tk-clock", null, el("span.fh-meta", null, t("tk.no_clock")));
    const promise = one.promised_at === one.next_at;
    return el("div.tk-clock", null, fh.countdown(one.next_at, null, "row"), late(one) ? fh.badge("gap", t("tk.late")) : null,
      el("small", null, fh.hourMinute(one.next_at), " ", promise ? t("tk.promise_clock") : title(one) || ""));
  }

  function flags(one) {
    return [one.held ? fh.badge("unanswered", t("tk.flag.held")) : null, one.bounced ? fh.badge("slow", t("tk.flag.bounced")) : null,
      one.promise_lapsed ? fh.badge("gap", t("tk.flag.promise_lapsed")) : null, one.reopened ? fh.badge("told", t("tk.flag.reopened", { n: one.round })) : null,
      one.incident ? fh.badge("incident", t("tk.flag.incident")) : null].filter(Boolean);
  }

  function row(one) {
    const id = one.complaint;
    const owner = one.offered ? [one.owner_unit, one.owner || (one.owner_role ? t(one.owner_role) : "")].filter(Boolean).join(" ") : "";
    return el("li.tk-row", { "data-key": id, "data-ticket": id, "data-over": late(one), "data-offered": one.offered },
      mayWork() && !one.offered ? el("label.tk-select", null, el("input", { type: "checkbox", value: id, "aria-label": t("tk.select", { id }) })) : el("span.tk-select"),
      clock(one),
      el("div.tk-what", null,
        one.priority ? el("p.tk-reasons", null, tk.reasons(one.priority)) : null,
        el("h3", null, el("a", { href: tk.page(id) }, t("tk.next", { step: tk.step(one.stage) }), " ", el("span.tk-id", null, id))),
        el("p.fh-meta", null, tk.join([one.unit, one.product, t(one.channel), t("tk.received", { time: fh.hourMinute(one.received_at) }), owner])),
        one.offered && one.offer_reason ? el("p.tk-offer", null, one.offer_reason) : null,
        flags(one).length ? el("p.tk-flags", null, flags(one)) : null),
      el("div.tk-acts", null, !mayWork() ? null : one.offered
        ? [button("main", "ticket-accept", t("tk.accept"), { "data-ticket": id, "aria-label": t("tk.accept_of", { id }) }),
          button("plain", "ticket-decline", t("tk.decline"), { "data-ticket": id, "aria-label": t("tk.decline_of", { id }) })]
        : button("quiet", "ticket-hand-over", t("tk.hand_over"), { "data-ticket": id, "aria-label": t("tk.hand_over_of", { id }) })));
  }

  /* ---- many at once ---------------------------------------------------------------------------------- */

  const mineOf = (held) => held.tickets.filter((one) => !one.offered);
  const allChosen = (held) => mineOf(held).length > 0 && mineOf(held).every((one) => chosen.has(one.complaint));

  function bulk() {
    if (!chosen.size) return [];
    return [el("div.tk-bulk", { "data-key": "bulk", role: "region", "aria-label": t("tk.selected", { n: chosen.size }) },
      el("span", { role: "status" }, t("tk.selected", { n: chosen.size })),
      button("quiet", "tickets-none", t("tk.unselect")), button("main", "tickets-hand-over", t("tk.hand_over")))];
  }
  function redraw() {
    for (const box of document.querySelectorAll("#tickets-list .tk-select input")) box.checked = chosen.has(box.value);
    if (page.held) draw();
  }
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("#tickets-list .tk-select input")) return;
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
    redraw();
  });
  actions["tickets-all"] = function () {
    const all = allChosen(page.held);
    chosen.clear();
    if (!all) for (const one of mineOf(page.held)) chosen.add(one.complaint);
    redraw();
  };
  actions["tickets-none"] = () => { chosen.clear(); redraw(); };
  actions["tickets-hand-over"] = () => tk.handOver([...chosen], () => { chosen.clear(); redraw(); tk.tell(); });

  /* ---- keys ------------------------------------------------------------------------------------------ */

  const KEYS = [["j k", "jk"], ["Enter", "enter"], ["a", "a"], ["h", "h"], ["x", "x"], ["?", "q"]];
  actions["tickets-keys"] = () => fh.dialog(t("tk.keys"),
    el("dl.tk-keylist", null, KEYS.map(([keys, name]) => el("div", null, el("dt", null, keys.split(" ").map((key) => el("kbd", null, key))), el("dd", null, t(`tk.key.${name}`))))),
    el("div.fh-actions", null, button("main", "close-dialog", t("act.close"))));

  const links = () => [...document.querySelectorAll("#tickets-list .tk-row h3 a")];
  const here = () => document.activeElement && document.activeElement.closest("#tickets-list .tk-row");

  function move(by) {
    const all = links();
    if (!all.length) return;
    const now = here() ? all.indexOf(here().querySelector("h3 a")) : by > 0 ? -1 : all.length;
    const next = all[Math.min(all.length - 1, Math.max(0, now + by))];
    next.focus();
    next.closest(".tk-row").scrollIntoView({ block: "nearest" });
  }

  const typing = (node) => node.closest("input:not([type=checkbox]), select, textarea, [contenteditable], dialog");
  document.addEventListener("keydown", (event) => {
    if (!at("tickets-list") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const row = here();
    const press = (action) => { const found = row && row.querySelector(`[data-action=${action}]`); if (found) found.click(); };
    const does = { j: () => move(1), k: () => move(-1), "?": () => actions["tickets-keys"](), a: () => press("ticket-accept"), h: () => (chosen.size ? actions["tickets-hand-over"]() : press("ticket-hand-over")),
      x: () => { const box = row && row.querySelector(".tk-select input"); if (box) box.click(); } };
    if (!does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });
})();
