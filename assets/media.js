/* The media desk's first page (dashboard/pages/media.py): what is exposed and unsettled, and the list. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const med = (fh.med = fh.med || {});
  const ROOT = "/live/media/cases";
  const USUAL = 100;
  const state = { show: "open", text: "", limit: USUAL };
  const page = { root: "media", again: 10000, stale: "med.failed", asked: () => `${ROOT}/search?${new URLSearchParams({ state: state.show, limit: state.limit })}`,
    read: (address) => fh.json(address, { state: state.show, text: state.text, limit: state.limit }), draw };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountMedia(data) {
      if (data) requestAnimationFrame(() => { Object.assign(state, { show: "open", text: "", limit: USUAL }); fh.reading.open(page); });
      return window.dash_clientside.no_update;
    },
  });

  /* ---- words shared by the media pages ------------------------------------------------------------- */

  const VERDICT = { wrong: "incident", partly: "watch", right: "large", not_ours: "quiet" };
  med.stateBadge = (one) => (one.state === "open" ? fh.badge("large", t("med.state.open")) : fh.badge("acknowledged", t(`med.outcome.${one.outcome}`)));
  med.verdictBadge = (one) => (one.verdict ? fh.badge(VERDICT[one.verdict], t(`med.verdict.${one.verdict}`)) : fh.badge("unanswered", t("med.verdict.none")));
  med.figure = (n) => (n === null || n === undefined ? "" : n.toLocaleString(fh.english() ? "en" : "zh-CN"));
  med.join = (parts) => parts.filter(Boolean).join(" · ");
  med.words = (failed) => (failed.errors && failed.errors.length ? failed.errors.map((one) => [one.message, one.remedy].filter(Boolean).join(fh.english() ? ", " : "，")).join(fh.english() ? "; " : "；") : failed.message);
  med.button = (kind, action, text, data) => el(`button.fh-button.fh-button--${kind}`, { type: "button", "data-action": action, ...data }, text);
  med.post = async function (address, body, file) {
    let sent = body;
    if (file) {
      sent = new FormData();
      sent.append("data", JSON.stringify(body));
      sent.append("file", file);
    }
    try {
      return await fh.json(address, sent);
    } catch (failed) {
      throw new Error(med.words(failed));
    }
  };

  /* ---- drawing --------------------------------------------------------------------------------------- */

  const FIGURES = ["unsettled", "unchecked", "overdue", "unanswered", "to_approve", "to_issue", "feeds_failing"];
  const BAD = { unsettled: "large", unchecked: "unanswered", overdue: "gap", unanswered: "watch", to_approve: "watch", to_issue: "watch", feeds_failing: "gap" };

  function draw() {
    const { held } = page;
    fh.fill(at("media-head"), [
      el("h1.med-title", { "data-key": "h" }, t("page.media")),
      el("p.fh-meta", { "data-key": "l" }, t("med.lead")),
      el("div.fh-actions.med-tools", { "data-key": "t" },
        fh.can("check_media") ? med.button("main", "media-find", t("med.find")) : null,
        el("a.fh-button.fh-button--plain", { href: "/media/daily" }, t("med.to_daily")),
        el("a.fh-button.fh-button--plain", { href: "/media/contacts" }, t("med.to_list"))),
    ]);
    fh.fill(at("media-figures"), FIGURES.filter((key, nth) => !nth || held.figures[key]).map(figure));
    fh.fill(at("media-filter"), [filter()]);
    fh.fill(at("media-rows"), held.cases.length ? [...held.cases.map(row), held.more ? el("div.fh-actions", { "data-key": "more" }, med.button("plain", "media-more", t("med.show_more"))) : null].filter(Boolean) : [
      fh.empty(state.text ? t("med.none_found", { text: state.text }) : t(`med.none.${state.show}`), state.text ? null : t("med.none_hint"))]);
    at("media-complaints-panel").hidden = !held.complaints.length;
    fh.fill(at("media-complaints"), held.complaints.map(complaint));
  }

  function figure(key, nth) {
    const n = page.held.figures[key];
    return el("div.med-figure", { "data-key": key, "data-first": nth === 0, "data-state": n ? BAD[key] : "ok" },
      el("strong", null, String(n)), el("span.fh-state", { "data-state": n ? BAD[key] : "ok" }, fh.shape(), t(`med.f.${key}`)));
  }

  function filter() {
    return el("form.med-find", { "data-key": "f", role: "search" },
      el("div.inc-choice", { role: "group", "aria-label": t("med.show") }, ["open", "settled", "all"].map((one) =>
        el("button.inc-option", { type: "button", "data-action": "media-show", value: one, "aria-pressed": String(one === state.show) }, t(`med.show.${one}`)))),
      el("label", null, el("span.fh-hidden", null, t("med.search")), el("input", { name: "text", type: "search", maxlength: 80, placeholder: t("med.search"), autocomplete: "off" })));
  }
  actions["media-more"] = () => { state.limit += USUAL; page.taken += 1; fh.reading.again(page); };
  actions["media-show"] = (pressed) => { Object.assign(state, { show: pressed.value, limit: USUAL }); page.taken += 1; fh.reading.again(page); };
  document.addEventListener("submit", (event) => { if (event.target.matches(".med-find")) event.preventDefault(); });
  let typing = null;
  document.addEventListener("input", (event) => {
    if (!event.target.closest(".med-find")) return;
    clearTimeout(typing);
    typing = setTimeout(() => { state.text = event.target.value.trim(); page.taken += 1; fh.reading.again(page); }, 250);
  });

  function row(one) {
    const facts = [one.outlets.join("、"), one.reports > 1 ? t("med.reports", { n: one.reports }) : null, one.reach_word ? t(`med.word.${one.reach_word}`) : null,
      one.reach ? t("med.reach_sum", { n: med.figure(one.reach) }) : null, one.unit_name, one.incident, t("med.since", { time: fh.hourMinute(one.aware_at) }), one.id];
    const waits = one.waiting.map((name) => fh.badge(name === "finding" ? "unanswered" : "watch", t(`med.wait.${name}`)));
    return el("article.inc-row.med-row", { "data-key": one.id, "data-state": one.state === "open" ? "large" : "ok" },
      el("div.inc-row-what", null, el("h3", null, med.stateBadge(one), el("a", { href: `/media/${one.id}` }, one.headline)), el("p.fh-meta", null, med.join(facts))),
      el("div.inc-row-answer.med-waits", null, one.verdict ? med.verdictBadge(one) : null, one.state === "open" ? waits : null),
      el("div.inc-row-clock", null, one.next ? [fh.countdown(one.next.due_at, one.next.warn_at, "row"), el("p.fh-meta", null, fh.english() ? one.next.title_en : one.next.title_zh)]
        : el("span.fh-meta", null, one.state === "open" ? t("med.no_clock") : fh.hourMinute(one.settled_at))));
  }

  /** A complaint that came through the media and belongs to no case yet. */
  function complaint(one) {
    return el("article.med-linked", { "data-key": one.complaint }, el("p", null, t("med.complaint", { id: one.complaint })),
      el("p.fh-meta", null, med.join([one.unit_name, one.product, fh.hourMinute(one.received_at)])),
      fh.can("work_media") ? el("div.fh-actions", null, med.button("plain", "media-find", t("med.from_complaint"), { "data-complaint": one.complaint, "aria-label": `${t("med.from_complaint")} ${one.complaint}` })) : null);
  }

  /* ---- a report found ----------------------------------------------------------------------------------- */

  /** The fields of one report. */
  med.reportFields = function () {
    const inc = fh.inc;
    const input = (name, more) => el("input", { name, autocomplete: "off", ...more });
    return [
      inc.field(t("med.l.outlet"), input("outlet", { required: true, maxlength: 80 })),
      inc.field(t("med.l.headline"), input("headline", { required: true, maxlength: 200 })),
      inc.field(t("med.l.link"), input("link", { type: "url", maxlength: 2000, placeholder: "https://" })),
      el("fieldset", null, el("legend", null, t("med.l.word")), inc.choice("word", ["small", "regional", "national", "viral"].map((one) => [one, t(`med.word.${one}`)]), "regional")),
      inc.field(t("med.l.reach"), input("reach", { type: "number", min: 0, max: 10000000000, inputmode: "numeric" })),
      inc.field(t("med.l.published"), input("published", { type: "datetime-local", max: fh.duty.local(fh.now()) })),
      inc.field(t("med.l.excerpt"), el("textarea", { name: "excerpt", rows: 2, maxlength: 4000 })),
    ];
  };
  med.reportOf = ({ elements }) => ({
    outlet: elements.outlet.value.trim(), headline: elements.headline.value.trim(), link: elements.link.value.trim() || null, word: elements.word.value,
    reach: elements.reach.value ? Number(elements.reach.value) : null, published_at: fh.duty.moment(elements.published.value), excerpt: elements.excerpt.value.trim() || null,
  });

  actions["media-find"] = function (pressed) {
    const about = page.held.complaints.find((one) => one.complaint === pressed.dataset.complaint) || null;
    const home = about ? { unit: about.unit, unit_name: about.unit_name, level: "" } : page.held.home;
    const place = fh.inc.placePicker({ code: home.unit, name: home.unit_name, branch: "" });
    fh.inc.ask(t("med.find"), {
      fields: [...med.reportFields(), place.node,
        el("fieldset", null, el("legend", null, t("med.scope")), fh.inc.choice("scope", ["regional", "national"].map((one) => [one, t(`med.scope.${one}`)]), home.level === "head_office" ? "national" : "regional"))],
      save: t("med.find"),
      send: async (form) => {
        if (!place.chosen()) throw new Error(t("place.pick"));
        const found = await med.post(ROOT, { ...med.reportOf(form), unit: place.chosen().code, scope: form.elements.scope.value });
        if (about) await med.post(`${ROOT}/${found.case}/complaint`, { complaint: about.complaint });
        fh.toast(t(found.new ? "med.found_new" : "med.found_known", { id: found.case }));
        location.assign(`/media/${found.case}`);
      },
    });
  };
})();
