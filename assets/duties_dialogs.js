/* What people do to a duty: prove it, extend it, hand it over, waive it, call about it.
 *
 * Pages that show duties add themselves to fh.duty.holders: {find, changed}.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const dt = (fh.duty = fh.duty || {});
  const inc = () => fh.inc;
  const actions = (fh.actions = fh.actions || {});
  const SHANGHAI = 8 * 3600e3;
  const VIA = ["phone", "in_person", "letter", "text", "email"];

  /** A moment as a field of type datetime-local shows it, in Shanghai; and back again. */
  dt.local = (milliseconds) => (milliseconds === null ? "" : new Date(milliseconds + SHANGHAI).toISOString().slice(0, 16));
  dt.moment = (text) => (text ? `${text.slice(0, 16)}:00+08:00` : null);

  /* Pages that show duties: find(id) gives one or nothing, changed(duty) is told of an act. */
  const holders = (dt.holders = dt.holders || []);
  const find = (pressed) => holders.map((holder) => holder.find(Number(pressed.dataset.duty))).find(Boolean);

  /** Send an act; a refusal names each field with its remedy. */
  dt.post = async function (path, body) {
    try {
      return await fh.json(path, body);
    } catch (failed) {
      const said = (failed.errors || []).map((one) => [one.message, one.remedy].filter(Boolean).join(fh.english() ? ", " : "，"));
      throw said.length ? new Error(said.join(fh.english() ? "; " : "；")) : failed;
    }
  };

  async function act(duty, verb, body, file) {
    const given = body;
    let sent = given;
    if (file) {
      sent = new FormData();
      sent.append("data", JSON.stringify(given));
      sent.append("file", file);
    }
    const answer = await dt.post(`/live/duties/${duty.id}/${verb}`, sent);
    for (const holder of holders) holder.changed(answer.duty);
    fh.refresh();
    return answer.duty;
  }

  const input = (name, more) => el("input", { name, maxlength: 200, autocomplete: "off", ...more });
  const timeInput = (name, more) => input(name, { type: "datetime-local", value: dt.local(fh.now()), max: dt.local(fh.now()), ...more });
  const reason = (label) => inc().field(label, el("textarea", { name: "reason", rows: 2, maxlength: 500, required: true }));
  const line = (duty) => el("p.inc-duty-line", null, el("b", null, dt.title(duty)), " ", fh.countdown(duty.due_at, duty.warn_at, "small"));
  const shown = (form, name) => (form.elements[name] ? form.elements[name].value.trim() : "");

  /* ---- proof ---------------------------------------------------------------------------------------------- */

  const proofWord = (name, kind) => {
    const key = `proof.${name}.${kind}`;
    return t(key) === key ? t(`proof.${name}`) : t(key);
  };

  function proofField(name, kind, duty) {
    const label = proofWord(name, kind);
    const me = inc().me();
    if (name === "at") return inc().field(label, timeInput("at", { required: true }));
    if (name === "via") return el("fieldset", null, el("legend", null, label), inc().choice("via", VIA.map((one) => [t(`via.${one}`), t(`via.${one}`)]), t("via.phone")));
    if (name === "note") return inc().field(label, el("textarea", { name: "note", rows: 2, maxlength: 500, required: true }));
    const known = name === "by" ? me.name : name === "to" && kind === "regulator_receipt" ? duty.regulator || "" : "";
    return inc().field(label, input(name, { required: true, value: known, maxlength: name === "by" ? 40 : 200 }));
  }

  actions["duty-prove"] = function (pressed) {
    const duty = find(pressed);
    if (!duty) return;
    const named = (proof) => (fh.english() ? proof.en : proof.zh);
    const fields = el("div.fh-form-other");
    const lay = (proof) => fields.replaceChildren(...proof.needs.map((name) => proofField(name, proof.kind, duty)),
      ...(proof.needs.includes("note") ? [] : [inc().field(t("form.note"), input("note"))]));
    const kinds = duty.proofs.length > 1 ? el("fieldset", null, el("legend", null, t("proof.kind")),
      inc().choice("kind", duty.proofs.map((proof) => [proof.kind, named(proof)]), duty.proofs[0].kind)) : el("input", { type: "hidden", name: "kind", value: duty.proofs[0].kind });
    lay(duty.proofs[0]);
    const form = inc().ask(duty.proofs.length === 1 ? t("proof.title", { kind: named(duty.proofs[0]) }) : t("act.prove"), {
      intro: el("div", null, line(duty), el("p.fh-meta", null, t("proof.no_names"))),
      fields: [kinds, fields, inc().field(t("rep.send_file"), el("input", { type: "file", name: "file", accept: "application/pdf,image/jpeg,image/png" }))],
      save: t("proof.save"),
      send: async (given) => {
        const proof = duty.proofs.find((one) => one.kind === given.elements.kind.value);
        const body = { kind: proof.kind };
        for (const name of new Set([...proof.needs, "note"])) if (shown(given, name)) body[name] = name === "at" ? dt.moment(shown(given, name)) : shown(given, name);
        if (body.at && Date.parse(body.at) > fh.now()) throw new Error(t("receipt.future"));
        await act(duty, "evidence", body, given.elements.file.files[0]);
        fh.toast(t("proof.done", { title: dt.title(duty) }));
      },
    });
    form.addEventListener("change", (event) => {
      if (event.target.name === "kind") lay(duty.proofs.find((one) => one.kind === event.target.value));
    });
  };

  /* ---- extension, waiver -------------------------------------------------------------------------------------- */

  actions["duty-extend"] = function (pressed) {
    const duty = find(pressed);
    if (!duty || !duty.extension) return;
    const rule = duty.extension;
    const tell = rule.tell_client !== false;
    inc().ask(t("extend.title"), {
      intro: el("div", null, line(duty), el("p.fh-meta", null, t("extend.rule", { within: dt.span(rule.within), most: rule.most || 1, used: duty.extensions }))),
      fields: [
        reason(t("extend.reason")),
        tell ? inc().field(t("extend.told_at"), timeInput("told_at", { required: true })) : null,
        tell ? el("fieldset", null, el("legend", null, t("extend.told_via")), inc().choice("told_via", VIA.map((one) => [t(`via.${one}`), t(`via.${one}`)]), t("via.phone"))) : null,
        rule.approval ? inc().field(t("extend.approved_by", { role: t(rule.approval) }), input("approved_by", { required: true, maxlength: 40 })) : null,
      ],
      save: t("extend.save"),
      send: async (given) => {
        const changed = await act(duty, "extension", { reason: shown(given, "reason"), told_at: dt.moment(shown(given, "told_at")), told_via: shown(given, "told_via"),
          approved_by: shown(given, "approved_by"), approval_role: rule.approval || null });
        fh.toast(t("extend.done", { time: fh.hourMinute(changed.due_at) }));
      },
    });
  };

  actions["duty-waive"] = function (pressed) {
    const duty = find(pressed);
    if (!duty) return;
    const mine = inc().me().role;
    inc().ask(t("waive.title"), {
      intro: el("div", null, line(duty), el("p.fh-meta", null, t("waive.hint"))),
      fields: [
        el("p.fh-meta", null, `${t("waive.role")}${fh.english() ? ": " : "："}${t(mine)}`),
        reason(t("waive.reason")),
      ],
      save: t("waive.save"),
      send: async (given) => {
        await act(duty, "waiver", { role: mine, reason: shown(given, "reason") });
        fh.toast(t("waive.done", { title: dt.title(duty) }));
      },
    });
  };

  /* ---- a seat: unit, role, person -------------------------------------------------------------------------------- */

  let units = null;
  /** Every unit as fh.unitPicker wants it; read once. */
  dt.units = async function () {
    units = units || fh.json("/live/complaint-form").then((read) => read.units).catch((failed) => { units = null; throw failed; });
    return units;
  };

  /** Fields for a seat. `start` is {code, text, role}; `everybody` offers all roles of the unit,
   *  `people` offers its people. Returns {nodes, get}: get() throws while no unit is chosen. */
  dt.seatFields = function ({ start, everybody, people, unitWord, roleWord }) {
    const held = { rows: null, seats: [] };
    const role = el("select", { name: "role" });
    const person = el("select", { name: "person" });
    const picker = fh.unitPicker({ rows: () => held.rows, onChange: changed });
    const found = el("p.fh-meta", { role: "status" });
    const label = el("label.dt-unit", null, el("span", null, unitWord), picker.node);
    dt.units().then((rows) => { held.rows = rows; picker.node.dispatchEvent(new Event("fh:units")); }).catch((failed) => { found.textContent = failed.message; });
    if (start && start.code) { picker.set(start); load(start.code, start.role); }
    async function changed() {
      const { code } = picker.get();
      if (code) await load(code, everybody ? inc().me().role : null);
      else { role.replaceChildren(); person.replaceChildren(); held.seats = []; }
    }
    async function load(code, wanted) {
      try {
        const read = await fh.json(`/live/duties/takers/${encodeURIComponent(code)}`);
        if (code !== picker.get().code) return;
        held.seats = read.roles;
        const options = held.seats.map((seat) => el("option", { value: seat.role, selected: seat.role === wanted }, t(seat.role)));
        role.replaceChildren(...(everybody ? [el("option", { value: "" }, t("seat.all_roles"))] : []), ...options);
        if (wanted && held.seats.some((seat) => seat.role === wanted)) role.value = wanted;
        listPeople();
      } catch (failed) {
        found.textContent = failed.message;
      }
    }
    function listPeople() {
      const seat = held.seats.find((one) => one.role === role.value);
      person.replaceChildren(el("option", { value: "" }, t("hand.anybody")), ...(seat ? seat.people : []).map((one) =>
        el("option", { value: one.id }, one.reachable ? one.name : t("hand.away", { name: one.name }))));
    }
    role.addEventListener("change", listPeople);
    const nodes = [label, inc().field(roleWord, role), people ? inc().field(t("hand.person"), person) : null, found];
    return {
      nodes,
      get() {
        const { code, text } = picker.get();
        if (!code) { picker.input.focus(); throw new Error(t("hand.pick_unit")); }
        return { code, text, role: role.value, person: person.value ? Number(person.value) : null };
      },
    };
  };

  actions["duty-hand-over"] = function (pressed) {
    const duty = find(pressed);
    if (!duty) return;
    const seat = dt.seatFields({ start: { code: duty.unit, text: duty.unit_name, role: duty.role }, people: true, unitWord: t("hand.unit"), roleWord: t("hand.role") });
    inc().ask(t("hand.title"), {
      intro: el("div", null, line(duty), el("p.fh-meta", null, t("hand.hint"))),
      fields: [...seat.nodes, reason(t("hand.reason"))],
      save: t("hand.save"),
      send: async (given) => {
        const { code, role, person } = seat.get();
        const changed = await act(duty, "assignment", { unit: code, role, person, reason: shown(given, "reason") });
        fh.toast(t("hand.done", { unit: changed.unit_name, role: t(changed.role) }));
      },
    });
  };

  /* ---- call: numbers come in full only now ------------------------------------------------------------------------- */

  actions["duty-call"] = async function (pressed) {
    const list = el("div.fh-calls", null, el("p.fh-loading", null, t("loading")));
    fh.dialog(t("calls.title"), list, el("div.fh-actions", null, el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
    try {
      const { people } = await fh.json(`/live/duties/${pressed.dataset.duty}/calls`, {});
      const rows = people.map((person) => el("a.fh-call", { href: `tel:${person.phone}` }, el("b", null, person.name),
        el("span", null, [t(person.role), ...(person.reachable ? [] : [t("calls.unreachable")])].join(" · ")), el("span.fh-phone", null, person.phone)));
      list.replaceChildren(...(rows.length ? rows : [fh.empty(t("calls.empty"))]));
    } catch (failed) {
      list.replaceChildren(el("p.fh-failure", { role: "alert" }, t("call.failed", { reason: failed.message })));
    }
  };
})();
