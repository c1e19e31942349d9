/* Contacts: units by name or place in the tree, one unit's team, gaps, absences.
 *
 * Numbers are masked; one person's are shown after a click (a POST, journalled) until the unit is
 * drawn again. Files go in and out in contacts-files.js.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const API = "/live/contacts";
  const FOLLOW_MS = 20000;
  const view = { units: null, failed: null, search: "", gaps: false, open: new Set(), chosen: null, desk: null, readAt: 0, subscribed: false };
  const contacts = (fh.contacts = { view });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountContacts() {
      requestAnimationFrame(() => {
        if (!at("contacts")) return;
        at("contacts-search").replaceChildren(search());
        at("contacts-unit").replaceChildren();
        fh.drawContactFiles();
        if (!view.subscribed) fh.onSnapshot(followed);
        Object.assign(view, { subscribed: true, desk: null });
        view.chosen = decodeURIComponent(location.hash.slice(1)) || null;
        tree();
        if (view.chosen) unit(view.chosen);
      });
      return window.dash_clientside.no_update;
    },
  });

  /** Shifts begin and end by themselves: look again now and then, but not while somebody reads a
   *  number or fills in a dialog. */
  function followed() {
    const busy = !at("contacts") || document.hidden || document.querySelector("dialog, .ct-numbers a");
    if (!busy && Date.now() - view.readAt > FOLLOW_MS) contacts.reload();
  }

  /** Read everything again, as after an import. */
  contacts.reload = function () {
    tree();
    if (view.chosen) unit(view.chosen);
  };

  /* ---- the tree ----------------------------------------------------------------------------------- */

  function search() {
    const input = el("input", { type: "search", id: "ct-search", placeholder: t("unit.hint"), "aria-label": t("contacts.search"), autocomplete: "off", spellcheck: "false", value: view.search });
    const only = el("input", { type: "checkbox", id: "ct-gaps" });
    only.checked = view.gaps;
    input.addEventListener("input", () => { view.search = input.value; drawTree(); });
    input.addEventListener("keydown", (event) => {
      const first = document.querySelector("#contacts-tree [data-action=contacts-unit]");
      if (event.key === "Enter" && first && !event.isComposing) first.click();
      if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
    });
    only.addEventListener("change", () => { view.gaps = only.checked; drawTree(); });
    return el("div.ct-search", null, input, el("label.cp-check", null, only, t("contacts.only_gaps")));
  }

  async function tree() {
    try {
      view.units = (await fh.json(`${API}/tree`)).units;
      view.failed = null;
    } catch (failed) {
      view.failed = failed.message;
    }
    if (!at("contacts")) return;
    if (view.units && view.units.length && !view.chosen && !matchMedia("(max-width: 760px)").matches) choose(view.units[0].code);
    drawTree();
    fh.drawContactFiles();
  }

  function drawTree() {
    const host = at("contacts-tree");
    if (view.failed) { fh.fill(host, [problem("contacts.load_failed", view.failed)]); return; }
    if (!view.units) return;
    if (!view.units.length) { fh.fill(host, [fh.empty(t("contacts.empty"), t("contacts.empty_hint"))]); return; }
    const narrowed = view.search.trim() || view.gaps;
    const found = fh.findUnits(view.units, view.search).filter((row) => !view.gaps || row.gaps);
    if (narrowed) {
      const shown = found.slice(0, 60);
      const none = view.gaps && !view.search.trim() ? t("contacts.no_gaps") : t("unit.none");
      fh.fill(host, [shown.length ? el("ul.ct-list", { "data-key": "found" }, shown.map((row) => line(row, fh.unitName(row)))) : fh.empty(none),
        found.length > shown.length ? el("p.fh-meta", null, t("unit.more", { n: found.length - shown.length })) : null]);
      return;
    }
    fh.fill(host, [el("ul.ct-list", { "data-key": "tree" }, children(null))]);
  }

  const children = (parent) => view.units.filter((row) => row.parent === parent).map(node);

  function node(row) {
    const below = view.units.some((other) => other.parent === row.code);
    if (row.parent === null) return [line(row, row.short), children(row.code)];
    const open = view.open.has(row.code);
    return line(row, row.short, below ? { open } : null, open ? el("ul", null, children(row.code)) : null);
  }

  function gapsBelow(row) {
    return view.units.filter((other) => other.parent === row.code).reduce((sum, other) => sum + other.gaps, 0);
  }

  function line(row, name, fold, inside) {
    const hidden = fold && !fold.open ? gapsBelow(row) : 0;
    const gaps = row.gaps + hidden;
    return el("li", { "data-key": row.code },
      el("div.ct-line", null,
        fold ? el("button.ct-fold", { type: "button", "data-action": "contacts-fold", "data-code": row.code, "aria-expanded": String(fold.open), "aria-label": t("contacts.open", { unit: row.short }) }, fold.open ? "−" : "+") : el("span.ct-fold", { "aria-hidden": "true" }),
        el("button.ct-unit", { type: "button", "data-action": "contacts-unit", "data-code": row.code, "aria-current": row.code === view.chosen ? "true" : null },
          el("span", null, name), gaps ? fh.badge("gap", t("contacts.gaps", { n: gaps })) : null)),
      inside);
  }

  actions["contacts-fold"] = function (node) {
    if (!view.open.delete(node.dataset.code)) view.open.add(node.dataset.code);
    drawTree();
  };
  actions["contacts-unit"] = (node) => choose(node.dataset.code, true);

  function choose(code, asked) {
    view.chosen = code;
    history.replaceState(history.state, "", `#${encodeURIComponent(code)}`);
    drawTree();
    fh.drawContactFiles();
    unit(code, asked);
  }

  /* ---- one unit -------------------------------------------------------------------------------------- */

  async function unit(code, asked) {
    if (!view.desk || view.desk.unit.code !== code) fh.fill(at("contacts-unit"), [el("div.fh-loading", { role: "status" }, t("loading"))]);
    try {
      const desk = await fh.json(`${API}/units/${encodeURIComponent(code)}`);
      if (view.chosen !== code || !at("contacts")) return;
      if (!view.desk || view.desk.unit.code !== code) at("contacts-unit").replaceChildren();
      Object.assign(view, { desk, readAt: Date.now() });
      fh.fill(at("contacts-unit"), team(desk));
      fh.drawContactFiles();
    } catch (failed) {
      if (at("contacts")) at("contacts-unit").replaceChildren(problem("contacts.load_failed", failed.message));
      return;
    }
    const heading = document.querySelector("#contacts-unit h2");
    if (asked && heading) {
      heading.focus({ preventScroll: true });
      if (matchMedia("(max-width: 760px)").matches) heading.scrollIntoView({ block: "center" });
    }
  }

  const problem = (key, reason) => el("div.fh-failure", { role: "alert" }, el("p", null, t(key, { reason })),
    el("button.fh-button.fh-button--plain", { type: "button", "data-action": "contacts-retry" }, t("contacts.retry")));
  actions["contacts-retry"] = () => contacts.reload();

  function team(desk) {
    const gaps = desk.roles.filter((role) => role.gap).length;
    const path = desk.lineage.slice(0, -1);
    return [
      el("header.ct-head", null,
        el("p.fh-meta.ct-path", null, path.map((step) => [el("button", { type: "button", "data-action": "contacts-unit", "data-code": step.code }, step.short), " / "])),
        el("h2", { tabindex: "-1" }, desk.unit.short, el("small", null, t(desk.unit.level), desk.below ? ` · ${t("contacts.below", { n: desk.below })}` : "")),
        el("a.inc-link.ct-tree", { href: `/call-tree?unit=${encodeURIComponent(desk.unit.code)}` }, t("page.call_tree")),
        gaps ? el("p.ct-alarm", { role: "alert" }, fh.badge("gap", t("contacts.gaps_here", { n: gaps }))) : el("p", null, fh.badge("ok", t("contacts.full")))),
      el("ul.ct-roles", { "aria-label": t("contacts.team") },
        el("li.ct-role.ct-heads", { "aria-hidden": "true" }, ["role", "now", "deputies"].map((key) => el("span", null, t(`contacts.${key}`)))),
        desk.roles.map(role)),
      absences(desk),
    ];
  }

  function role(entry) {
    const first = entry.people.find((person) => person.id === entry.first);
    const others = entry.people.filter((person) => person !== first);
    return el("li.ct-role", { "data-gap": entry.gap, "data-role": entry.role },
      el("h3", null, t(entry.role), entry.lent_by ? el("small.fh-meta", null, t("contacts.lent", { unit: entry.lent_by })) : null),
      el("div.ct-first", null, first ? person(first, true) : el("p.ct-nobody", null, fh.badge("gap", t("contacts.gap")), el("span", null, t("contacts.gap_long")))),
      el("div.ct-others", null, others.length ? others.map((each) => person(each, false))
        : entry.gap ? null : el("p.fh-meta", null, t("contacts.no_deputy"))));
  }

  function person(who, first) {
    const state = who.why ? fh.badge("gap", t(`contacts.why.${who.why}`))
      : who.on_shift ? fh.badge("ok", who.until ? t("contacts.on_shift", { time: fh.hourMinute(who.until) }) : t("person.ready")) : null;
    return el("div.ct-person", { "data-person": who.id, "data-first": first, "data-away": Boolean(who.why) },
      el("p.ct-name", null, el("b", null, who.name), who.post ? el("span.fh-meta", null, who.post) : null, state),
      el("p.ct-numbers", null,
        el("span.ct-number", null, who.mobile_masked || t("contacts.no_mobile")),
        fh.may("reveal_contact") && (who.mobile_masked || who.office_masked || who.has_email)
          ? el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "contacts-reveal", "data-person": who.id, "aria-label": t("contacts.show_of", { name: who.name }) }, t("contacts.show")) : null));
  }

  actions["contacts-reveal"] = async function (node) {
    node.disabled = true;
    try {
      const numbers = await fh.json(`${API}/people/${node.dataset.person}/numbers`, {});
      const link = (href, text) => el("a.fh-phone", { href }, text);
      node.closest(".ct-numbers").replaceChildren(...[
        numbers.mobile && link(`tel:${numbers.mobile}`, numbers.mobile),
        numbers.office_phone && link(`tel:${numbers.office_phone}`, numbers.office_phone),
        numbers.email && link(`mailto:${numbers.email}`, numbers.email),
      ].filter(Boolean));
    } catch (failed) {
      node.disabled = false;
      fh.toast(t("contacts.load_failed", { reason: failed.message }), "bad");
    }
  };

  /* ---- absences ------------------------------------------------------------------------------------------ */

  function absences(desk) {
    const rows = desk.absences.map((row) => el("li", { "data-absence": row.id },
      fh.badge(row.now ? "gap" : "watch", t(row.now ? "contacts.absence_now" : "contacts.absence_coming")),
      el("span", null, el("b", null, row.name), " ", el("span.fh-meta", null, `${day(row.starts_at)} – ${day(row.ends_at)}`, row.reason ? ` · ${row.reason}` : "")),
      fh.may("edit_contacts") && el("button.fh-button.fh-button--plain", { type: "button", "data-action": "contacts-back", "data-absence": row.id, "aria-label": t("contacts.absence_end_of", { name: row.name }) }, t("contacts.absence_end"))));
    return el("section.ct-absences", null,
      el("header", null, el("h3", null, t("contacts.absences")),
        desk.people.length && fh.may("edit_contacts") ? el("button.fh-button.fh-button--plain", { type: "button", "data-action": "contacts-away" }, t("contacts.absence_add")) : null),
      rows.length ? el("ul", null, rows) : el("p.fh-meta", null, t("contacts.absences_none")));
  }

  const shanghai = (iso) => new Date(Date.parse(iso) + 8 * 3600e3).toISOString();
  const day = (iso) => `${shanghai(iso).slice(5, 10)} ${shanghai(iso).slice(11, 16)}`;

  actions["contacts-away"] = function () {
    const now = shanghai(view.desk.now);
    const tomorrow = shanghai(new Date(Date.parse(view.desk.now) + 86400e3).toISOString());
    const field = (label, control) => el("label", null, label, control);
    const who = el("select", { name: "person" }, view.desk.people.map((each) => el("option", { value: each.id }, each.name)));
    const from = el("input", { type: "datetime-local", name: "starts_at", value: now.slice(0, 16) });
    const to = el("input", { type: "datetime-local", name: "ends_at", value: tomorrow.slice(0, 16) });
    const why = el("input", { type: "text", name: "reason", maxlength: 200 });
    const fault = el("p.fh-form-fault", { role: "alert" });
    const form = el("form.fh-form", null, field(t("contacts.absence_person"), who), field(t("contacts.absence_from"), from), field(t("contacts.absence_to"), to), field(t("contacts.absence_reason"), why), fault,
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "submit" }, t("contacts.absence_save")),
        el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.cancel"))));
    const box = fh.dialog(t("contacts.absence_add"), form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const zone = (value) => (value ? `${value}:00+08:00` : "");
      const answer = await contacts.post(`${API}/absences`, { person: Number(who.value), starts_at: zone(from.value), ends_at: zone(to.value), reason: why.value || null });
      if (answer.fault) { fault.textContent = answer.fault; return; }
      box.close();
      fh.toast(t("contacts.absence_saved"));
      contacts.reload();
    });
  };
  actions["contacts-back"] = async function (node) {
    node.disabled = true;
    const answer = await contacts.post(`${API}/absences/${node.dataset.absence}/end`, {});
    fh.toast(answer.fault || t("contacts.absence_ended"), answer.fault ? "bad" : "good");
    contacts.reload();
  };

  /** POST JSON or a form; {body} or {fault: words for the person}. */
  contacts.post = async function (path, body) {
    const headers = {};
    const plain = !(body instanceof FormData);
    if (plain) headers["Content-Type"] = "application/json";
    try {
      const answer = await fh.send(path, { method: "POST", headers, body: plain ? JSON.stringify(body) : body, signal: AbortSignal.timeout(120000) });
      if (answer.ok) return { answer };
      const read = await answer.json().catch(() => ({}));
      const words = (read.errors || []).map((fault) => [fault.message, fault.remedy].filter(Boolean).join("，")).join("；");
      return { fault: words || read.error || `HTTP ${answer.status}` };
    } catch (failed) {
      return { fault: t("link.lost") };
    }
  };
})();
