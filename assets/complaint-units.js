/* Finding a unit by name, pinyin, initials or code: the search, and a field that picks one.
 *
 * Rows are those of contacts/unit_search.py; `keys` are lower case without blanks.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const MOST = 8;
  let pickers = 0;

  const folded = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

  /** Rows that match, the best first: a whole key, then a beginning (the shorter name
   *  first), then anywhere. */
  fh.findUnits = function (rows, text) {
    const wanted = folded(text);
    if (!wanted) return [...rows];
    const rank = (row) => {
      let best = 9;
      for (const key of row.keys) {
        const place = key.indexOf(wanted);
        if (place === 0) best = Math.min(best, key.length === wanted.length ? 0 : 1);
        else if (place > 0) best = Math.min(best, 2);
      }
      return best;
    };
    return rows.map((row, nth) => ({ row, nth, best: rank(row), length: row.short.length })).filter(({ best }) => best < 9)
      .sort((a, b) => a.best - b.best || a.length - b.length || a.nth - b.nth).map(({ row }) => row);
  };

  fh.unitName = (row) => (row.branch ? `${row.branch} · ${row.short}` : row.short);

  /** A combobox. `get()` gives {code, text}, `set({code, text})` fills it in, `onChange` tells of
   *  every keystroke; `rows()` may come later (null until then). Returns {node, input, get, set}. */
  fh.unitPicker = function ({ id, rows, onChange }) {
    const list = `unit-list-${(pickers += 1)}`;
    const state = { code: "", open: false, active: -1, found: [] };
    const input = el("input", {
      id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: fh.t("unit.hint"),
      "aria-expanded": "false", "aria-controls": list, "aria-autocomplete": "list",
    });
    const box = el("ul.up-list", { id: list, role: "listbox", hidden: true });
    const chosen = el("span.up-code", { "aria-hidden": "true" });
    const node = el("div.up", null, input, chosen, box);

    function show() {
      const all = rows();
      state.found = all ? fh.findUnits(all, state.code ? "" : input.value) : [];
      const shown = state.found.slice(0, MOST);
      const options = shown.map((row, nth) =>
        el("li", { id: `${list}-${nth}`, role: "option", "data-nth": nth, "aria-selected": String(nth === state.active) },
          el("span", null, fh.unitName(row)), el("small", null, row.code)));
      const rest = state.found.length - shown.length;
      if (!all) options.push(el("li.up-none", { role: "presentation" }, fh.t("complaint.loading_units")));
      else if (!shown.length) options.push(el("li.up-none", { role: "presentation" }, fh.t("unit.none")));
      else if (rest) options.push(el("li.up-none", { role: "presentation" }, fh.t("unit.more", { n: rest })));
      box.replaceChildren(...options);
      open(true);
    }
    function open(wanted) {
      state.open = wanted;
      box.hidden = !wanted;
      input.setAttribute("aria-expanded", String(wanted));
      const active = wanted && state.active >= 0 ? `${list}-${state.active}` : null;
      if (active) input.setAttribute("aria-activedescendant", active);
      else input.removeAttribute("aria-activedescendant");
    }
    function move(step) {
      const most = Math.min(MOST, state.found.length);
      if (!most) return;
      state.active = (state.active + step + most) % most;
      show();
      box.children[state.active].scrollIntoView({ block: "nearest" });
    }
    function choose(row) {
      set({ code: row.code, text: fh.unitName(row) });
      open(false);
      onChange();
    }
    function set({ code, text }) {
      state.code = code || "";
      input.value = text || "";
      chosen.textContent = state.code;
      state.active = -1;
    }

    input.addEventListener("input", () => {
      state.code = "";
      chosen.textContent = "";
      state.active = input.value.trim() ? 0 : -1;
      show();
      onChange();
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown") { event.preventDefault(); if (state.open) move(1); else { state.active = 0; show(); } }
      else if (event.key === "ArrowUp" && state.open) { event.preventDefault(); move(-1); }
      else if (event.key === "Enter" && state.open && state.found[state.active]) { event.preventDefault(); choose(state.found[state.active]); }
      else if (event.key === "Escape" && state.open) { event.stopPropagation(); open(false); }
    });
    // Typed before the rows were there: look again when they come.
    node.addEventListener("fh:units", () => { if (state.open) show(); });
    // A click on the list must not take the focus away before it is heard.
    box.addEventListener("pointerdown", (event) => event.preventDefault());
    box.addEventListener("click", (event) => {
      const option = event.target.closest("[data-nth]");
      if (option) choose(state.found[Number(option.dataset.nth)]);
    });
    input.addEventListener("blur", () => {
      const only = !state.code && input.value.trim() && rows() ? fh.findUnits(rows(), input.value) : [];
      const exact = only.filter((row) => row.keys.includes(folded(input.value)));
      open(false);
      if (only.length === 1) choose(only[0]);
      else if (exact.length === 1) choose(exact[0]);
    });
    return { node, input, get: () => ({ code: state.code, text: input.value }), set };
  };
})();
