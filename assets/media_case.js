/* One media case (dashboard/pages/media.py): what it says, what is true, what the bank says, its clocks. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const med = (fh.med = fh.med || {});
  const state = { id: null, charted: null };
  const page = {
    root: "mediacase", again: 10000, stale: "med.failed", asked: () => med.address(), draw,
    missing: () => [el("div.inc-none", null, fh.empty(t("med.missing"), t("inc.missing_hint")), el("a.fh-button.fh-button--plain", { href: "/media" }, t("med.back")))],
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountMediaCase(data) {
      if (data) requestAnimationFrame(() => { Object.assign(state, { id: data.id, charted: null }); fh.reading.open(page); });
      return window.dash_clientside.no_update;
    },
  });

  med.address = (verb) => `/live/media/cases/${encodeURIComponent(state.id)}${verb ? `/${verb}` : ""}`;
  med.case = () => page.held;
  med.show = (held) => fh.reading.take(page, held);
  med.reread = () => fh.reading.again(page);

  const who = (name, role) => (role ? fh.inc.person(name, role) : name);
  const acts = (...kinds) => page.held.acts.filter((one) => kinds.includes(one.act));
  const outlet = (sighting) => (page.held.sightings.find((one) => one.id === sighting) || {}).outlet || "–";
  const can = (right) => page.held.own && fh.can(right);
  const open = () => page.held.state === "open";
  const button = (kind, verb, data) => med.button(kind, `media-${verb}`, t(`med.do.${verb}`), data);

  function draw() {
    const sections = { head, bar, facts, statements, sightings, talks, clocks, links, record };
    for (const [name, make] of Object.entries(sections)) fh.fill(at(`mediacase-${name}`), make(page.held).filter(Boolean));
    chart(page.held);
  }

  /** The chart is drawn by the server, anew only when the reports or their reach have changed. */
  function chart(one) {
    const mark = JSON.stringify(one.sightings.map((report) => [report.id, report.reaches.length]));
    if (state.charted === mark || !window.dash_clientside.set_props) return;
    state.charted = mark;
    window.dash_clientside.set_props("mediacase-chart-wanted", { data: { id: one.id, mark } });
  }

  /* ---- head and what can be done ------------------------------------------------------------------------ */

  function head(one) {
    const facts = [one.branch, one.unit_name, t(`med.scope.${one.scope}`), t(`med.origin.${one.origin}`), who(one.found_by, one.found_role), t("med.since", { time: fh.hourMinute(one.aware_at) })];
    return [
      el("p.inc-eyebrow", { "data-key": "e" }, el("a.inc-kin", { href: "/media" }, t("med.back")), el("span.inc-id", null, one.id),
        one.incident ? el("a.inc-kin", { href: `/incident/${one.incident}` }, t("med.incident", { id: one.incident })) : null,
        one.joined ? el("a.inc-kin", { href: `/media/${one.joined}` }, t("med.joined", { id: one.joined })) : null),
      el("h1.med-title", { "data-key": "h" }, one.headline),
      el("p.med-badges", { "data-key": "b" }, med.stateBadge(one), med.verdictBadge(one), one.reopened ? fh.badge("watch", t("med.reopened", { n: one.reopened })) : null),
      el("p.fh-meta", { "data-key": "f" }, med.join(facts)),
      one.includes.length ? el("p.fh-meta", { "data-key": "i" }, t("med.includes", { ids: one.includes.join("、") })) : null,
      one.own ? null : el("p.fh-meta", { "data-key": "o" }, fh.badge("ready", t("med.touched", { unit: one.unit_name }))),
    ];
  }

  function bar(one) {
    if (!open()) return [can("work_media") && !one.joined ? el("div.fh-actions", { "data-key": "b" }, button("main", "reopen")) : null];
    const check = fh.can("check_media");
    const first = !one.verdict ? "finding" : "talk";
    const more = [
      check ? button("plain", "sighting") : null,
      can("work_media") ? [button("plain", "spokesperson"), button("plain", "complaint"), one.incident ? null : button("plain", "incident"),
        one.incident || !fh.can("open_incident") ? null : button("plain", "open-incident"), button("plain", "give"), button("plain", "join")] : null,
    ];
    return [el("div.fh-actions.med-acts", { "data-key": "a" },
      check ? button(first === "finding" ? "main" : "plain", "finding") : null,
      can("work_media") ? [button(first === "talk" ? "main" : "plain", "talk"), button("plain", "settle")] : null,
      more.flat().some(Boolean) ? fh.inc.fold("med-more", t("med.more"), el("div.fh-actions.med-acts", null, more)) : null)];
  }

  /* ---- the facts, and what the outlets were asked ------------------------------------------------------------ */

  const file = (number, words) => (number ? el("a.inc-link", { href: `${med.address()}/files/${number}`, download: "" }, words || t("med.copy")) : null);
  const fileWords = (id) => {
    const held = page.held.files.find((one) => one.id === id);
    return held ? t("med.file", { kind: held.media_type.split("/")[1].toUpperCase(), size: Math.max(1, Math.round(held.size / 1024)) }) : t("med.copy");
  };
  const said = (one, ...lines) => el("article.med-said", { "data-key": `a${one.id}` }, ...lines,
    el("p.fh-meta", null, med.join([who(one.by, one.role), fh.hourMinute(one.at)]), one.file ? [" · ", file(one.file, fileWords(one.file))] : null));

  function facts(one) {
    const findings = acts("finding");
    const asked = acts("correction_asked");
    const answers = acts("outlet_answered");
    return [
      ...(findings.length ? findings.map((act) => said(act, el("p", null, fh.badge(act.facts.verdict === "not_ours" ? "quiet" : "ready", t(`med.verdict.${act.facts.verdict}`))),
        el("p.med-text", null, act.words.note), el("p.med-text.fh-meta", null, t("med.evidence", { text: act.words.evidence || "–" })))) : [fh.empty(t("med.no_facts"))]),
      ...asked.map((act) => {
        const given = answers.filter((answer) => answer.facts.correction === act.id);
        return said(act, el("h3", null, t("med.asked", { outlet: outlet(act.facts.sighting) })), el("p.med-text", null, act.words.text), el("p.med-text.fh-meta", null, t("med.evidence", { text: act.words.evidence || "–" })),
          given.length ? given.map((answer) => el("p.med-text", { "data-key": `n${answer.id}` }, fh.badge(answer.facts.answer === "refused" ? "incident" : answer.facts.answer === "silent" ? "unanswered" : "acknowledged", t(`med.answer.${answer.facts.answer}`)), " ", answer.words.note || "", " ", el("small.fh-meta", null, fh.hourMinute(answer.at)), " ", file(answer.file, answer.file ? fileWords(answer.file) : null)))
            : el("p", null, fh.badge("unanswered", t("med.awaiting"))),
          can("work_media") && open() ? el("div.fh-actions", null, button("plain", "answer", { "data-act": act.id })) : null);
      }),
      can("work_media") && open() && ["wrong", "partly"].includes(one.verdict) ? el("div.fh-actions", { "data-key": "do" }, button("plain", "correction")) : null,
    ];
  }

  /* ---- what the bank says --------------------------------------------------------------------------------------- */

  const STATEMENT = { draft: "unanswered", returned: "incident", approved: "told", issued: "acknowledged", superseded: "quiet" };

  function statements(one) {
    return [
      el("p.med-speaker", { "data-key": "s" }, el("span", null, t("med.speaker")), " ", one.spokesperson ? el("b", null, one.spokesperson) : fh.badge("unanswered", t("med.speaker_none"))),
      ...["holding", "statement"].map((kind) => statement(kind, one.statements[kind])),
    ];
  }

  function statement(kind, versions) {
    const [last, ...before] = versions;
    const data = { "data-kind": kind };
    const work = can("work_media") && open();
    const approve = can("approve_statement") && open() && last && last.state === "draft";
    return el("article.med-statement", { "data-key": kind, "data-kind": kind },
      el("h3", null, t(`med.kind.${kind}`), last ? [" ", el("small", null, t("med.version", { n: last.version })), " ", fh.badge(STATEMENT[last.state], t(`med.st.${last.state}`))] : null),
      last ? [el("p.med-text", null, last.text), el("p.fh-meta", null, trail(last))] : el("p.fh-meta", null, t(`med.kind_none.${kind}`)),
      approve && last.wrote ? el("p.fh-meta", null, t("med.own_draft")) : null,
      el("div.fh-actions", null,
        work ? med.button("plain", "media-draft", t(last ? "med.do.edit" : "med.do.draft"), { ...data, "aria-label": `${t(last ? "med.do.edit" : "med.do.draft")} ${t(`med.kind.${kind}`)}` }) : null,
        approve && !last.wrote ? button("main", "approve", { ...data, "data-version": last.version }) : null,
        can("approve_statement") && open() && last && ["draft", "approved"].includes(last.state) && !(last.wrote && last.state === "draft") ? button("plain", "return", { ...data, "data-version": last.version }) : null,
        work && last && last.state === "approved" ? button("main", "issue", { ...data, "data-version": last.version }) : null),
      before.length ? fh.inc.fold(`med-${kind}`, t("med.versions", { n: before.length }), before.map((old) =>
        el("div.med-old", null, el("p", null, t("med.version", { n: old.version }), " ", fh.badge(STATEMENT[old.state], t(`med.st.${old.state}`))), el("p.med-text", null, old.text), el("p.fh-meta", null, trail(old))))) : null);
  }

  const trail = (one) => med.join([
    t("med.drafted", { who: who(one.drafted_by, one.drafted_role), time: fh.hourMinute(one.drafted_at) }),
    one.approved_at ? t("med.approved", { who: who(one.approved_by, one.approved_role), time: fh.hourMinute(one.approved_at) }) : null,
    one.issued_at ? t("med.issued", { who: who(one.issued_by, one.issued_role), time: fh.hourMinute(one.issued_at), via: one.issued_via }) : null,
  ]);

  /* ---- reports ---------------------------------------------------------------------------------------------------- */

  function sightings(one) {
    return one.sightings.map((report) => {
      const copies = one.files.filter((held) => held.sighting === report.id);
      const data = { "data-sighting": report.id };
      return el("article.med-report", { "data-key": `s${report.id}` },
        el("h3", null, el("b", null, report.outlet), " ", report.headline),
        report.link ? el("p.med-link", null, el("a.inc-link", { href: report.link, target: "_blank", rel: "noopener noreferrer" }, report.link)) : null,
        report.excerpt ? el("p.med-text", null, report.excerpt) : null,
        el("p.fh-meta", null, med.join([report.published_at ? t("med.published", { time: fh.hourMinute(report.published_at) }) : null, t("med.seen", { time: fh.hourMinute(report.seen_at) }), who(report.by, report.role)])),
        el("p.fh-meta", null, med.join(report.reaches.map((reach) => t("med.reach_at", { time: fh.hourMinute(reach.at), word: t(`med.word.${reach.word}`), n: med.figure(reach.reach) })))),
        copies.length ? el("p.fh-meta", null, copies.map((copy, nth) => [nth ? " · " : null, file(copy.id, fileWords(copy.id)), " ", el("small", { title: copy.sha256 }, `SHA-256 ${copy.sha256.slice(0, 12)}…`)])) : null,
        fh.can("check_media") ? el("div.fh-actions", null, button("quiet", "reach", data), button("quiet", "copy", data)) : null);
    });
  }

  function talks(one) {
    if (!one.talks.length) return [fh.empty(t("med.no_talks"))];
    return one.talks.map((talk) => el("article.med-said", { "data-key": `t${talk.id}` },
      el("h3", null, el("b", null, talk.outlet), " ", talk.journalist || "", " ", el("small", null, t(`med.via.${talk.via}`))), el("p.med-text", null, talk.said),
      el("p.fh-meta", null, med.join([who(talk.by, talk.role), fh.hourMinute(talk.at)]))));
  }

  /* ---- beside: clocks, links, record ---------------------------------------------------------------------------------- */

  function clocks(one) {
    if (!one.duties.length) return [fh.empty(t("med.no_clocks"))];
    return one.duties.map((duty) => (fh.duty.open(duty) ? fh.duty.card(duty, { plain: true, quiet: true }) : fh.duty.endedCard(duty)));
  }

  function links(one) {
    const rows = [
      one.incident ? el("p", { "data-key": "i" }, el("a.inc-link", { href: `/incident/${one.incident}` }, t("med.incident", { id: one.incident }))) : null,
      ...one.complaints.map((held) => el("article.med-linked", { "data-key": held.complaint },
        el("p", null, fh.may("see_ticket") || fh.may("see_complaint") ? el("a.inc-link", { href: `/${fh.may("see_ticket") ? "tickets" : "complaints"}/${held.complaint}` }, t("med.complaint", { id: held.complaint })) : t("med.complaint", { id: held.complaint }),
          " ", held.clients.filter(Boolean).join("、")),
        el("p.fh-meta", null, med.join([held.unit_name, t(held.channel), held.product, fh.hourMinute(held.received_at)])),
        can("work_media") ? el("div.fh-actions", null, button("quiet", "unlink", { "data-complaint": held.complaint })) : null)),
    ].filter(Boolean);
    return rows.length ? rows : [fh.empty(t("med.no_links"))];
  }

  function record(one) {
    return [el("ol.med-record", { "data-key": "r" }, one.acts.map((act) => el("li", { "data-key": `a${act.id}` },
      el("time", { datetime: act.at }, fh.hourMinute(act.at)), el("span", null, el("b", null, t(`med.act.${act.act}`)), " ", recordWords(act), el("small.fh-meta", null, ` ${who(act.by, act.role)}`)))))];
  }
  const recordWords = (act) => med.join([
    act.facts.outcome ? t(`med.outcome.${act.facts.outcome}`) : null, act.facts.verdict ? t(`med.verdict.${act.facts.verdict}`) : null,
    act.facts.answer ? t(`med.answer.${act.facts.answer}`) : null, act.facts.kind ? `${t(`med.kind.${act.facts.kind}`)} ${t("med.version", { n: act.facts.version })}` : null,
    act.facts.complaint, act.facts.incident, act.facts.case, act.facts.sighting && act.act !== "found" ? outlet(act.facts.sighting) : null,
    ["settled", "reopened", "returned", "handed_over", "complaint_unlinked"].includes(act.act) ? act.words.note || act.words.reason : null, act.act === "spokesperson" ? act.words.name : null,
  ]);
})();
