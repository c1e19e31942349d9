/* One report: frozen figures at the left, what it says at the right, what to do next below.
 *
 * What is typed is kept in this page and on this device until it is saved; a second editor's text
 * is shown beside it, never put over it.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const rep = (fh.rep = fh.rep || {});
  const actions = (fh.actions = fh.actions || {});
  /* typed: name -> text not saved yet; seen: name -> what stood there when typing began; theirs: name ->
   * what another saved meanwhile; base: the version that was seen */
  const work = { typed: {}, seen: {}, theirs: {}, faults: {}, base: null, built: null, say: null, busy: false, tried: false };

  const keepKey = () => `fh-report-${rep.incident()}-${rep.report()}`;
  const button = (kind, action, text, more) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...more }, text);
  const field = (view, name) => view.fields.find((one) => one.name === name);
  rep.label = (one) => (fh.english() ? one.en : one.zh);

  /** Another report is shown: what was typed on this device for it and not saved comes back. */
  rep.forget = function () {
    Object.assign(work, { typed: {}, seen: {}, theirs: {}, faults: {}, base: null, built: null, say: null, busy: false, tried: false });
    try {
      const kept = JSON.parse(fh.kept(keepKey()) || "null");
      if (kept && kept.typed && Object.keys(kept.typed).length) Object.assign(work, { typed: kept.typed, seen: kept.seen || {}, base: kept.version, say: { kind: "good", text: t("rep.restored") } });
    } catch (broken) { /* nothing to bring back */ }
  };
  function keep() {
    const dirty = Object.keys(work.typed).length > 0;
    fh.keep(keepKey(), dirty ? JSON.stringify({ version: work.base, typed: work.typed, seen: work.seen }) : "");
  }
  rep.dirty = () => Object.keys(work.typed).length;
  addEventListener("beforeunload", (event) => { if (at("report-fields") && rep.dirty() && rep.held() && rep.held().state === "draft") event.preventDefault(); });

  rep.drawOne = function (view) {
    if (view.state === "draft") meet(view.fields, view.version);
    rep.title(rep.kindTo(view));
    fh.fill(at("reports-head"), head(view));
    fh.fill(at("report-figures"), figures(view));
    at("report-changes-panel").hidden = !view.since;
    fh.fill(at("report-changes"), view.since ? changes(view) : []);
    fh.fill(at("report-times"), times(view));
    at("report-receipts-panel").hidden = !view.receipts.length && !view.exports.length;
    fh.fill(at("report-receipts"), receipts(view));
    fields(view);
    bar(view);
  };

  /** What is stored now, beside what was typed here: a text of another that nobody here has seen is
   *  shown; only then does this page stand on that version. */
  function meet(stored, version) {
    for (const name of Object.keys(work.typed)) {
      const now = stored.find((one) => one.name === name).value;
      if (now === work.typed[name]) { delete work.typed[name]; delete work.theirs[name]; }
      else if (now !== work.seen[name]) { work.theirs[name] = now; work.seen[name] = now; }
    }
    work.base = version;
    keep();
  }

  /* ---- head ------------------------------------------------------------------------------------- */

  function head(view) {
    return [
      el("p.rep-eyebrow", { "data-key": "eyebrow" }, el("a.inc-link", { href: `/incidents/${view.incident}/reports` }, t("rep.to_list")),
        el("a.inc-link", { href: `/incident/${view.incident}` }, `${view.incident} ${view.place}`), rep.meLine()),
      el("h1", { "data-key": "title" }, rep.kindTo(view), rep.badge(view)),
      el("p.rep-where", { "data-key": "where" }, `${view.issuer} → ${view.to}`, el("span.rep-number", null, view.number || t("rep.unnumbered"))),
      view.discarded_at ? el("p.fh-meta", { "data-key": "gone" }, t("rep.discarded", { time: fh.hourMinute(view.discarded_at), reason: view.discard_reason })) : null,
      view.signed_at ? el("p.fh-meta", { "data-key": "signed" }, t("rep.signed", { time: fh.hourMinute(view.signed_at), who: `${view.signer} ${t(view.signer_role)}` })) : null,
    ].filter(Boolean);
  }

  /* ---- figures ------------------------------------------------------------------------------------ */

  function figures(view) {
    const f = view.figures;
    const held = view.figure_versions[view.figure_versions.length - 1];
    const older = view.figure_versions.slice(0, -1);
    const cell = (key, value, note) => el("div.rep-figure", { "data-key": key }, el("strong", null, String(value)), el("span", null, t(`rep.fig.${key}`)), note ? el("small", null, note) : null);
    return [
      el("div.rep-figures", { "data-key": "figures" },
        cell("clients", f.clients, f.unidentified ? `${t("rep.fig.unidentified")} ${f.unidentified}` : null),
        cell("headcount", f.headcount, f.onlookers ? `${t("rep.fig.onlookers")} ${f.onlookers}` : null),
        cell("complaints", f.complaints), cell("amount", Number(f.amount).toLocaleString("zh-CN"), t("rep.fig.named", { n: f.with_amount }))),
      hours(f),
      f.by_unit.length > 1 ? el("ul.rep-units", { "data-key": "units" }, f.by_unit.map((unit) => el("li", null, el("span", null, unit.name), el("b", null, unit.clients)))) : null,
      el("p.rep-frozen", { "data-key": "frozen" }, el("span", null, t("rep.as_of", { time: fh.hourMinute(f.as_of) })),
        el("small", null, t("rep.revision", { n: held.version, revision: held.revision })),
        view.state === "draft" && fh.can("write_report") ? button("quiet", "report-freeze", t("rep.refreeze")) : null),
      older.length ? fh.inc.fold("rep-older", `${t("rep.older")} ${older.length}`, older.map((one) => el("p.fh-meta", null, t("rep.older_line", { n: one.version, time: fh.hourMinute(one.as_of) })))) : null,
    ].filter(Boolean);
  }

  /** New clients hour by hour: short bars with their figure, and how it goes. */
  function hours(f) {
    const summary = el("p.fh-meta", null, t("rep.by_hour"), " · ", t("rep.last_hour", { now: f.last_hour, before: f.hour_before }), " · ", el("b", null, t(`rep.${f.direction}`)));
    if (f.hours.length < 2) return f.hours.length ? el("div.rep-hours", { "data-key": "hours" }, summary) : null;
    const most = Math.max(...f.hours.map((one) => one.clients));
    return el("div.rep-hours", { "data-key": "hours" },
      summary,
      el("ol", null, f.hours.map((one) => el("li", null, el("i", { style: `height:${Math.round((100 * one.clients) / most)}%`, "aria-hidden": "true" }), el("b", null, one.clients), el("span", null, fh.hourMinute(one.from))))));
  }

  function changes(view) {
    const rows = view.changes.map((one) => el("li", { "data-key": one.key, "data-up": one.delta === null ? null : String(one.delta > 0) },
      el("span", null, rep.of(one, "name")), el("span.rep-then", null, rep.of(one, "then")), el("b", null, rep.of(one, "now")),
      el("em", null, one.delta === null ? "" : (one.delta > 0 ? "+" : "−") + Math.abs(one.delta))));
    return [
      el("p.fh-meta", { "data-key": "since" }, t("rep.changes_since", { number: view.since.number, time: fh.hourMinute(view.since.as_of) })),
      rows.length ? el("ul.rep-changes", { "data-key": "rows" }, rows) : fh.empty(t("rep.changes_none")),
      view.new_measures.length ? fh.inc.fold("rep-measures", t("rep.measures_new", { n: view.new_measures.length }),
        view.new_measures.map((one) => el("p.fh-meta", null, `${fh.hourMinute(one.at)} ${one.zh}`))) : null,
    ].filter(Boolean);
  }

  /* ---- times and receipts ------------------------------------------------------------------------------ */

  const who = (by) => (by === "system" ? t("rep.by_system") : fh.inc.actor(by));

  function times(view) {
    return ["occurred", "aware", "decided", "sent", "received"].map((kind) => {
      const entries = view.times.filter((one) => one.kind === kind);
      const now = entries.find((one) => one.counts);
      const old = entries.filter((one) => !one.counts);
      return el("div.rep-time", { "data-key": kind, "data-time": kind }, el("span", null, t(`rep.time.${kind}`)),
        el("b", null, now ? fh.hourMinute(now.at) : el("span.fh-meta", null, t("rep.time.none"))),
        now && fh.can("write_report") ? button("quiet", "report-time", t("rep.time.fix"), { "data-kind": kind, "aria-label": `${t("rep.time.fix")} ${t(`rep.time.${kind}`)}` }) : null,
        now && now.reason ? el("small", null, t("rep.time.because", { reason: now.reason })) : null,
        old.map((one) => el("small", null, t("rep.time.was", { time: fh.hourMinute(one.at), by: who(one.by), entered: fh.hourMinute(one.entered_at) }))));
    });
  }

  function receipts(view) {
    return [
      ...view.receipts.map((one, nth) => el("div.rep-receipt", { "data-key": `r${nth}`, "data-receipt": one.kind },
        el("b", null, t(`rep.receipt.${one.kind}`)), el("span", null, t("rep.receipt_line", one)), el("time", { datetime: one.at }, fh.hourMinute(one.at)),
        el("small", null, [t(`rep.via.${one.via}`), ...(one.number ? [t("rep.receipt_number", one)] : []), ...(one.note ? [one.note] : [])].join(" · "),
          one.file ? [" · ", el("a.inc-link", { href: rep.address(`/files/${one.file}`) }, t("rep.receipt_file"))] : null))),
      ...view.exports.map((one) => el("p.rep-hash", { "data-key": one.format }, t("rep.hash", { format: one.format.toUpperCase(), hash: "" }), el("code", { title: one.sha256 }, one.sha256.slice(0, 16)))),
    ];
  }

  /* ---- what it says --------------------------------------------------------------------------------------- */

  function fields(view) {
    const host = at("report-fields");
    const drafting = view.state === "draft" && fh.can("write_report");
    if (work.built !== `${view.id}:${drafting}` || !host.children.length) {
      host.replaceChildren(...view.fields.map((one) => (drafting ? input(one) : fixed(one))));
      work.built = `${view.id}:${drafting}`;
    }
    if (!drafting) { for (const one of view.fields) at(`rep-f-${one.name}`).textContent = one.value; conflict(); return; }
    for (const one of view.fields) refresh(one);
    conflict();
  }

  function fixed(one) {
    return el("div.rep-field", { "data-field": one.name }, el("h3", null, rep.label(one)), el("p.rep-said", { id: `rep-f-${one.name}` }, one.value));
  }

  function input(one) {
    const id = `rep-f-${one.name}`;
    const box = one.long ? el("textarea", { id, name: one.name, rows: 1, maxlength: 4000, "aria-describedby": `${id}-say` }) : el("input", { id, name: one.name, maxlength: 300, autocomplete: "off", "aria-describedby": `${id}-say` });
    box.value = one.name in work.typed ? work.typed[one.name] : one.value;
    box.addEventListener("input", () => typed(one.name, box.value));
    requestAnimationFrame(() => grow(box));
    return el("div.rep-field", { "data-field": one.name },
      el("div.rep-field-head", null, el("label", { for: id }, rep.label(one)), el("span.rep-field-mark", { id: `${id}-say` })), box, el("div.rep-theirs"));
  }

  function grow(box) {
    if (box.tagName !== "TEXTAREA") return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  }

  function typed(name, text) {
    const stored = field(rep.held(), name).value;
    if (text === stored && !(name in work.theirs)) delete work.typed[name];
    else {
      if (!(name in work.typed)) work.seen[name] = stored;
      work.typed[name] = text;
    }
    delete work.faults[name];
    keep();
    refresh(field(rep.held(), name));
    grow(at(`rep-f-${name}`));
    bar(rep.held());
  }

  /** Bring one field to what is stored, unless it holds something not saved; say how it stands. */
  function refresh(one) {
    const box = at(`rep-f-${one.name}`);
    if (!box) return;
    const mine = one.name in work.typed;
    if (!mine && box.value !== one.value) { box.value = one.value; grow(box); }
    const empty = !box.value.trim();
    const frame = box.closest(".rep-field");
    frame.toggleAttribute("data-empty", empty);
    frame.toggleAttribute("data-dirty", mine);
    const fault = work.faults[one.name];
    frame.toggleAttribute("data-fault", Boolean(fault));
    if (fault) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
    const mark = fault ? fault : empty ? t("rep.needed") : mine ? t("rep.unsaved") : one.by === "system" ? t("rep.from_system") : t("rep.from", { who: fh.inc.actor(one.by) });
    fh.fill(frame.querySelector(".rep-field-mark"), [fault || empty ? fh.badge("gap", mark) : mine ? fh.badge("told", mark) : mark]);
    fh.fill(frame.querySelector(".rep-theirs"), one.name in work.theirs ? theirs(one.name) : []);
  }

  function theirs(name) {
    return [el("p", null, t("rep.theirs")), el("blockquote", null, work.theirs[name]),
      el("div.fh-actions", null, button("plain", "report-theirs", t("rep.take_theirs"), { "data-name": name }), button("plain", "report-mine", t("rep.keep_mine"), { "data-name": name }))];
  }

  function conflict() {
    const clash = Object.keys(work.theirs).length > 0;
    const over = rep.held().state !== "draft" && rep.dirty();
    fh.fill(at("report-conflict"), clash && !over ? [el("p.rep-clash", { role: "alert" }, fh.badge("gap", t("rep.conflict")))] : over ? unsaved() : []);
  }

  /** Signed or discarded by somebody while text stood here unsaved: it is shown until it was read. */
  function unsaved() {
    return [el("p.rep-clash", { role: "alert" }, fh.badge("gap", t("rep.too_late"))),
      ...Object.entries(work.typed).map(([name, text]) => el("div.rep-theirs", null, el("p", null, rep.label(field(rep.held(), name))), el("blockquote", null, text))),
      button("plain", "report-drop", t("act.close"))];
  }
  actions["report-drop"] = function () {
    Object.assign(work, { typed: {}, seen: {}, theirs: {} });
    keep();
    rep.drawOne(rep.held());
  };

  actions["report-theirs"] = (pressed) => settle(pressed.dataset.name, false);
  actions["report-mine"] = (pressed) => settle(pressed.dataset.name, true);
  function settle(name, mine) {
    if (!mine) {
      delete work.typed[name];
      at(`rep-f-${name}`).value = work.theirs[name];
    }
    delete work.theirs[name];
    keep();
    rep.drawOne(rep.held());
    at(`rep-f-${name}`).focus();
  }

  /* ---- saving ---------------------------------------------------------------------------------------------- */

  /** Save what was typed; true when everything is stored. */
  rep.save = async function () {
    if (!rep.dirty()) return true;
    if (Object.keys(work.theirs).length) { say("bad", t("rep.conflict")); return false; }
    if (work.busy) return false;
    const sent = { ...work.typed };
    work.busy = true;
    bar(rep.held());
    try {
      const view = await rep.ask(rep.own("fields"), { version: work.base, fields: sent });
      for (const name of Object.keys(sent)) if (work.typed[name] === sent[name]) delete work.typed[name];
      work.faults = {};
      work.base = view.version;
      work.busy = false;
      keep();
      say("good", t("rep.saved"));
      rep.show(view);
      return !rep.dirty();
    } catch (failed) {
      work.busy = false;
      clash(failed);
      return false;
    }
  };

  /** Nothing typed is lost: another's text stands beside it, a refused field says why. */
  function clash(failed) {
    for (const one of failed.errors || []) work.faults[one.field.replace(/^fields\./, "")] = one.message;
    if (failed.status === 409 && failed.held && failed.held.fields) {
      for (const one of failed.held.fields) Object.assign(field(rep.held(), one.name), one);
      rep.held().version = failed.held.version;
      meet(failed.held.fields, failed.held.version);
    }
    say("bad", Object.keys(work.theirs).length ? t("rep.conflict") : t("rep.save_failed", { reason: failed.message }));
    rep.drawOne(rep.held());
    const first = document.querySelector(".rep-field[data-fault] textarea, .rep-field[data-fault] input");
    if (first) first.focus();
    if (failed.status === 409 && !(failed.held && failed.held.fields)) rep.reread();
  }

  function say(kind, text) {
    work.say = { kind, text };
    if (kind === "good") setTimeout(() => { if (work.say && work.say.text === text) { work.say = null; if (at("report-bar")) bar(rep.held()); } }, 4000);
  }
  rep.say = say;

  document.addEventListener("keydown", (event) => {
    if (!at("report-fields") || !(event.ctrlKey || event.metaKey) || !["s", "Enter"].includes(event.key)) return;
    if (!event.target.closest("#reports")) return;
    event.preventDefault();
    rep.save();
  });
  actions["report-save"] = () => rep.save();
  actions["report-freeze"] = async function (pressed) {
    if (rep.dirty()) { fh.toast(t("rep.refreeze_dirty"), "bad"); return; }
    pressed.disabled = true;
    try {
      rep.show(await rep.ask(rep.own("freeze"), { version: rep.held().version }));
      fh.toast(t("rep.refreeze_done"));
    } catch (failed) {
      fh.toast(failed.message, "bad");
      rep.reread();
    }
    pressed.disabled = false;
  };

  /* ---- what to do next ---------------------------------------------------------------------------------------- */

  function bar(view) {
    fh.fill(at("report-bar"), [el("div.rep-do", { "data-key": `do-${view.state}` }, doing(view)), el("p.rep-say", { "data-key": "say", role: "status" }, saying(view))]);
  }

  function saying(view) {
    if (work.say) return fh.badge(work.say.kind, work.say.text);
    if (view.state !== "draft") return null;
    const lacks = view.fields.filter((one) => !(one.name in work.typed ? work.typed[one.name] : one.value).trim());
    if (rep.dirty()) return fh.badge("told", t("rep.dirty", { n: rep.dirty() }));
    if (lacks.length) return fh.badge("gap", t("rep.sign_lacks", { n: lacks.length, names: fh.inc.list(lacks.map(rep.label)) }));
    return t("rep.sign_who", { roles: fh.inc.roles(view.sign_roles) });
  }

  function doing(view) {
    const write = fh.can("write_report");
    if (view.state === "draft") {
      if (!write) return [];
      const dirty = rep.dirty() > 0;
      return [
        button(dirty ? "main" : "plain", "report-save", t("rep.save"), { id: "report-save", disabled: work.busy || !dirty }),
        fh.can("sign_report") ? button(dirty ? "plain" : "main", "report-sign", t("rep.sign"), { id: "report-sign", disabled: work.busy }) : null,
        button("plain", "report-phone", t("rep.phone")), button("quiet", "report-discard", t("rep.discard")),
      ];
    }
    if (!view.paper_sha256) return [];
    const files = ["docx", "pdf"].map((kind) => el("a.fh-button.fh-button--plain", { href: rep.own(`export/${kind}`), "data-export": kind }, t(`rep.${kind}`)));
    files.push(el("a.fh-button.fh-button--plain", { href: rep.own("paper"), target: "_blank", rel: "noopener" }, t("rep.print")));
    if (!write) return files;
    if (view.state === "signed") return [button("main", "report-send", t("rep.send"), { id: "report-send" }), ...files, button("plain", "report-phone", t("rep.phone")), button("quiet", "report-discard", t("rep.discard"))];
    return [view.state === "sent" ? button("main", "report-receive", t("rep.receive")) : null, ...files];
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-export]")) setTimeout(() => rep.reread(), 1500); // its hash is known then
  });
})();
