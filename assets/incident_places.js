/* Choosing a place by name: the last one is there already, a few letters find any other. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const inc = (fh.inc = fh.inc || {});
  const LAST = "fh-last-place";
  const MOST = 8;
  let reading = null;

  function units() {
    reading = reading || fh.json("/live/units").then((read) => read.units).catch((failed) => {
      reading = null; // asked again the next time
      throw failed;
    });
    return reading;
  }

  inc.lastPlace = function () {
    try {
      const held = JSON.parse(fh.kept(LAST) || "null");
      return held && held.code && held.name ? held : null;
    } catch (broken) {
      return null;
    }
  };
  inc.keepPlace = (place) => fh.keep(LAST, JSON.stringify({ code: place.code, name: place.name, branch: place.branch || "" }));

  const plain = (text) => String(text || "").toLowerCase().replaceAll(/\s/g, "");

  /** Places whose name, city or code has the text; those that begin with it first. */
  inc.findPlaces = function (all, text) {
    const wanted = plain(text);
    const names = new Map(all.map((unit) => [unit.code, unit.short_name]));
    const rank = (unit) => (plain(unit.short_name).startsWith(wanted) ? 0 : plain(unit.name).includes(wanted) ? 1 : plain(unit.code) === wanted ? 0 : plain(unit.city).startsWith(wanted) ? 2 : 9);
    return all.filter((unit) => unit.level !== "head_office").map((unit) => ({ unit, rank: rank(unit) })).filter((one) => one.rank < 9)
      .sort((a, b) => a.rank - b.rank).slice(0, MOST)
      .map(({ unit }) => ({ code: unit.code, name: unit.short_name || unit.name, branch: unit.level === "branch" ? unit.city || "" : names.get(unit.branch_code) || "" }));
  };

  /** A picker: `node` for the form, `chosen()` for the place. `start` is a place or a unit's code. */
  inc.placePicker = function (start, changed) {
    let place = start && start.code ? start : null;
    const search = el("input", { type: "search", id: `place-search-${Math.round(performance.now())}`, placeholder: t("place.search"), autocomplete: "off", "aria-label": t("place.search") });
    const found = el("div.inc-places", { role: "group", "aria-label": t("place.label") });
    const node = el("div.inc-place");

    function draw() {
      if (!place) {
        node.replaceChildren(el("span.inc-label", null, t("place.label")), search, found);
        return;
      }
      const other = el("button.fh-button.fh-button--quiet", { type: "button" }, t("place.change"));
      other.addEventListener("click", () => { choose(null); search.value = ""; found.replaceChildren(); search.focus(); });
      node.replaceChildren(el("span.inc-label", null, t("place.label")),
        el("div.inc-place-held", null, el("b", null, place.name), el("small", null, place.branch), other));
    }
    function choose(next) {
      place = next;
      draw();
      if (changed) changed(place);
    }
    async function look() {
      const text = search.value;
      if (!text.trim()) return found.replaceChildren();
      try {
        const hits = inc.findPlaces(await units(), text);
        if (text !== search.value) return undefined;
        found.replaceChildren(...(hits.length ? hits.map((hit) => {
          const row = el("button.inc-place-hit", { type: "button", "data-code": hit.code }, el("b", null, hit.name), el("small", null, hit.branch));
          row.addEventListener("click", () => choose(hit));
          return row;
        }) : [fh.empty(t("place.none", { text }))]));
      } catch (failed) {
        found.replaceChildren(el("p.fh-failure", { role: "alert" }, t("place.failed", { reason: failed.message })));
      }
      return undefined;
    }
    search.addEventListener("input", look);
    search.addEventListener("keydown", async (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      await look(); // the names may still be on their way
      const first = found.querySelector("button");
      if (first) first.click();
    });
    draw();
    if (typeof start === "string" && start) {
      units().then((all) => {
        const unit = all.find((one) => one.code === start);
        if (unit && !place) choose({ code: unit.code, name: unit.short_name || unit.name, branch: "" });
      }).catch(() => undefined);
    }
    return { node, chosen: () => place };
  };
})();
