/* The virtual phones: who got an alert, what it says, and an answer with one tap.
 *
 * Everything is read again whenever the board's snapshot moves (a push, or the slow poll); reads
 * never overlap. The third column shows what an answer does to the board.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const API = "/sandbox/api";
  const ANSWERS = [["1", "sandbox.one", "main"], ["收到", "sandbox.got", "plain"], ["没收到", "sandbox.not_got", "plain"]];
  const view = { phones: null, chosen: null, texts: [], failed: null, busy: false, again: false, note: null, subscribed: false, left: false };
  const unreadOf = new Map(); // number -> {at, texts}: what a phone with several unanswered texts still has to answer

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountSandbox() {
      requestAnimationFrame(() => {
        Object.assign(view, { chosen: null, texts: [], note: null, left: false });
        if (!view.subscribed) fh.onSnapshot(moved);
        view.subscribed = true;
        read();
        board(fh.snapshot());
      });
      return window.dash_clientside.no_update;
    },
  });

  function moved(snapshot, before) {
    if (!at("sandbox")) return;
    answered(snapshot, before);
    board(snapshot);
    read();
  }

  /** Read the wall and the open conversation; one read at a time, one more if asked meanwhile. */
  async function read() {
    if (view.busy) { view.again = true; return; }
    view.busy = true;
    do {
      view.again = false;
      const asked = view.chosen;
      try {
        const [phones, texts] = await Promise.all([
          fh.json(`${API}/wall`), asked ? fh.json(`${API}/phones/${encodeURIComponent(asked)}?detail=1`) : [],
        ]);
        await lookBehind(phones);
        view.phones = sorted(phones);
        view.failed = null;
        if (asked === view.chosen) view.texts = texts;
      } catch (failed) {
        view.failed = failed.message;
      }
      if (firstAlert()) view.again = true;
      draw();
    } while (view.again);
    view.busy = false;
  }

  /* ---- which text waits for an answer -------------------------------------------------------------- */

  /** A ticket may lie on top of an alert: of phones with several unanswered texts, read them all. */
  async function lookBehind(phones) {
    const unknown = phones.filter((phone) => phone.unread > 1 && (unreadOf.get(phone.number) || {}).at !== phone.last_at);
    for (const phone of unknown.slice(0, 40)) {
      const texts = await fh.json(`${API}/phones/${encodeURIComponent(phone.number)}?detail=1`);
      unreadOf.set(phone.number, { at: phone.last_at, texts: texts.slice(texts.findLastIndex((text) => text.direction === "in") + 1).map((text) => text.text) });
    }
  }

  /** The newest unanswered text that asks for an acknowledgement nobody has given yet, or null. */
  function alertOn(phone) {
    if (!phone.unread || !fh.snapshot()) return null;
    const codes = fh.snapshot().incidents.filter((incident) => !incident.acknowledgements.length).map((incident) => incident.code);
    const texts = phone.unread > 1 && unreadOf.has(phone.number) ? unreadOf.get(phone.number).texts : [phone.last_text];
    return texts.findLast((text) => codes.some((code) => text.includes(code))) || null;
  }

  /** Phones with an alert that waits come first; the rest stay with the latest word first. */
  const sorted = (phones) => [...phones.filter(alertOn), ...phones.filter((phone) => !alertOn(phone))];

  /** Where there is room beside the wall, the first waiting alert is opened by itself, once. */
  function firstAlert() {
    if (view.chosen || view.left || !view.phones || !at("sandbox") || matchMedia("(max-width: 760px)").matches) return false;
    const first = view.phones.find(alertOn);
    if (first) view.chosen = first.number;
    return Boolean(first);
  }

  /* ---- the wall -------------------------------------------------------------------------------- */

  function draw() {
    if (!at("sandbox")) return;
    at("sandbox").toggleAttribute("data-chosen", Boolean(view.chosen));
    fh.fill(at("sandbox-wall"), wall());
    phone();
  }

  function wall() {
    const warning = view.failed && el("div.fh-failure", { role: "alert" }, el("p", null, t("sandbox.load_failed", { reason: view.failed })));
    if (!view.phones) return warning ? [warning] : [el("div.fh-loading", { role: "status" }, t("loading"))];
    if (!view.phones.length) {
      return [warning, el("div.fh-empty", { role: "status" }, el("p", null, t("sandbox.empty")), el("small", null, t("sandbox.empty_hint")),
        el("a.fh-button.fh-button--plain", { href: "/complaint" }, t("sandbox.empty_do")))];
    }
    return [warning, el("ul.sb-wall", null, view.phones.map(card))];
  }

  const masked = (number) => (number.length >= 8 ? `${number.slice(0, 3)}****${number.slice(-4)}` : number);

  function card(phone) {
    const chosen = phone.number === view.chosen;
    const alert = alertOn(phone);
    const text = alert || (phone.last_direction === "in" ? t("sandbox.replied", { text: phone.last_text }) : phone.last_text);
    const [state, word] = alert ? ["unanswered", t("sandbox.alert")] : phone.unread ? ["told", t("sandbox.unread", { n: phone.unread })] : ["acknowledged", t("sandbox.answered")];
    return el("li", { "data-key": phone.number, "data-alert": Boolean(alert) },
      el("button.sb-card", { type: "button", "data-action": "sandbox-open", "data-number": phone.number, "aria-pressed": String(chosen) },
        el("span.sb-card-who", null, el("b", null, phone.name || t("sandbox.nobody")), el("span", null, phone.unit)),
        el("time.sb-card-at", { datetime: phone.last_at }, fh.hourMinute(phone.last_at)),
        el("span.sb-card-role", null, phone.role ? t(phone.role) : masked(phone.number)),
        el("span.fh-state.sb-unread", { "data-state": state }, fh.shape(), word),
        el("span.sb-card-text", null, text)));
  }

  actions["sandbox-open"] = function (node) {
    const other = view.chosen !== node.dataset.number;
    view.chosen = node.dataset.number;
    if (other) Object.assign(view, { texts: [], note: null });
    draw();
    read();
    const heading = document.querySelector("#sandbox-phone h2");
    if (heading && matchMedia("(max-width: 760px)").matches) heading.focus();
  };
  actions["sandbox-back"] = function () {
    const number = view.chosen;
    Object.assign(view, { chosen: null, left: true });
    draw();
    const card = document.querySelector(`.sb-card[data-number="${CSS.escape(number)}"]`);
    if (card) card.focus();
  };

  /* ---- one phone --------------------------------------------------------------------------------- */

  function phone() {
    const host = at("sandbox-phone");
    const owner = (view.phones || []).find((each) => each.number === view.chosen);
    if (!owner) { host.replaceChildren(el("div.sb-phone.sb-phone--none", null, fh.empty(t("sandbox.choose")))); return; }
    let frame = host.querySelector(".sb-phone[data-number]");
    if (!frame || frame.dataset.number !== owner.number) {
      frame = build(owner);
      host.replaceChildren(frame);
    }
    const list = frame.querySelector(".sb-texts");
    const before = list.childElementCount;
    fh.fill(list, bubbles());
    if (list.childElementCount !== before) list.scrollTop = list.scrollHeight;
    fh.fill(frame.querySelector(".sb-note"), view.note ? [el("p", null, fh.badge("acknowledged", view.note))] : []);
  }

  function build(owner) {
    const form = el("form.sb-reply", { autocomplete: "off" },
      el("div.sb-answers", null, ANSWERS.map(([text, key, kind]) =>
        el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": "sandbox-answer", "data-text": text }, t(key)))),
      el("div.sb-free", null,
        el("input", { name: "text", maxlength: 500, "aria-label": t("sandbox.reply"), placeholder: t("sandbox.reply_hint"), enterkeyhint: "send" }),
        el("button.fh-button.fh-button--plain", { type: "submit" }, t("sandbox.send"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = form.elements.text.value.trim();
      if (text) reply(text).then((sent) => { if (sent) form.elements.text.value = ""; });
    });
    return el("div.sb-phone", { "data-number": owner.number },
      el("header.sb-phone-head", null,
        el("button.fh-button.fh-button--quiet.sb-back", { type: "button", "data-action": "sandbox-back" }, "‹ ", t("sandbox.back")),
        el("h2", { tabindex: "-1" }, owner.name || t("sandbox.nobody")),
        el("p.fh-meta", null, [owner.unit, owner.role && t(owner.role), masked(owner.number)].filter(Boolean).join(" · "))),
      el("div.sb-texts", { role: "log", "aria-live": "polite", "aria-label": t("sandbox.conversation"), tabindex: "0" }),
      el("div.sb-note", { role: "status" }),
      form);
  }

  const STATES = { delivered: "sandbox.delivered", accepted: "sandbox.sent", sent: "sandbox.sent", failed: "sandbox.failed_text", undelivered: "sandbox.failed_text", received: "sandbox.received" };

  function bubbles() {
    return view.texts.map((text, nth) =>
      el("div.sb-bubble", { "data-key": `t${nth}`, "data-direction": text.direction },
        el("p", null, text.text),
        el("small", null, el("time", { datetime: text.at }, fh.hourMinute(text.at)), " ", t(STATES[text.state] || text.state))));
  }

  actions["sandbox-answer"] = (node) => reply(node.dataset.text);

  async function reply(text) {
    const number = view.chosen;
    try {
      await fh.json(`${API}/phones/${encodeURIComponent(number)}/reply`, { text });
    } catch (failed) {
      fh.toast(t("sandbox.failed", { reason: failed.message }), "bad");
      return false;
    }
    read();
    fh.refresh();
    return true;
  }

  /* ---- what it does to the board ------------------------------------------------------------------- */

  const place = (incident) => (incident.unit && incident.unit.level !== "head_office" ? incident.unit.short_name : t("incident.whole_bank"));

  /** Somebody answered since the last snapshot: say on the open phone that the board shows it. */
  function answered(snapshot, before) {
    if (!before) return;
    const were = new Map(before.incidents.map((incident) => [incident.id, incident.acknowledgements.length]));
    for (const incident of snapshot.incidents) {
      const last = incident.acknowledgements[incident.acknowledgements.length - 1];
      if (last && incident.acknowledgements.length > (were.get(incident.id) || 0)) {
        view.note = t("sandbox.changed", { unit: place(incident), by: last.by });
      }
    }
  }

  function board(snapshot) {
    const host = at("sandbox-board");
    if (!host || !snapshot) return;
    fh.fill(host, snapshot.incidents.length ? snapshot.incidents.map(row) : [fh.empty(t("sandbox.board_calm"))]);
  }

  function row(incident) {
    const last = incident.acknowledgements[incident.acknowledgements.length - 1];
    return el("article.sb-incident", { "data-key": incident.id, "data-answered": Boolean(last) },
      el("h3", null, fh.badge(incident.severity === "large" ? "large" : "incident", ""), el("a", { href: `/incidents/${incident.id}` }, place(incident)),
        el("span.fh-meta", null, t("sandbox.clients", { n: Math.max(incident.clients, incident.headcount) }))),
      last ? el("p", null, fh.badge("acknowledged", t("sandbox.by", { by: last.by })), el("span.fh-meta", null, " ", last.by === t(last.role) ? "" : `${t(last.role)} `, fh.hourMinute(last.at)))
        : el("p", null, fh.badge("unanswered", t("sandbox.waiting")), " ", fh.elapsed(incident.opened_at)));
  }
})();
