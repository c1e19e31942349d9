/* Contacts in and out as files: import with a result row by row, export of a unit and all below. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const LAYOUTS = ["team", "outlets"];

  /** Draw both halves; the import's own state stays as it is when it stands already. */
  fh.drawContactFiles = function () {
    const host = at("contacts-files");
    if (!host) return;
    if (!fh.may("edit_contacts") && !fh.may("export_contacts")) return;
    if (!host.firstChild) host.replaceChildren(el("section.ct-files", null, el("h2", null, t("contacts.files")), el("div.ct-halves", null, el("div.ct-export", null), fh.may("edit_contacts") ? importer() : null), el("div.ct-result", { role: "status" })));
    fh.fill(host.querySelector(".ct-export"), exporter());
  };

  /* ---- out ---------------------------------------------------------------------------------------- */

  function exporter() {
    const { desk, chosen } = fh.contacts.view;
    if (!desk || desk.unit.code !== chosen || !fh.may("export_contacts")) return [];
    const button = (layout, kind) => el("button.fh-button.fh-button--plain", { type: "button", "data-action": "contacts-export", "data-layout": layout, "data-kind": kind }, kind.toUpperCase());
    return [el("h3", null, t("contacts.export"), " ", el("span", null, t("contacts.export_what", { unit: desk.unit.short }))),
      LAYOUTS.map((layout) => el("p.ct-out", null, el("span", null, t(`contacts.layout_${layout}`)), button(layout, "xlsx"), button(layout, "csv"))),
      el("small.fh-meta", null, t("contacts.export_note"))].flat();
  }

  actions["contacts-export"] = async function (node) {
    const { layout, kind } = node.dataset;
    const { desk } = fh.contacts.view;
    node.disabled = true;
    const { answer, fault } = await fh.contacts.post("/live/contacts/export", { unit: desk.unit.code, layout, kind });
    node.disabled = false;
    if (fault) { fh.toast(t("contacts.export_failed", { reason: fault }), "bad"); return; }
    const url = URL.createObjectURL(await answer.blob());
    const link = el("a", { href: url, download: `${desk.unit.short}-${t(`contacts.layout_${layout}`)}.${kind}` });
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  };

  /* ---- in ------------------------------------------------------------------------------------------- */

  function importer() {
    const layouts = LAYOUTS.map((layout, nth) => {
      const radio = el("input", { type: "radio", name: "layout", value: layout });
      radio.checked = nth === 0;
      return el("label.cp-check", null, radio, t(`contacts.layout_${layout}`));
    });
    const file = el("input", { type: "file", name: "file", id: "ct-file", accept: ".xlsx,.csv", "aria-describedby": "ct-fault" });
    const fault = el("p.cp-fault", { id: "ct-fault", role: "alert" });
    const button = el("button.fh-button.fh-button--main", { type: "submit" }, t("contacts.import_do"));
    const form = el("form.ct-import", null,
      el("h3", null, t("contacts.import")),
      el("div.cp-checks", { role: "radiogroup", "aria-label": t("contacts.import_what") }, layouts),
      el("label", { for: "ct-file" }, t("contacts.file")),
      el("div.ct-take", null, file, button), fault, el("small.fh-meta", null, t("contacts.import_note")));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      fault.replaceChildren();
      if (!file.files.length) { fault.replaceChildren(fh.badge("bad", t("contacts.import_need"))); file.focus(); return; }
      button.disabled = true;
      button.textContent = t("contacts.import_busy");
      const sent = await fh.contacts.post("/live/contacts/import", new FormData(form));
      button.disabled = false;
      button.textContent = t("contacts.import_do");
      if (sent.fault) { fault.replaceChildren(fh.badge("bad", t("contacts.import_failed", { reason: sent.fault }))); return; }
      result(await sent.answer.json(), file.files[0].name);
      file.value = "";
      fh.contacts.reload();
    });
    return form;
  }

  function result(read, name) {
    const host = document.querySelector(".ct-result");
    const summary = el("p.ct-summary", null,
      fh.badge(read.kept ? "acknowledged" : "quiet", t("contacts.kept", { n: read.kept })),
      read.ended ? fh.badge("told", t("contacts.ended", { n: read.ended })) : null,
      read.faults.length ? fh.badge("gap", t("contacts.bad", { n: read.faults.length })) : fh.badge("ok", t("contacts.no_bad")),
      el("span.fh-meta", null, name));
    const heads = ["row", "column", "reason", "remedy"].map((key) => t(`contacts.${key}`));
    const table = read.faults.length ? el("table.fh-table.ct-faults", null,
      el("thead", null, el("tr", null, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", null, read.faults.map((fault) => el("tr", null,
        [fault.row || t("contacts.row_all"), fault.column, fault.message, fault.remedy].map((cell, nth) => el("td", { "data-head": heads[nth] }, cell)))))) : null;
    host.replaceChildren(...[summary, table].filter(Boolean));
    host.scrollIntoView({ block: "nearest" });
  }
})();
