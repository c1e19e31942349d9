/* The fields of a ticket's forms. A field is {name, node, get, set}: get gives what goes into the
 * body (undefined: left out), set takes what a draft kept; what is wrong is said beside it.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const tk = (fh.tk = fh.tk || {});
  const SHANGHAI = 8 * 3600e3;
  let made = 0;

  const moment = (text) => (text ? `${text.slice(0, 16)}:00+08:00` : undefined);
  /** Business time in Shanghai as a datetime-local field shows it. */
  const local = (milliseconds) => new Date(milliseconds + SHANGHAI).toISOString().slice(0, 16);
  const words = (label, optional) => [label, optional ? el("span.tk-optional", null, t("tk.f.optional")) : null];
  const faultNode = (id) => el("p.tk-fault", { id: `${id}-fault`, role: "alert" });

  /** A control under its label. */
  function single(name, label, control, { optional, get, set, focus, hint, when } = {}) {
    const id = `tkf-${(made += 1)}`;
    const target = focus || control;
    target.id = id;
    target.setAttribute("aria-describedby", `${id}-fault`);
    if (!optional) target.setAttribute("aria-required", "true");
    const node = el("div.tk-field", { "data-field": name }, el("label", { for: id }, words(label, optional)), control, hint ? el("small.fh-meta", null, hint) : null, faultNode(id));
    return { name, label, node, optional, when, focus: target, get: get || (() => control.value.trim() || undefined), set: set || ((value) => { control.value = value == null ? "" : value; }) };
  }

  /** Several controls under one name. */
  function grouped(name, label, content, { optional, get, set, focus }) {
    const id = `tkf-${(made += 1)}`;
    const node = el("fieldset.tk-field", { "data-field": name, "aria-describedby": `${id}-fault` }, el("legend", null, words(label, optional)), content, faultNode(id));
    return { name, label, node, optional, get, set, get focus() { return focus(); } };
  }

  const kit = (tk.fields = {});
  kit.local = local;
  kit.text = (name, label, { input, ...more } = {}) => single(name, label, el("input", { type: "text", autocomplete: "off", maxlength: 200, ...input }), more);
  kit.area = (name, label, more = {}) => single(name, label, el("textarea", { rows: more.rows || 3, maxlength: 20000, autocomplete: "off" }), more);
  kit.when = (name, label, more = {}) => {
    const control = el("input", { type: "datetime-local", step: 60 });
    return single(name, label, control, { ...more, get: () => moment(control.value), set: (iso) => { control.value = iso ? local(Date.parse(iso)) : ""; } });
  };
  kit.select = (name, label, options, more = {}) => single(name, label,
    el("select", null, el("option", { value: "" }, t("tk.f.choose")), options.map(([value, text]) => el("option", { value }, text))), more);

  /** One of a few: buttons, that a keyboard and a screen reader know as radio buttons. */
  kit.pick = function (name, label, options, { optional, chosen, get, set } = {}) {
    const group = `tkf-${(made += 1)}`;
    const radios = options.map(([value]) => el("input", { type: "radio", name: group, value }));
    const value = () => { const one = radios.find((radio) => radio.checked); return one && one.value; };
    const put = (wanted) => { for (const radio of radios) radio.checked = radio.value === wanted; };
    if (chosen) put(chosen);
    return grouped(name, label, el("div.tk-choice", null, radios.map((radio, nth) => el("label", null, radio, el("span", null, options[nth][1])))),
      { optional, get: get ? () => get(value()) : value, set: set ? (given) => put(set(given)) : put, focus: () => radios[0] });
  };
  kit.coded = (name, label, list, codes, more) => kit.pick(name, label, codes.map((code) => [code, tk.coded(list, code)]), more);
  kit.yes = (name, label) => kit.pick(name, label, [["yes", t("tk.f.yes")], ["no", t("tk.f.no")]],
    { get: (one) => (one ? one === "yes" : undefined), set: (given) => (given === undefined ? "" : given ? "yes" : "no") });

  kit.check = function (name, label) {
    const box = el("input", { type: "checkbox" });
    const node = el("label.tk-check", { "data-field": name }, box, el("span", null, label));
    return { name, label, node, optional: true, focus: box, get: () => box.checked, set: (value) => { box.checked = Boolean(value); } };
  };
  kit.many = function (name, label, options) {
    const boxes = options.map(([value]) => el("input", { type: "checkbox", value }));
    return grouped(name, label, el("div.tk-choice", null, boxes.map((box, nth) => el("label", null, box, el("span", null, options[nth][1])))), {
      optional: true, focus: () => boxes[0],
      get: () => { const found = boxes.filter((box) => box.checked).map((box) => box.value); return found.length ? found : undefined; },
      set: (value) => { for (const box of boxes) box.checked = (value || []).includes(box.value); },
    });
  };
  /** Names written one after another. */
  kit.names = function (name, label) {
    const field = kit.text(name, label, { optional: true, input: { maxlength: 500 } });
    const { get, set } = field;
    return { ...field, get: () => { const all = (get() || "").split(/[、，,;；]/).map((one) => one.trim()).filter(Boolean); return all.length ? all : undefined; }, set: (all) => set((all || []).join("、")) };
  };

  /* ---- rows that come and go ------------------------------------------------------------------------- */

  /** `make()` gives one row's fields; `below(rows)` says something under them, live. */
  kit.rows = function (name, label, make, { below, most } = {}) {
    const rows = [];
    const host = el("div.tk-rows");
    const said = el("p.tk-below", { role: "status" });
    const add = el("button.fh-button.fh-button--plain", { type: "button" }, "+ ", t("tk.f.add"));
    const field = grouped(name, label, [host, said, add], {
      focus: () => rows[0][0].focus,
      get: () => rows.map((fields) => Object.fromEntries(fields.map((one) => [one.name, one.get()]).filter(([, value]) => value !== undefined))),
      set(values) { rows.splice(0); for (const value of values && values.length ? values : [{}]) put(value); show(); },
    });
    function put(value) {
      const fields = make();
      for (const one of fields) one.set(value[one.name]);
      rows.push(fields);
    }
    function show() {
      host.replaceChildren(...rows.map((fields, nth) => {
        for (const one of fields) one.node.dataset.field = `${name}.${nth}.${one.name}`;
        return el("div.tk-row-fields", null, fields.map((one) => one.node), rows.length > 1
          ? el("button.fh-button.fh-button--quiet.tk-remove", { type: "button", "data-nth": nth, "aria-label": t("tk.f.remove_row", { n: nth + 1 }) }, "×") : null);
      }));
      add.hidden = rows.length >= (most || 20);
      tellBelow();
    }
    function tellBelow() { if (below) said.replaceChildren(below(rows)); }
    function moved() {
      show();
      field.node.dispatchEvent(new Event("input", { bubbles: true }));
    }
    add.addEventListener("click", () => { put({}); moved(); rows[rows.length - 1][0].focus.focus(); });
    host.addEventListener("click", (event) => {
      const pressed = event.target.closest(".tk-remove");
      if (!pressed) return;
      rows.splice(Number(pressed.dataset.nth), 1);
      moved();
      add.focus();
    });
    field.node.addEventListener("input", tellBelow);
    field.inner = () => rows.flat();
    field.set(null);
    return field;
  };

  kit.unit = function (name, label) {
    const picker = tk.unitPicker(() => picker.node.dispatchEvent(new Event("input", { bubbles: true })));
    return single(name, label, picker.node, { focus: picker.input, get: () => picker.get().code || undefined,
      set: (code) => { if (code) tk.setup().then(({ units }) => { const row = units.find((one) => one.code === code); if (row) picker.set({ code, text: fh.unitName(row) }); }); } });
  };

  /** Shares of responsibility: what is still to be given, as it is typed. */
  kit.shares = (name, label, roles) => kit.rows(name, label, () => {
    const percent = kit.text("percent", t("tk.f.share_percent"), { input: { inputmode: "numeric", maxlength: 3 } });
    const { get } = percent;
    return [kit.unit("unit", t("tk.f.share_unit")), kit.select("role", t("tk.f.share_role"), roles.map((role) => [role, t(role)]), { optional: true }),
      kit.text("person", t("tk.f.share_person"), { optional: true, input: { maxlength: 40 } }),
      { ...percent, get: () => { const text = (get() || "").normalize("NFKC").replace("%", ""); return text === "" ? undefined : /^\d+$/.test(text) ? Number(text) : text; } }];
  }, {
    below(rows) {
      const sum = rows.reduce((all, fields) => all + (Number(fields[3].get()) || 0), 0);
      if (sum === 100) return fh.badge("acknowledged", t("tk.f.shares_full"));
      return fh.badge(sum > 100 ? "bad" : "watch", t(sum > 100 ? "tk.f.shares_over" : "tk.f.shares_left", { sum, left: Math.abs(100 - sum) }));
    },
  });
  kit.measures = (name, label) => kit.rows(name, label, () => {
    const by = el("input", { type: "date" });
    return [kit.text("what", t("tk.f.what"), { input: { maxlength: 2000 } }), kit.text("who", t("tk.f.who")), single("by", t("tk.f.by"), by)];
  }, { most: 50 });

  /* ---- files ---------------------------------------------------------------------------------------------- */

  const MOST_BYTES = 10 * 1024 * 1024; // escalation/evidence_files.py
  const MOST_FILES = 8; // dashboard/ticket_values.py
  const MOST_TOGETHER = 4 * MOST_BYTES; // dashboard/web_safety/bodies.py
  const KINDS = [[[0x25, 0x50, 0x44, 0x46, 0x2d], "pdf"], [[0xff, 0xd8, 0xff], "image"], [[0x89, 0x50, 0x4e, 0x47], "image"]];

  async function kindOf(file) {
    const begin = new Uint8Array(await file.slice(0, 8).arrayBuffer());
    const found = KINDS.find(([marks]) => marks.every((mark, nth) => begin[nth] === mark));
    return found ? found[1] : null;
  }
  async function wrongWith(file, files) {
    const { name } = file;
    if (files.length >= MOST_FILES) return t("tk.f.too_many", { n: MOST_FILES });
    if (!file.size) return t("tk.f.empty_file", { name });
    if (file.size > MOST_BYTES) return t("tk.f.too_big", { name });
    if (files.reduce((sum, one) => sum + one.size, file.size) > MOST_TOGETHER) return t("tk.f.too_big_together");
    return (await kindOf(file)) ? null : t("tk.f.bad_type", { name });
  }

  /** A place to drop files, or to choose them; each is looked at before it is taken. */
  kit.files = function () {
    const files = [];
    const urls = new Map();
    const input = el("input", { type: "file", multiple: true, accept: "application/pdf,image/jpeg,image/png" });
    const fault = el("p.tk-fault", { role: "alert" });
    const list = el("ul.tk-filelist");
    const zone = el("label.tk-drop", null, el("span", null, t("tk.f.drop")), input);
    const node = el("div.tk-field", { "data-field": "file" }, el("span", null, t("tk.f.files")), zone, list, fault);

    async function take(given) {
      const wrong = [];
      for (const file of given) {
        const said = await wrongWith(file, files);
        if (said) wrong.push(said);
        else {
          files.push(file);
          urls.set(file, { url: URL.createObjectURL(file), kind: await kindOf(file) });
        }
      }
      input.value = "";
      fault.textContent = wrong.join(fh.english() ? "; " : "；");
      show();
    }
    const show = () => list.replaceChildren(...files.map((file, nth) => {
      const { url, kind } = urls.get(file);
      return el("li", null, kind === "image" ? el("img", { src: url, alt: "" }) : el("span.tk-pdf", { "aria-hidden": "true" }, "PDF"),
        el("a.inc-link", { href: url, target: "_blank", rel: "noopener" }, file.name), el("small", null, tk.size(file.size)),
        el("button.fh-button.fh-button--quiet", { type: "button", "data-nth": nth, "aria-label": t("tk.f.remove", { name: file.name }) }, "×"));
    }));
    input.addEventListener("change", () => take([...input.files]));
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.setAttribute("data-over", ""); });
    zone.addEventListener("dragleave", () => zone.removeAttribute("data-over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); zone.removeAttribute("data-over"); take([...event.dataTransfer.files]); });
    list.addEventListener("click", (event) => {
      const pressed = event.target.closest("button");
      if (!pressed) return;
      const [gone] = files.splice(Number(pressed.dataset.nth), 1);
      URL.revokeObjectURL(urls.get(gone).url);
      show();
      input.focus();
    });
    return { node, files, free() { for (const { url } of urls.values()) URL.revokeObjectURL(url); } };
  };
  tk.size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
})();
