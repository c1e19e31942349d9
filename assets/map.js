/* The map's living part: marks and labels laid over the Plotly figure, provinces' tint, the tiles.
 *
 * The figure itself is drawn once. A push moves only what changed: the fill of a province whose
 * state changed (a style-only restyle), and the marks of offices that are not quiet.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const RANK = { quiet: 0, watch: 1, incident: 2, large: 3 };
  const SIZE = { quiet: 0, watch: 18, incident: 24, large: 28 }; // on a map as wide as the wall's
  const WALL_WIDTH = 715;
  let scale = 1;
  const sizeOf = (hot) => Math.round(SIZE[hot.state] * scale);
  const MOST_LABELS = 12;
  const LINE = 30; // a label's height
  const INSET = { x: [1870, 2383], y: [-1990, -1193] }; // kilometres; as dashboard/map_figure.py draws it
  const units = { byCode: new Map(), provinces: [], asked: false };
  const tinted = new Map(); // trace number -> state it was last given
  const at = (id) => document.getElementById(id);

  fh.provinceOf = (code) => (units.byCode.get(code) || {}).province;
  /** The short name of an office's branch (of a branch: its own). */
  fh.branchOf = function (code) {
    const unit = units.byCode.get(code) || {};
    return (units.byCode.get(unit.branch_code) || unit).short_name;
  };

  async function loadUnits() {
    if (units.asked) return;
    units.asked = true;
    try {
      const read = await fh.json("/live/units");
      for (const unit of read.units) units.byCode.set(unit.code, unit);
      units.provinces = read.provinces;
      fh.redrawBoard();
    } catch (failed) {
      units.asked = false; // asked again with the next snapshot
    }
  }

  /** Show the map or the tiles; the map is fetched from the server the first time it is wanted. */
  fh.setMapView = function (name) {
    const frame = at("board-map-frame");
    if (!frame) return;
    frame.dataset.view = name;
    for (const node of document.querySelectorAll('[data-action^="view-"]')) {
      node.setAttribute("aria-pressed", String(node.dataset.action === `view-${name}`));
    }
    if (name === "map" && !at("board-map-graph") && window.dash_clientside.set_props) {
      window.dash_clientside.set_props("board-map-wanted", { data: true });
    }
    fh.redrawBoard();
  };
  for (const name of ["map", "tiles"]) {
    (fh.actions = fh.actions || {})[`view-${name}`] = () => { fh.keep("fh-map", name); fh.setMapView(name); };
  }

  fh.drawMap = function (snapshot) {
    if (!at("board-map-frame")) return;
    loadUnits();
    const worst = byProvince(snapshot);
    tiles(worst);
    const plot = document.querySelector("#board-map .js-plotly-plot");
    if (!plot || !plot._fullLayout) {
      if (at("board-map-frame").dataset.view === "map") setTimeout(() => fh.drawMap(fh.snapshot()), 150);
      return;
    }
    wire(plot);
    tint(plot, worst);
    marks(plot, snapshot);
  };

  /* ---- provinces --------------------------------------------------------------------------------- */

  /** Offices that are not quiet, each once, at their worst. An incident that grew to the whole bank
   *  burns where its keys say, not at head office; head office is marked only if nothing else is. */
  function burning(snapshot) {
    const calls = new Set();
    const found = new Map();
    const add = (one) => {
      const held = found.get(one.code);
      if (!held || RANK[one.state] > RANK[held.state]) found.set(one.code, { ...one, clients: one.clients || (held && held.clients) || 0 });
    };
    snapshot.hot.forEach(add);
    for (const incident of snapshot.incidents) {
      const codes = incident.keys.map((key) => key.split(":")).filter(([kind]) => kind === "unit" || kind === "branch_product").map(([, code]) => code);
      const offices = codes.filter((code) => (units.byCode.get(code) || {}).level && units.byCode.get(code).level !== "head_office");
      for (const code of offices) add({ code, state: incident.severity, clients: 0 });
      const own = incident.unit && incident.unit.code;
      if (offices.length && incident.unit && incident.unit.level === "head_office") found.delete(own);
      if (!incident.acknowledgements.length) for (const code of offices.length ? offices : [own]) calls.add(code);
    }
    return [...found.values()].map((hot) => ({ ...hot, calls: calls.has(hot.code) }));
  }

  function byProvince(snapshot) {
    const worst = new Map();
    for (const hot of burning(snapshot)) {
      const province = fh.provinceOf(hot.code);
      if (!province) continue;
      const held = worst.get(province) || { state: "quiet", clients: 0 };
      held.clients += hot.clients;
      if (RANK[hot.state] > RANK[held.state]) held.state = hot.state;
      worst.set(province, held);
    }
    return worst;
  }

  function tint(plot, worst) {
    const style = getComputedStyle(document.documentElement);
    const traces = [];
    const fills = [];
    units.provinces.forEach((province, trace) => {
      const state = worst.has(province) ? worst.get(province).state : "quiet";
      if ((tinted.get(trace) || "quiet") === state) return;
      tinted.set(trace, state);
      traces.push(trace);
      fills.push(style.getPropertyValue(`--fh-land-${state}`).trim());
    });
    if (traces.length) window.Plotly.restyle(plot, { fillcolor: fills }, traces);
  }

  /** The theme changed: every land and line takes its colours anew. */
  function recolour() {
    const plot = document.querySelector("#board-map .js-plotly-plot");
    if (!plot || !window.Plotly) return;
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    const areas = plot.data.map((trace, nth) => [trace, nth]).filter(([trace]) => trace.fill === "toself").map(([, nth]) => nth);
    window.Plotly.restyle(plot, { fillcolor: of("--fh-land-quiet"), "line.color": of("--fh-land-line") }, areas);
    const offices = plot.data.map((trace, nth) => [trace, nth]).filter(([trace]) => trace.name === "offices").map(([, nth]) => nth);
    window.Plotly.restyle(plot, { "marker.color": of("--fh-office") }, offices);
    tinted.clear();
    if (fh.snapshot()) fh.drawMap(fh.snapshot());
  }
  document.addEventListener("fh:theme", recolour);

  function tiles(worst) {
    for (const tile of document.querySelectorAll("#board-tiles .fh-tile")) {
      const found = worst.get(tile.dataset.province);
      const state = found ? found.state : "quiet";
      const count = found && found.clients ? String(found.clients) : "";
      if (tile.dataset.state !== state) tile.dataset.state = state;
      const shown = tile.querySelector(".fh-tile-count");
      if (shown.textContent !== count) shown.textContent = count;
      const label = found ? `${tile.title}: ${fh.t(state)}${count ? ", " + fh.t("incident.clients", { n: count }) : ""}` : tile.title;
      if (tile.getAttribute("aria-label") !== label) tile.setAttribute("aria-label", label);
    }
  }

  /* ---- marks and labels ----------------------------------------------------------------------------- */

  function wire(plot) {
    if (plot.dataset.wired) return;
    plot.dataset.wired = "1";
    plot.on("plotly_afterplot", () => { if (fh.snapshot()) marks(plot, fh.snapshot()); });
    plot.on("plotly_click", (event) => { const code = event.points[0].customdata; if (code) chosen(code); });
    recolour();
  }

  /** An office was chosen: its incident if it has just one, else its branch's list. */
  function chosen(code) {
    const mine = fh.snapshot().incidents.filter((incident) => (incident.unit && incident.unit.code === code) || incident.keys.includes(`unit:${code}`));
    if (mine.length === 1) { location.assign(`/incidents/${mine[0].id}`); return; }
    fh.narrow("branch", fh.branchOf(code) || code);
  }
  (fh.actions = fh.actions || {}).mark = (node) => chosen(node.dataset.code);

  function marks(plot, snapshot) {
    scale = Math.min(2, Math.max(0.6, plot.clientWidth / WALL_WIDTH));
    const [xaxis, yaxis] = [plot._fullLayout.xaxis, plot._fullLayout.yaxis];
    const shown = [];
    for (const hot of burning(snapshot)) {
      const unit = units.byCode.get(hot.code);
      if (!unit || unit.x === null) continue;
      shown.push({ ...hot, unit, left: xaxis._offset + xaxis.l2p(unit.x), top: yaxis._offset + yaxis.l2p(unit.y) });
    }
    shown.sort((a, b) => b.calls - a.calls || RANK[b.state] - RANK[a.state] || b.clients - a.clients);
    partMarks(shown);
    // A label may stand out into the gap beside the map, but not out of the window.
    const right = Math.min(plot.clientWidth + 34, innerWidth - 4 - plot.getBoundingClientRect().left);
    const [left, top] = [xaxis._offset + xaxis.l2p(INSET.x[0]), yaxis._offset + yaxis.l2p(INSET.y[1])];
    const inset = { x: left, y: top, w: xaxis.l2p(INSET.x[1]) - xaxis.l2p(INSET.x[0]), h: yaxis.l2p(INSET.y[0]) - yaxis.l2p(INSET.y[1]) };
    const area = { right, height: plot.clientHeight, inset };
    placeLabels(shown, area);
    at("board-map-marks").style.setProperty("--scale", scale.toFixed(3));
    fh.fill(at("board-map-marks"), shown.map(mark));
  }

  /** Offices of one city lie on one spot: move the lesser ones aside, a few pixels in a spiral. */
  function partMarks(list) {
    const placed = [];
    for (const hot of list.slice(0, 200)) {
      const [left, top] = [hot.left, hot.top];
      const free = () => placed.every((o) => Math.hypot(o.left - hot.left, o.top - hot.top) >= (sizeOf(o) + sizeOf(hot)) / 2);
      for (let nth = 1; nth < 40 && !free(); nth += 1) {
        const reach = 7 * scale * Math.sqrt(nth);
        hot.left = left + reach * Math.cos(nth * 2.4);
        hot.top = top + reach * Math.sin(nth * 2.4);
      }
      placed.push(hot);
    }
  }

  const ruler = document.createElement("canvas").getContext("2d");
  function labelWidth(hot) {
    ruler.font = `${(hot.state === "watch" ? 17 : 20) * Math.max(scale, 0.75)}px ${getComputedStyle(document.body).fontFamily}`;
    return Math.ceil(ruler.measureText(hot.unit.short_name + (hot.clients || "")).width) + 12;
  }

  function mark(hot) {
    const count = hot.clients ? ` ${fh.t("incident.clients", { n: hot.clients })}` : "";
    const words = `${hot.unit.short_name} ${fh.t(hot.state)}${count}`;
    return el("button.fh-spot", {
      type: "button", "data-key": hot.code, "data-code": hot.code, "data-action": "mark", "data-state": hot.state,
      "data-calls": hot.calls, title: words, "aria-label": words,
      style: `left:${hot.left.toFixed(1)}px;top:${hot.top.toFixed(1)}px;--size:${sizeOf(hot)}px;z-index:${RANK[hot.state] + (hot.calls ? 5 : 0)}`,
    }, fh.shape(), hot.label ? el("span.fh-spot-label", { style: `left:calc(50% + ${hot.label.x}px);top:calc(50% + ${hot.label.y}px)` },
      hot.unit.short_name, hot.clients ? el("b", null, hot.clients) : null) : null);
  }

  /** Where a label may stand, best first: right, left, below, above, then the corners, then further. */
  function sides(width, calls) {
    const [gap, far, up] = [(calls ? 29 : 20) * scale, 44 * scale, LINE / 2]; // clear of the ring
    const near = [[gap, -up], [-gap - width, -up], [-width / 2, gap - 2], [-width / 2, 2 - gap - LINE]];
    const corners = [12 * scale, 34 * scale].flatMap((d) => [[d, d - 6], [d, -LINE - d], [-d - width, d - 6], [-d - width, -LINE - d]]);
    return [...near, ...corners, [far, -up], [-far - width, -up]];
  }

  /** Give labels by priority; one that would lie on another, or outside, tries the next side. */
  function placeLabels(list, area) {
    const taken = list.map((hot) => ({ x: hot.left - sizeOf(hot) / 2, y: hot.top - sizeOf(hot) / 2, w: sizeOf(hot), h: sizeOf(hot) }));
    taken.push(area.inset);
    const hits = (box) => taken.some((o) => box.x < o.x + o.w && o.x < box.x + box.w && box.y < o.y + o.h && o.y < box.y + box.h);
    list.slice(0, MOST_LABELS).forEach((hot, nth) => {
      const width = labelWidth(hot);
      const own = taken[nth];
      taken[nth] = { x: 0, y: 0, w: 0, h: 0 };
      for (const [dx, dy] of sides(width, hot.calls)) {
        const box = { x: hot.left + dx, y: hot.top + dy, w: width, h: LINE };
        if (box.x < 2 || box.y < 2 || box.x + box.w > area.right || box.y + box.h > area.height - 2 || hits(box)) continue;
        hot.label = { x: dx, y: dy };
        taken.push(box);
        break;
      }
      taken[nth] = own;
    });
  }
})();
