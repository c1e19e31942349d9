/* What every page may open: a dialog, a passing remark; acknowledge an incident, call about it. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const actions = (fh.actions = fh.actions || {});
  const numberOf = (id) => Number(String(id).replace(/\D/g, ""));
  const incidentOf = (id) => (fh.snapshot() ? fh.snapshot().incidents.find((i) => i.id === id) : null);
  const unitName = (incident) => (incident && incident.unit && incident.unit.level !== "head_office" ? incident.unit.short_name : t("incident.whole_bank"));

  /** A modal dialog that removes itself when closed; focus returns by itself. */
  fh.dialog = function (heading, ...content) {
    const box = el("dialog.fh-dialog", { "aria-label": heading }, el("h2", null, heading), ...content);
    document.body.appendChild(box);
    box.addEventListener("close", () => box.remove());
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.showModal();
    return box;
  };
  actions["close-dialog"] = (node) => node.closest("dialog").close();

  /** Say something that passes by itself. */
  fh.toast = function (text, kind) {
    const note = el("p.fh-toast", { "data-kind": kind || "good", role: kind === "bad" ? "alert" : "status" }, fh.shape(), text);
    document.body.appendChild(note);
    setTimeout(() => note.remove(), kind === "bad" ? 9000 : 4000);
  };

  /* ---- acknowledge ------------------------------------------------------------------------------ */

  /** The people on duty who may answer: of the incident's branch first, then of head office. */
  function candidates(incident) {
    if (!fh.snapshot()) return [];
    const branch = incident && incident.unit ? incident.unit.branch : null;
    const found = [];
    for (const team of fh.snapshot().teams) {
      const near = team.unit.short_name === branch || team.unit.branch === branch;
      if (!near && team.unit.level !== "head_office") continue;
      for (const person of team.on_duty) if (person.name) found.push({ ...person, near });
    }
    return found.sort((a, b) => b.near - a.near);
  }

  actions.acknowledge = function (pressed) {
    const incident = incidentOf(pressed.dataset.incident) || { id: pressed.dataset.incident };
    fh.inc.acknowledging({ id: incident.id, unit: unitName(incident), since: incident.opened_at, people: candidates(incident), behalf: false,
      done: () => fh.toast(t("ack.done", { unit: unitName(incident) })) });
  };

  /* ---- call --------------------------------------------------------------------------------------- */

  const masked = (phone) => String(phone).replace(/^(\+?\d{2,5})\d{4}(\d{4})$/, "$1****$2");

  actions.call = async function (pressed) {
    const incident = incidentOf(pressed.dataset.incident) || { id: pressed.dataset.incident };
    const list = el("div.fh-calls", null, el("p.fh-loading", null, t("loading")));
    fh.dialog(t("call.title", { unit: unitName(incident) }), list,
      el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
    try {
      const { people } = await fh.json(`/live/incidents/${numberOf(incident.id)}/calls`, {});
      const rows = people.map((person) =>
        el("a.fh-call", { href: `tel:${person.phone}` }, el("b", null, person.name), el("span", null, t(person.role)), el("span.fh-phone", null, masked(person.phone))));
      list.replaceChildren(...(rows.length ? rows : [fh.empty(t("call.empty"))]));
    } catch (failed) {
      list.replaceChildren(el("p.fh-failure", { role: "alert" }, t("call.failed", { reason: failed.message })));
    }
  };
})();
