/* Reports of an incident: reads the list or one report (page_reading.js), draws the list.
 *
 * dashboard/pages/reports.py lays out empty sections; reports_editor.js draws one report,
 * reports_dialogs.js asks for receipts, times and reasons.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const rep = (fh.rep = fh.rep || {});
  const actions = (fh.actions = fh.actions || {});
  const state = { incident: null, report: null };
  const page = {
    root: "reports", again: 6000, stale: "rep.stale",
    asked: () => (state.report ? rep.own() : rep.address()),
    read: (address) => rep.ask(address),
    older: (view) => state.report && view.version < page.held.version,
    draw: () => (state.report ? rep.drawOne(page.held) : drawList(page.held)),
  };

  rep.held = () => page.held;
  rep.incident = () => state.incident;
  rep.report = () => state.report;
  rep.reread = () => fh.reading.again(page);
  /** Show what a verb answered. */
  rep.show = (view) => fh.reading.take(page, view);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountReports(data) {
      if (data) requestAnimationFrame(() => mount(data));
      return window.dash_clientside.no_update;
    },
  });

  function mount({ incident, report, view }) {
    Object.assign(state, { incident, report });
    if (report) rep.forget();
    fh.reading.open(page, view);
  }

  /* ---- asking the server ------------------------------------------------------------------------ */

  rep.address = (rest) => `/live/incident/${encodeURIComponent(state.incident)}/reports${rest || ""}`;
  rep.own = (rest) => rep.address(`/${state.report}${rest ? `/${rest}` : ""}`);

  /** Read or write JSON (or a form with a file). Rejects with {message, status, errors, held}. */
  rep.ask = async function (path, body) {
    const options = { headers: {}, signal: AbortSignal.timeout(30000) };
    if (body !== undefined) {
      options.method = "POST";
      options.body = body instanceof FormData ? body : JSON.stringify(body);
      if (!(body instanceof FormData)) options.headers["Content-Type"] = "application/json";
    }
    let answer;
    try {
      answer = await fh.send(path, options);
    } catch (failed) {
      throw new Error(t("link.lost"));
    }
    const read = await answer.json().catch(() => ({}));
    if (answer.ok) return read;
    const errors = read.errors || [];
    const words = errors.map((one) => [one.message, one.remedy].filter(Boolean).join(fh.english() ? " – " : "，")).join(fh.english() ? "; " : "；");
    const fault = new Error(words || read.error || `HTTP ${answer.status}`);
    throw Object.assign(fault, { status: answer.status, errors, held: read.held || null });
  };

  /** The page's name in the window's title. */
  rep.title = function (words) {
    const body = at("reports").closest("[data-title]");
    const title = `${words} · ${t("app.name")}`;
    if (body && body.dataset.title !== title) body.dataset.title = title;
    if (document.title !== title) document.title = title;
  };

  /* ---- words ------------------------------------------------------------------------------------- */

  rep.kindTo = function (one) {
    const words = t("rep.kind_to", { kind: t(`rep.${one.kind}`), to: t(`rep.${one.addressee}`) });
    return words[0].toUpperCase() + words.slice(1);
  };
  rep.of = (one, name) => one[`${name}_${fh.english() ? "en" : "zh"}`];
  rep.pair = (one) => (fh.english() ? one.en : one.zh);
  const SHAPES = { draft: "told", signed: "incident", sent: "acknowledged", received: "ok", discarded: "quiet" };
  rep.badge = (one) => fh.badge(SHAPES[one.state], t(`rep.state.${one.state}`));
  rep.meLine = () => el("p.rep-me", { "data-key": "me" }, fh.inc.meLine());

  /* ---- the list ---------------------------------------------------------------------------------- */

  function drawList(view) {
    rep.title(t("rep.title", { place: view.place }));
    fh.fill(at("reports-head"), [
      el("p.rep-eyebrow", { "data-key": "eyebrow" }, el("a.inc-link", { href: `/incident/${view.incident}` }, t("rep.back")), el("span", null, view.incident), rep.meLine()),
      el("h1", { "data-key": "title" }, t("rep.title", { place: view.place })),
      view.regulator ? el("p.fh-meta", { "data-key": "regulator" }, t("inc.regulator", { name: view.regulator })) : el("p.fh-failure", { "data-key": "regulator" }, t("rep.regulator_none", { unit: view.unit_name })),
    ]);
    fh.fill(at("reports-owed"), view.owed.length ? view.owed.map(owed) : [fh.empty(t("rep.owed_none"))]);
    fh.fill(at("reports-list"), view.reports.length ? view.reports.map(row) : [fh.empty(t("rep.list_none"), t("rep.list_none_hint"))]);
    fh.fill(at("reports-new"), view.next.map((one) => other(one, view)));
  }

  function owed(duty) {
    return el("article.rep-owed", { "data-key": `d${duty.duty}`, "data-clause": duty.clause },
      fh.countdown(duty.due_at, duty.warn_at, "row"),
      el("div.rep-owed-what", null, el("h3", null, rep.of(duty, "title")),
        el("p.fh-meta", null, t("rep.owed_due", { role: t(duty.role), unit: duty.unit_name, time: fh.hourMinute(duty.due_at) }))),
      el("div.rep-owed-do", null, duty.answers.map((one) => answer(duty, one))));
  }

  /** One tap: the report that this duty asks for, or the one that is under way. */
  function answer(duty, one) {
    const report = page.held.reports.find((given) => given.id === one.report);
    const to = t(`rep.${one.addressee}`);
    if (report) {
      return el("a.fh-button.fh-button--main", { href: `/incidents/${state.incident}/reports/${report.id}` },
        `${t(report.state === "draft" ? "rep.go_draft" : "rep.go_signed")} · ${to}`);
    }
    if (!fh.can("write_report")) return null;
    return el("button.fh-button.fh-button--main", { type: "button", "data-action": "report-begin", "data-kind": one.kind, "data-addressee": one.addressee, "data-duty": duty.duty },
      t("rep.begin_to", { kind: t(`rep.${one.kind}`), to }));
  }

  function row(one) {
    const when = one.discarded_at ? t("rep.discarded", { time: fh.hourMinute(one.discarded_at), reason: one.discard_reason })
      : one.signed_at ? t("rep.signed", { time: fh.hourMinute(one.signed_at), who: one.signer }) : t("rep.drafted", { time: fh.hourMinute(one.created_at) });
    const lacks = one.state === "draft" && one.missing.length ? ` · ${t("rep.lacks", { n: one.missing.length })}` : "";
    return el("a.rep-row", { "data-key": `r${one.id}`, "data-report": one.state, href: `/incidents/${state.incident}/reports/${one.id}` },
      el("h3", null, rep.kindTo(one), one.unit_name ? el("small", null, one.unit_name) : null),
      el("span.rep-row-number", null, one.number || t("rep.unnumbered")),
      rep.badge(one), el("span.fh-meta", null, when + lacks));
  }

  function other(one, view) {
    const open = one.kinds.filter((kind) => kind.open && fh.can("write_report"));
    const why = one.kinds.find((kind) => !kind.open && rep.pair(kind));
    const buttons = open.map(({ kind }) => el("button.fh-button.fh-button--plain", { type: "button", "data-action": "report-begin", "data-kind": kind, "data-addressee": one.addressee }, t("rep.begin", { kind: t(`rep.${kind}`) })));
    const impossible = one.addressee === "regulator" && !view.regulator;
    return el("p.rep-other", { "data-key": one.addressee }, el("span", null, t(`rep.${one.addressee}`)),
      impossible ? el("span.fh-meta", null, t("rep.regulator_none", { unit: view.unit_name })) : buttons,
      !impossible && !open.length && why ? el("span.fh-meta", null, rep.pair(why)) : null);
  }

  /** On a duty's card: the report that it asks for, in one tap. */
  rep.fromDuty = function (duty) {
    const asked = duty.incident && fh.can("write_report") && duty.proofs.some((proof) => ["regulator_receipt", "report_receipt"].includes(proof.kind));
    return asked ? el("button.fh-button.fh-button--plain", { type: "button", "data-action": "report-from-duty", "data-duty": duty.id, "data-incident": duty.incident }, t("rep.write")) : null;
  };
  actions["report-from-duty"] = async function (pressed) {
    const { duty, incident } = pressed.dataset;
    const root = `/live/incident/${encodeURIComponent(incident)}/reports`;
    pressed.disabled = true;
    try {
      const owing = (await rep.ask(root)).owed.find((one) => String(one.duty) === duty);
      const answers = owing ? owing.answers : [];
      let report = "";
      if (answers.length === 1) {
        const [one] = answers;
        report = one.report || (await rep.ask(root, { kind: one.kind, addressee: one.addressee, duty: Number(duty) })).id;
      }
      location.assign(`/incidents/${incident}/reports${report ? `/${report}` : ""}`);
    } catch (failed) {
      pressed.disabled = false;
      fh.toast(failed.message, "bad");
    }
  };

  actions["report-begin"] = async function (pressed) {
    pressed.disabled = true;
    try {
      const body = { kind: pressed.dataset.kind, addressee: pressed.dataset.addressee };
      if (pressed.dataset.duty) body.duty = Number(pressed.dataset.duty);
      const made = await rep.ask(rep.address(), body);
      location.assign(`/incidents/${state.incident}/reports/${made.id}`);
    } catch (failed) {
      pressed.disabled = false;
      fh.toast(failed.message, "bad");
      rep.reread();
    }
  };
})();
