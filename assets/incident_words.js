/* An incident's values in words: sentence, people, spans, times. No elements here. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const t = (...given) => fh.t(...given);
  const inc = (fh.inc = fh.inc || {});

  inc.number = (incident) => Math.max(incident.clients, incident.headcount);
  inc.unitName = (incident) =>
    incident.place && incident.place.level !== "head_office" ? incident.place.short_name : t("incident.whole_bank");
  inc.title = (duty) => (fh.english() ? duty.title_en : duty.title_zh);
  inc.list = (parts) => parts.join(fh.english() ? ", " : "、");
  inc.roles = (codes) => inc.list(codes.map((code) => t(code)));
  inc.headOffice = (role) => role === "duty_officer" || role === "pr_officer" || /^ho_/.test(role);

  /** What happened, in one sentence. */
  inc.sentence = function (incident) {
    const n = incident.origin === "gathering" ? incident.headcount : incident.clients;
    return t(`inc.what.${incident.origin}`, { unit: inc.unitName(incident), n });
  };

  /** "15m" as the plan writes it, in words. */
  inc.span = (text) =>
    String(text).replace(/(\d+)([smhd])/g, (all, n, unit) => t(`span.${unit}`, { n }) + (fh.english() ? " " : "")).trim();

  /** An actor of the journal: web:ROLE:ACCOUNT (older: web:ROLE), person:12, token:LABEL, engine. */
  inc.actor = function (by) {
    const [kind, rest] = String(by).split(/:(.*)/s);
    if (kind === "web" && rest) return t(rest.split(":")[0]);
    if (kind === "engine") return t("by.engine");
    if (kind === "token") return `${t("by.api")} ${rest}`;
    return "";
  };

  /** A reason that the system gave as a code; an unknown one as it is. */
  inc.coded = function (prefix, code) {
    const key = `${prefix}.${code}`;
    const words = t(key);
    return words === key ? String(code || "") : words;
  };

  /** Duties that are still owed: also of an incident that is stood down, until its file is closed. */
  inc.openDuties = (incident) => incident.duties.filter((duty) => duty.state === "open" && incident.state !== "closed");
  /** Duties that were open when the file was closed and can be fulfilled no more. */
  inc.leftDuties = (incident) => incident.duties.filter((duty) => duty.state === "open" && incident.state === "closed");
  /** By due time, the next first. */
  inc.byDue = (duties) => [...duties].sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at) || a.id - b.id);
  inc.headAnswered = (incident) => incident.acknowledgements.some((given) => given.head_office);

  /* ---- who I am: whoever is signed in, in the seat chosen in the header ------------------------------- */

  /** {name, role}; the role is null for who has no seat, and the name empty where nobody looks. */
  inc.me = () => ({ name: fh.viewer() ? fh.viewer().name : "", role: fh.seat() });
  inc.meWords = function () {
    const { name, role } = inc.me();
    return role ? inc.person(name, role) : name;
  };
  inc.isMe = (name, role) => name === inc.me().name && role === inc.me().role;
  /** In whose name what is done here goes on record. */
  inc.meLine = () => fh.el("span", null, inc.me().role ? t("me.as", { who: inc.meWords() }) : t("me.none"));
  /** A person with the role; one who gave no name is the role alone. */
  inc.person = function (name, role) {
    if (!name || name === t(role)) return t(role);
    return fh.english() ? `${name}, ${t(role)}` : `${name} ${t(role)}`;
  };
  inc.iAnswered = (incident) => incident.acknowledgements.some((given) => inc.isMe(given.by, given.role));
})();
