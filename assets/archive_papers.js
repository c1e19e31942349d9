/* A complaint's papers: opened, downloaded, and in full for a reason, each in a tab of its own. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const actions = (fh.actions = fh.actions || {});
  const KINDS = ["html", "pdf", "docx"];
  const paper = (complaint, form, kind) => `/live/archive/${encodeURIComponent(complaint)}/${form}.${kind}`;

  /** The papers of one complaint as a row of links, for any page that shows it. */
  fh.papers = (complaint) => el("div.arc-papers", { "data-key": "papers" }, ["own", "whole"].map((form) => el("span.arc-paper", { role: "group", "aria-label": t(`arc.paper.${form}`) }, el("small", null, t(`arc.paper.${form}`)),
    KINDS.map((kind) => el("a.fh-button.fh-button--plain", { href: paper(complaint, form, kind), target: "_blank", rel: "noopener" }, kind === "html" ? t("arc.print") : kind.toUpperCase())))),
  fh.may("reveal_client") ? el("button.fh-button.fh-button--plain", { type: "button", "data-action": "archive-clear-paper", "data-complaint": complaint }, t("arc.paper.clear")) : null);

  actions["archive-clear-paper"] = ({ dataset: { complaint } }) => {
    const choose = (name, values, words) => fh.inc.field(words, el("select", { name }, values.map(([value, said]) => el("option", { value }, said))));
    return fh.inc.ask(t("arc.paper.clear"), {
      intro: el("p.fh-meta", null, t("arc.paper.clear_ask")), save: t("arc.paper.clear"),
      fields: [choose("form", ["own", "whole"].map((one) => [one, t(`arc.paper.${one}`)]), t("arc.paper")), choose("kind", KINDS.map((one) => [one, one.toUpperCase()]), t("arc.register.open")),
        fh.inc.field(t("cpf.reason"), el("textarea", { name: "reason", required: true, rows: 2, maxlength: 200 }))],
      send: (box) => {
        const { form, kind, reason } = box.elements;
        const post = el("form", { method: "post", target: "_blank", hidden: true, action: paper(complaint, form.value, kind.value) }, el("input", { type: "hidden", name: "reason", value: reason.value.trim() }));
        document.body.append(post);
        post.submit();
        post.remove();
      },
    });
  };
})();
