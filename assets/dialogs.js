/* Two short conversations over any page: acknowledge an incident, call somebody about it. */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const actions = (fh.actions = fh.actions || {});
  const numberOf = (id) => Number(String(id).replace(/\D/g, ""));
  const incidentOf = (id) => (fh.snapshot() ? fh.snapshot().incidents.find((i) => i.id === id) : null);
  const unitName = (incident) => (incident && incident.unit ? incident.unit.short_name : t("incident.whole_bank"));

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
    const branch = incident && incident.unit ? incident.unit.branch : null;
    const found = [];
    for (const team of fh.snapshot().teams) {
      const near = team.unit.short_name === branch || team.unit.branch === branch;
      if (!near && team.unit.level !== "head_office") continue;
      for (const person of team.on_duty) if (person.name) found.push({ ...person, unit: team.unit.short_name, near });
    }
    return found.sort((a, b) => b.near - a.near);
  }

  actions.acknowledge = function (pressed) {
    const incident = incidentOf(pressed.dataset.incident) || { id: pressed.dataset.incident };
    const people = fh.snapshot() ? candidates(incident) : [];
    const last = fh.kept("fh-me");
    const options = people.map((person, nth) => {
      const value = `${person.name}|${person.role}`;
      return el("option", { value, selected: last ? value === last : nth === 0 }, `${person.name} · ${t(person.role)}`);
    });
    const form = el("form.fh-form", { method: "dialog" },
      el("label", null, t("ack.who"), el("select", { name: "who" }, options, el("option", { value: "" }, t("ack.other")))),
      el("div.fh-form-other", { hidden: people.length > 0 },
        el("label", null, t("ack.name"), el("input", { name: "by", maxlength: 40, autocomplete: "name" })),
        el("label", null, t("ack.role"), el("select", { name: "role" }, ROLES.map((role) => el("option", { value: role }, t(role)))))),
      el("fieldset", null, el("legend", null, t("ack.via")),
        radio("web", t("ack.via_web"), true), radio("duty_desk", t("ack.via_desk"), false)),
      el("label.fh-form-note", { hidden: true }, t("ack.note"), el("input", { name: "note", maxlength: 200, placeholder: t("ack.note_hint") })),
      el("p.fh-form-fault", { role: "alert" }),
      el("div.fh-actions", null,
        el("button.fh-button.fh-button--main", { type: "submit" }, t("ack.confirm")),
        el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.cancel"))));
    const box = fh.dialog(t("ack.title", { unit: unitName(incident) }), form);
    form.addEventListener("change", () => {
      form.querySelector(".fh-form-other").hidden = form.who.value !== "";
      form.querySelector(".fh-form-note").hidden = form.via.value !== "duty_desk";
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); send(box, form, incident); });
  };

  const ROLES = ["duty_officer", "ho_leader", "ho_deputy", "ho_hotline", "branch_leader", "branch_deputy", "branch_contact", "branch_service", "sub_head", "sub_deputy"];
  const radio = (value, text, checked) =>
    el("label.fh-radio", null, el("input", { type: "radio", name: "via", value, checked }), text);

  async function send(box, form, incident) {
    const [by, role] = form.who.value ? form.who.value.split("|") : [form.by.value.trim(), form.role.value];
    const [via, note] = [form.via.value, form.note.value.trim()];
    const fault = form.querySelector(".fh-form-fault");
    const missing = !by ? "ack.need_name" : via === "duty_desk" && !note ? "ack.need_note" : null;
    if (missing) { fault.textContent = t(missing); return; }
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await fh.json(`/live/incidents/${numberOf(incident.id)}/acknowledge`, { by, role, via, note });
      if (form.who.value) fh.keep("fh-me", form.who.value);
      box.close();
      fh.toast(t("ack.done", { unit: unitName(incident) }));
      fh.refresh();
    } catch (failed) {
      fault.textContent = t("ack.failed", { reason: failed.message });
      button.disabled = false;
    }
  }

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
