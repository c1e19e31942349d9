/* Report a gathering: how many, send. What was not sent is kept on the device until it is. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const inc = (fh.inc = fh.inc || {});
  const DRAFT = "fh-gathering";
  const PRESETS = [10, 20, 30, 50];

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountGathering(wanted) {
      if (wanted) requestAnimationFrame(form);
      return window.dash_clientside.no_update;
    },
  });

  function draft() {
    try {
      return JSON.parse(fh.kept(DRAFT) || "null") || {};
    } catch (broken) {
      return {};
    }
  }

  /** A number with big buttons around it; it can be typed as well. */
  function stepper(name, label, value, presets, changed) {
    const number = el("input", { name, type: "number", min: 0, max: 100000, step: 1, inputmode: "numeric", value, "aria-label": label });
    const by = (n, text) => {
      const key = el("button.inc-step-key", { type: "button", "aria-label": `${label} ${t(n < 0 ? "gather.less" : "gather.more", { n: Math.abs(n) })}` }, text);
      key.addEventListener("click", () => set((Number(number.value) || 0) + n));
      return key;
    };
    const set = (n) => {
      number.value = Math.max(0, Math.min(100000, Math.floor(n)));
      changed();
    };
    number.addEventListener("input", changed);
    const quick = presets.map((n) => {
      const key = el("button.inc-option", { type: "button" }, n);
      key.addEventListener("click", () => set(n));
      return key;
    });
    return el("fieldset.inc-stepper", null, el("legend", null, label),
      el("div.inc-stepper-row", null, by(-1, "−"), number, by(1, "+"), by(5, "+5")),
      quick.length ? el("div.inc-choice", null, quick) : null);
  }

  function form() {
    const host = at("gathering-form");
    if (!host) return;
    if (!fh.may("report_gathering")) { host.replaceChildren(fh.empty(t("me.none"))); return; }
    const kept = draft();
    const asked = new URLSearchParams(location.search).get("unit");
    const start = asked || kept.place || inc.lastPlace();
    const fault = el("p.fh-form-fault", { role: "alert" });
    const send = el("button.fh-button.fh-button--main.inc-send", { type: "submit" }, t("gather.send"));
    const place = inc.placePicker(start, () => changed());
    const box = el("form.fh-form", { novalidate: true }, place.node,
      stepper("complainants", t("gather.heads"), kept.complainants || 0, PRESETS, () => changed()),
      stepper("onlookers", t("gather.onlookers"), kept.onlookers || 0, [], () => changed()),
      el("fieldset", null, el("legend", null, t("gather.since")), inc.ago(60)),
      inc.field(t("gather.note"), el("input", { name: "note", maxlength: 300, autocomplete: "off", value: kept.note || "" })),
      el("p.inc-me", null, el("span", null, t("gather.on_behalf_of"), " ", el("b", { id: "gathering-me" }, inc.meWords()))),
      fault, el("div.inc-sendbar", null, send));
    host.replaceChildren(box);

    function values() {
      const read = (name) => Math.floor(Number(box.elements[name].value)) || 0;
      return { place: place.chosen(), complainants: read("complainants"), onlookers: read("onlookers"), note: box.elements.note.value, ago: Number(box.elements.ago.value) };
    }
    function changed() {
      const { complainants, onlookers } = values();
      send.textContent = complainants + onlookers ? t("gather.send_n", { n: complainants || onlookers }) : t("gather.send");
      fault.textContent = "";
      fh.keep(DRAFT, JSON.stringify(values()));
    }
    changed();
    box.addEventListener("change", changed);
    box.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = values();
      const missing = !given.place ? "place.pick" : given.complainants + given.onlookers === 0 ? "gather.need" : null;
      if (missing) { fault.textContent = t(missing); return; }
      send.disabled = true;
      try {
        const { place: where, ago, ...rest } = given;
        const answer = await fh.json("/live/gathering", { unit: where.code, minutes_ago: ago, ...rest });
        inc.keepPlace(where);
        fh.keep(DRAFT, "null");
        fh.refresh();
        done(host, where, answer);
      } catch (failed) {
        fault.textContent = t("gather.kept", { reason: failed.message });
        send.disabled = false;
      }
    });
  }

  function done(host, place, answer) {
    const counted = answer.counted[0] || {};
    const again = el("button.fh-button.fh-button--plain", { type: "button" }, t("gather.again"));
    again.addEventListener("click", form);
    host.replaceChildren(el("div.inc-done", { role: "status", tabindex: "-1" },
      el("h2", null, fh.badge("acknowledged", t("gather.done"))),
      el("p.inc-done-place", null, place.name),
      el("p", null, t(answer.incident ? "gather.done_incident" : "gather.done_watch", { n: counted.clients, threshold: counted.threshold })),
      el("div.fh-actions", null,
        answer.incident ? el("a.fh-button.fh-button--main", { href: `/incident/${answer.incident}` }, t("gather.to_incident")) : null, again)));
    host.firstChild.focus();
  }

  document.addEventListener("fh:me", () => {
    if (at("gathering-me")) at("gathering-me").textContent = inc.meWords();
  });
})();
