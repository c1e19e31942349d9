/* What was done on a ticket, round by round, the newest first: facts in words, words masked, files. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const tk = (fh.tk = fh.tk || {});

  /* The facts of an act, each in words. */
  const CODED = { via: "via", reply_via: "via", told_via: "via", result: "result", cause: "cause", impact: "impact", outcome: "outcome", satisfaction: "satisfaction" };
  const LISTS = { kinds: "kinds" };
  const YES = ["in_scope", "agreed", "approved", "allowed", "upheld", "site_visit", "rights_told"];
  const LABEL = { people: "share_person", team: "team_who" };

  const label = (name) => { const key = `tk.f.${LABEL[name] || name}`; const words = t(key); return words === key ? name : words; };
  const roles = (list) => fh.inc.roles(list);

  function fact(name, value, act) {
    if (CODED[name]) return tk.coded(CODED[name], value);
    if (LISTS[name]) return value.map((code) => tk.coded(LISTS[name], code)).join("、");
    if (YES.includes(name)) return name === "site_visit" || name === "rights_told" ? (value ? label(name) : "") : `${label(name)}${fh.english() ? ": " : "："}${t(value ? "tk.f.yes" : "tk.f.no")}`;
    if (name === "lead") return `${label("lead")} ${t(value)}`;
    if (name === "departments") return value.length ? `${label("departments")} ${roles(value)}` : "";
    if (name === "kind") return tk.coded(act === "object" ? "objkind" : "notekind", value);
    if (name === "step") return tk.step(value);
    if (name === "class") return `${label("class")} ${className(value)}`;
    if (name === "shares") return value.map((one) => `${unitName(one.unit)}${one.role ? ` ${t(one.role)}` : ""} ${one.percent}%`).join("、");
    if (name === "promised_at" || name === "told_at") return `${label(name)} ${fh.hourMinute(value)}`;
    if (name === "compensation") return `${t("tk.f.compensation").replace(/（.*|, .*\)|\(.*/u, "")} ${value}`;
    if (name === "number") return `No. ${value}`;
    if (name === "into") return `→ ${value}`;
    if (name === "why" || name === "by") return "";
    return typeof value === "string" ? value : "";
  }
  let classes = null;
  let units = new Map();
  /** The names of the plan's classes and of the units, once the set-up has come. */
  tk.know = (setup) => { classes = setup.classes; units = new Map(setup.units.map((row) => [row.code, row.short])); };
  const unitName = (code) => units.get(code) || code;
  const className = (id) => { const found = (classes || []).find((one) => one.id === id); return found ? tk.lang(found) : id; };

  /** Words are text, or lists that were put in as JSON (measures, people, team). */
  function said(name, text) {
    let read = null;
    if (/^\[/.test(text)) try { read = JSON.parse(text); } catch (broken) { /* as it is */ }
    if (!Array.isArray(read)) return text;
    return read.filter(Boolean).map((one) => (typeof one === "string" ? one : tk.join([one.what, one.who, one.by], "，"))).join("；");
  }

  const who = (act) => tk.join([act.by, act.role ? t(act.role) : act.by ? "" : fh.inc.actor(act.actor)], " ");

  function entry(act, seen, shown) {
    const clear = shown && shown.get(act.id);
    const words = clear || act.words || {};
    const facts = Object.entries(act.facts || {}).map(([name, value]) => fact(name, value, act.act)).filter(Boolean);
    const files = seen.files.filter((one) => one.act === act.id);
    return el("li.tk-entry", { "data-key": `a${act.id}`, "data-act": act.act },
      el("time", { datetime: act.at }, fh.hourMinute(act.at)),
      el("div", null, el("h4", null, tk.step(act.act), " ", el("small", null, who(act))),
        facts.length ? el("p", null, tk.join(facts)) : null,
        act.erased ? el("p.fh-meta", null, t("tk.erased")) : Object.entries(words).filter(([name, text]) => said(name, text)).map(([name, text]) =>
          el("p.tk-said", null, el("span.fh-meta", null, label(name), fh.english() ? ": " : "："), said(name, text))),
        files.length ? el("ul.tk-files", null, files.map((one, nth) => file(one, nth, seen))) : null));
  }

  function file(one, nth, seen) {
    const href = tk.address(seen.ticket.complaint, "files", one.id);
    const image = one.media_type.startsWith("image/");
    const words = t(image ? "tk.file_image" : "tk.file_pdf", { n: nth + 1, size: tk.size(one.size) });
    return el("li", null, el("a.tk-file", { href, target: "_blank", rel: "noopener" }, image ? el("img", { src: href, alt: words, loading: "lazy" }) : [el("span.tk-pdf", { "aria-hidden": "true" }, "PDF"), el("span", null, words)]));
  }

  tk.story = function (seen, shown) {
    const rounds = [...new Set(seen.acts.map((act) => act.round))].sort((a, b) => b - a);
    const hidden = seen.acts.some((act) => Object.keys(act.words || {}).length);
    return [
      el("header.tk-story-head", { "data-key": "h" }, el("h2", null, t("tk.acts")),
        shown ? fh.badge("slow", t("tk.revealed")) : hidden && fh.may("reveal_client") ? el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "ticket-reveal" }, t("tk.reveal")) : null),
      ...(rounds.length ? rounds.map((round) => el("section", { "data-key": `r${round}` }, rounds.length > 1 ? el("h3", null, t("tk.round", { n: round })) : null,
        el("ol.tk-story", null, [...seen.acts].filter((act) => act.round === round).reverse().map((act) => entry(act, seen, shown))))) : [el("p.fh-meta", { "data-key": "none" }, t("tk.no_acts"))]),
    ];
  };
})();
