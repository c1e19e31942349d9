/* The media list and its log (dashboard/pages/media.py, WP-31). */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const actions = (fh.actions = fh.actions || {});
  const med = (fh.med = fh.med || {});
  const ROOT = "/live/media/contacts";
  const FEEDS = "/live/media/feeds";
  const page = {
    root: "medialist", again: 20000, stale: "med.failed", deaf: true, asked: () => ROOT, draw,
    read: async (address) => { const [list, watched] = await Promise.all([fh.json(address), fh.json(FEEDS)]); return { ...watched, ...list }; },
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.fenghuo = Object.assign(window.dash_clientside.fenghuo || {}, {
    mountMediaList(data) {
      if (data) requestAnimationFrame(() => { fh.reading.open(page); fh.reading.again(page); });
      return window.dash_clientside.no_update;
    },
  });

  function draw() {
    const { held } = page;
    fh.fill(at("medialist-feeds"), [
      el("div.fh-actions.med-lead", { "data-key": "l" }, el("p.fh-meta", null, t("med.w.lead")), fh.can("work_media") ? med.button("plain", "media-feed", t("med.w.add")) : null),
      ...(held.feeds.length ? held.feeds.map(feedRow) : [fh.empty(t("med.w.none"))])]);
    fh.fill(at("medialist-head"), [
      el("p.inc-eyebrow", { "data-key": "e" }, el("a.inc-kin", { href: "/media" }, t("med.back"))),
      el("h1.med-title", { "data-key": "h" }, t("page.media_list")), el("p.fh-meta", { "data-key": "l" }, t("med.c.lead")),
      fh.can("work_media") ? el("div.fh-actions.med-tools", { "data-key": "t" }, med.button("main", "media-contact", t("med.c.add"))) : null].filter(Boolean));
    fh.fill(at("medialist-contacts"), held.contacts.length ? held.contacts.map(row) : [fh.empty(t("med.c.none"))]);
  }

  function row(one) {
    const [last] = one.talks;
    const data = { "data-contact": one.id };
    return el("article.med-contact", { "data-key": `c${one.id}`, "data-gone": !one.active },
      el("div", null, el("h3", null, el("b", null, one.outlet), " ", one.name || "", one.active ? null : [" ", fh.badge("quiet", t("med.c.gone"))]),
        el("p.fh-meta", null, med.join([one.unit_name, one.beat])),
        el("p.med-reachable", null, one.phone ? el("a.inc-link", { href: `tel:${one.phone.replace(/[^\d+]/g, "")}` }, one.phone) : null, one.email ? el("a.inc-link", { href: `mailto:${one.email}` }, one.email) : null),
        last ? fh.inc.fold(`log${one.id}`, `${t("med.c.last", { time: fh.hourMinute(last.at) })} · ${t("med.c.log", { n: one.talks.length })}`, one.talks.map((talk) =>
          el("p.med-text", null, el("small.fh-meta", null, `${fh.hourMinute(talk.at)} ${t(`med.via.${talk.via}`)} ${talk.case || ""} `), talk.said))) : el("p.fh-meta", null, t("med.c.never"))),
      fh.can("work_media") ? el("div.fh-actions", null, med.button("plain", "media-contact-talk", t("med.do.talk"), data), med.button("quiet", "media-contact", t("med.c.edit"), data)) : null);
  }

  const keep = (answer) => fh.reading.take(page, { ...page.held, ...answer });

  /* ---- the watch -------------------------------------------------------------------------------------- */

  function feedRow(one) {
    const state = !one.active ? fh.badge("quiet", t("med.w.off")) : one.fault ? fh.badge("gap", t("med.w.failing", { time: fh.hourMinute(one.failing_since), why: t(`med.w.fault.${one.fault}`) }))
      : one.good_at ? fh.badge("ok", t("med.w.good", { time: fh.hourMinute(one.good_at), n: one.entries })) : fh.badge("waiting", t("med.w.waiting"));
    return el("article.med-contact", { "data-key": `f${one.id}`, "data-gone": !one.active },
      el("div", null, el("h3", null, el("b", null, one.name)), el("p", null, state),
        el("p.med-link.fh-meta", null, one.url), el("p.med-text", null, one.keywords.join("、")),
        el("p.fh-meta", null, med.join([one.unit_name, t(`med.scope.${one.scope}`), t("med.w.every", { n: one.every_minutes }), t("med.w.found", { n: one.found }), one.fault && one.good_at ? t("med.w.last_good", { time: fh.hourMinute(one.good_at) }) : null]))),
      fh.can("work_media") ? el("div.fh-actions", null, med.button("quiet", "media-feed", t("med.c.edit"), { "data-feed": one.id })) : null);
  }

  actions["media-feed"] = function (pressed) {
    const one = page.held.feeds.find((feed) => String(feed.id) === pressed.dataset.feed) || null;
    const { home } = page.held;
    const held = one || { unit: home.unit, unit_name: home.unit_name, version: 0, active: true, keywords: [], every_minutes: 10, scope: home.level === "head_office" ? "national" : "regional" };
    const place = fh.inc.placePicker({ code: held.unit, name: held.unit_name, branch: "" });
    const words = el("textarea", { name: "keywords", rows: 4, required: true, maxlength: 1600 });
    words.value = held.keywords.join("\n");
    fh.inc.ask(t(one ? "med.c.edit" : "med.w.add"), {
      fields: [fh.inc.field(t("med.l.outlet"), el("input", { name: "outlet", required: true, maxlength: 80, value: held.name || "", autocomplete: "off" })),
        fh.inc.field(t("med.w.l.url"), el("input", { name: "url", type: "url", required: true, maxlength: 500, value: held.url || "", placeholder: "https://", autocomplete: "off" })),
        fh.inc.field(t("med.w.l.keywords"), words),
        fh.inc.field(t("med.w.l.every"), el("input", { name: "every", type: "number", min: 1, max: 1440, required: true, value: held.every_minutes })),
        el("fieldset", null, el("legend", null, t("med.scope")), fh.inc.choice("scope", ["regional", "national"].map((scope) => [scope, t(`med.scope.${scope}`)]), held.scope)), place.node,
        one ? el("label.fh-radio", null, el("input", { type: "checkbox", name: "active", checked: held.active }), el("span", null, t("med.w.l.active"))) : null],
      save: t("rcp.save"),
      send: async ({ elements }) => {
        if (!place.chosen()) throw new Error(t("place.pick"));
        keep(await med.post(one ? `${FEEDS}/${one.id}` : FEEDS, { unit: place.chosen().code, name: elements.outlet.value.trim(), url: elements.url.value.trim(), scope: elements.scope.value,
          keywords: elements.keywords.value.split("\n").map((word) => word.trim()).filter(Boolean), every_minutes: Number(elements.every.value), active: one ? elements.active.checked : true, version: held.version }));
        fh.toast(t("med.done"));
      },
    });
  };

  const find = (pressed) => page.held.contacts.find((one) => String(one.id) === pressed.dataset.contact);
  actions["media-contact"] = function (pressed) {
    const one = find(pressed) || null;
    const { home } = page.held;
    const held = one || { unit: home.unit, unit_name: home.unit_name, version: 0, active: true };
    const place = fh.inc.placePicker({ code: held.unit, name: held.unit_name, branch: "" });
    const line = (key, more) => fh.inc.field(t(`med.l.${key}`), el("input", { name: key, autocomplete: "off", maxlength: 80, value: held[key] || "", ...more }));
    fh.inc.ask(t(one ? "med.c.edit" : "med.c.add"), {
      fields: [line("outlet", { required: true }), line("name", { required: true }), line("phone", { type: "tel", maxlength: 40 }), line("email", { type: "email", maxlength: 120 }), line("beat", { maxlength: 500 }), place.node,
        one ? el("label.fh-radio", null, el("input", { type: "checkbox", name: "active", checked: held.active }), el("span", null, t("med.l.active"))) : null],
      save: t("rcp.save"),
      send: async ({ elements }) => {
        if (!place.chosen()) throw new Error(t("place.pick"));
        const text = (name) => elements[name].value.trim();
        keep(await med.post(one ? `${ROOT}/${one.id}` : ROOT, { unit: place.chosen().code, outlet: text("outlet"), name: text("name"), phone: text("phone") || null,
          email: text("email") || null, beat: text("beat") || null, active: one ? elements.active.checked : true, version: held.version }));
        fh.toast(t("med.done"));
      },
    });
  };
  actions["media-contact-talk"] = function (pressed) {
    const one = find(pressed);
    fh.inc.ask(t("med.do.talk"), {
      intro: el("p", null, el("b", null, one.outlet), " ", one.name || ""),
      fields: med.talkFields(), save: t("med.do.talk"),
      send: async (form) => { keep(await med.post(`${ROOT}/${one.id}/talks`, med.talkOf(form))); fh.toast(t("med.done")); },
    });
  };
})();
