/* 舆情日报 (dashboard/pages/media.py): one day, to be read, printed and sent up. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const med = (fh.med = fh.med || {});
  const state = { day: "" };
  const query = () => (state.day ? `?day=${encodeURIComponent(state.day)}` : "");
  const page = { root: "mediadaily", again: 30000, stale: "med.failed", asked: () => `/live/media/daily${query()}`, draw };
  const FIGURES = ["unsettled", "new", "reports", "unchecked", "corrections", "issued", "talks", "settled"];

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountMediaDaily(data) {
      if (data) requestAnimationFrame(() => { state.day = ""; fh.reading.open(page); });
      return window.dash_clientside.no_update;
    },
  });

  function choose(day) {
    state.day = day;
    page.taken += 1;
    fh.reading.again(page);
  }
  const shifted = (day, by) => new Date(Date.parse(`${day}T00:00:00Z`) + by * 86400e3).toISOString().slice(0, 10);
  actions["media-day"] = (pressed) => choose(shifted(page.held.day, Number(pressed.dataset.by)));
  document.addEventListener("change", (event) => { if (event.target.id === "media-day" && event.target.value) choose(event.target.value); });

  function draw() {
    const { held } = page;
    const kinds = [["html", t("rev.print")], ["pdf", "PDF"], ["docx", "DOCX"]];
    fh.fill(at("mediadaily-head"), [
      el("p.inc-eyebrow", { "data-key": "e" }, el("a.inc-kin", { href: "/media" }, t("med.back")),
        el("span.rcp-prints", null, kinds.map(([kind, words]) => el("a.inc-link", { href: `/live/media/daily.${kind}?day=${held.day}`, target: "_blank", rel: "noopener" }, words)))),
      el("h1.med-title", { "data-key": "h" }, t("page.media_daily"), " ", el("small", null, held.day)),
      el("div.fh-actions.med-day", { "data-key": "d" }, med.button("plain", "media-day", t("med.d.before"), { "data-by": -1 }),
        el("label", null, el("span.fh-hidden", null, t("med.d.day")), el("input", { id: "media-day", type: "date", value: held.day, max: held.now.slice(0, 10) })),
        med.button("plain", "media-day", t("med.d.after"), { "data-by": 1, disabled: held.today }), el("span.fh-meta", null, t("med.d.as_of", { time: fh.hourMinute(held.as_of) }))),
    ]);
    const box = at("media-day");
    if (box && box.value !== held.day && box !== document.activeElement) box.value = held.day;
    fh.fill(at("mediadaily-figures"), FIGURES.map((key, nth) => el("div.med-figure", { "data-key": key, "data-first": nth === 0, "data-state": nth === 0 ? (held.figures[key] ? "large" : "ok") : null },
      el("strong", null, String(held.figures[key])), nth === 0 ? el("span.fh-state", { "data-state": held.figures[key] ? "large" : "ok" }, fh.shape(), t(`med.d.${key}`)) : el("span.fh-meta", null, t(`med.d.${key}`)))));
    fh.fill(at("mediadaily-cases"), held.cases.length ? held.cases.map(one) : [fh.empty(t("med.d.calm"))]);
  }

  function one(held) {
    return el("article.med-daily", { "data-key": held.id },
      el("h2", null, med.stateBadge(held), " ", el("a", { href: `/media/${held.id}` }, held.headline), held.new ? el("span.inc-mine", null, t("med.d.new_mark")) : null),
      el("p.fh-meta", null, med.join([held.unit_name, t(`med.scope.${held.scope}`), t(`med.verdict.${held.verdict || "none"}`), held.incident, held.id])),
      el("ul.med-lines", null, held.reports.map((report) => el("li", null, el("b", null, report.outlet), " ", report.headline || "", " ",
        el("small.fh-meta", null, med.join([fh.hourMinute(report.published_at || report.seen_at), report.word ? t(`med.word.${report.word}`) : null, report.reach ? med.figure(report.reach) : null])), report.new ? el("span.inc-mine", null, t("med.d.new_mark")) : null))),
      held.acts.length ? el("ol.med-record", null, held.acts.map((act) => el("li", null, el("time", { datetime: act.at }, fh.hourMinute(act.at)), el("span", null, el("b", null, t(`med.act.${act.act}`)), " ", words(act),
        el("small.fh-meta", null, ` ${act.role ? fh.inc.person(act.by, act.role) : act.by}`))))) : null);
  }
  const words = ({ facts, words: said }) => med.join([
    facts.verdict ? t(`med.verdict.${facts.verdict}`) : null, facts.answer ? t(`med.answer.${facts.answer}`) : null, facts.outcome ? t(`med.outcome.${facts.outcome}`) : null,
    facts.kind ? t(`med.kind.${facts.kind}`) : null, facts.incident, said.name, said.text || said.note]);
})();
