/* Live push: hear that revision N exists, read the snapshot again, show how old it is.
 *
 * A push is a hint; every 5 seconds the snapshot is read anyway. Pages subscribe with
 * fh.onSnapshot(draw), which is called at once when a snapshot is already here.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const POLL_MS = 5000;
  const OVER_MS = 8000; // the session is over: ask now and then whether they are signed in again
  const STALE_MS = 9000; // with the half second between two looks: said within ten

  const state = {
    snapshot: null,
    etag: null,
    gotAt: 0, // performance.now() at which the newest snapshot was true
    inFlight: false,
    again: false,
    startedAt: -Infinity,
    pushed: false, // the socket is connected
    failing: false, // the last read failed
    everLive: false,
    recoveredAt: -Infinity,
    process: null,
    gatewaysDead: false,
  };
  const readers = [];

  fh.onSnapshot = function (draw) {
    readers.push(draw);
    if (state.snapshot) draw(state.snapshot, null);
  };
  fh.snapshot = () => state.snapshot;

  /* ---- reading ------------------------------------------------------------------------------- */

  /** Read the snapshot; never more than one read at a time, and one more if asked meanwhile. */
  fh.refresh = async function () {
    if (state.inFlight) {
      state.again = true;
      return;
    }
    state.inFlight = true;
    do {
      state.again = false;
      await readOnce();
    } while (state.again);
    state.inFlight = false;
  };

  async function readOnce() {
    state.startedAt = performance.now();
    try {
      const headers = state.etag ? { "If-None-Match": state.etag } : {};
      const answer = await fh.send("/live/board", { headers, cache: "no-store", signal: AbortSignal.timeout(8000) });
      const fresh = answer.status === 200;
      if (!fresh && answer.status !== 304) throw new Error(`HTTP ${answer.status}`);
      const snapshot = fresh ? await answer.json() : (await answer.text(), null);
      take(snapshot, answer);
      recovered();
    } catch (failed) {
      state.failing = true;
      if (!state.snapshot && fh.boardFailed) fh.boardFailed(/^HTTP/.test(failed.message) ? failed.message : fh.t("link.lost"));
      const expected = ["TypeError", "TimeoutError", "AbortError"].includes(failed.name) || /^HTTP/.test(failed.message);
      if (!expected) console.error(failed);
    }
    header();
  }

  function take(snapshot, answer) {
    const age = Number(answer.headers.get("X-Fenghuo-Age-Ms")) || 0;
    state.gotAt = Math.max(state.gotAt, performance.now() - age);
    if (!snapshot) return;
    const before = state.snapshot;
    state.etag = answer.headers.get("ETag");
    state.process = answer.headers.get("X-Fenghuo-Process");
    state.snapshot = snapshot;
    fh.syncClock(snapshot.now, snapshot.rate, age);
    listen(before, snapshot);
    for (const draw of readers) draw(snapshot, before);
  }

  function recovered() {
    if (state.failing && state.snapshot && state.everLive) state.recoveredAt = performance.now();
    state.failing = false;
    state.everLive = true;
  }

  /* ---- the socket ---------------------------------------------------------------------------- */

  fh.startLive = function () {
    const board = fh.may("see_board"); // an administrator has none, and asks for none
    document.documentElement.toggleAttribute("data-no-board", !board);
    if (!board) return;
    const socket = window.io({ transports: ["websocket"], reconnectionDelay: 300, reconnectionDelayMax: 2000 });
    socket.on("connect", () => { state.pushed = true; fh.refresh(); });
    socket.on("disconnect", () => { state.pushed = false; fh.refresh(); });
    socket.on("revision", () => fh.refresh());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) fh.refresh(); });
    setInterval(() => { if (performance.now() - state.startedAt > (fh.over() ? OVER_MS : state.failing ? 1500 : POLL_MS)) fh.refresh(); }, 500);
    setInterval(header, 500);
    fh.refresh();
    soundSwitch();
  };

  /* ---- ages, in figures and, when they are bad, in words ------------------------------------- */

  function ageText(milliseconds) {
    const seconds = Math.floor(milliseconds / 1000);
    return seconds < 120 ? fh.t("age.seconds", { n: seconds }) : fh.t("age.minutes", { n: Math.floor(seconds / 60) });
  }
  fh.engineAge = () => (state.snapshot ? ageText(engineAge()) : fh.t("age.unknown"));

  function engineAge() {
    const then = state.snapshot.engine.ticked_seconds_ago;
    return then === null || then === undefined ? Infinity : then * 1000 + (performance.now() - state.gotAt);
  }

  function header() {
    if (!document.getElementById("fh-header")) return;
    const now = performance.now();
    const dataAge = state.snapshot ? now - state.gotAt : Infinity;
    const link = state.failing ? "lost" : state.pushed ? "live" : state.snapshot ? "polling" : "waiting";
    const words = { link: fh.t(`link.${link}`), data: "–", engine: "–" };
    const bad = { link: link === "lost", data: false, engine: false };
    if (state.snapshot) {
      const engine = engineAge();
      words.data = ageText(dataAge);
      words.engine = engine === Infinity ? fh.t("age.unknown") : ageText(engine);
      bad.data = dataAge > STALE_MS;
      bad.engine = engine > STALE_MS;
    }
    for (const key of ["link", "data", "engine"]) {
      const box = document.getElementById(`fh-age-box-${key}`);
      const value = document.getElementById(`fh-age-${key}`);
      if (!box || !value) continue;
      if (value.textContent !== words[key]) value.textContent = words[key];
      const shown = bad[key] ? "bad" : link === "waiting" ? "waiting" : key === "link" && link === "polling" ? "slow" : "good";
      if (box.dataset.state !== shown) box.dataset.state = shown;
    }
    const stale = bad.data || bad.engine;
    document.documentElement.toggleAttribute("data-stale", stale);
    drill();
    banners(bad, words, now);
  }

  function drill() {
    const node = document.getElementById("fh-drill");
    if (!node || !state.snapshot) return;
    const { drill: on, rate } = state.snapshot;
    const text = !on ? "" : rate === 1 ? fh.t("head.drill_plain") : fh.t("head.drill", { rate });
    if (node.textContent !== text) node.textContent = text;
  }

  const SHAPES = { bad: "gap", warn: "incident", good: "ok" };

  function banners(bad, words, now) {
    const rows = [];
    if (fh.over()) rows.push(fh.el("p.fh-banner", { "data-key": "over", "data-kind": "bad", "data-state": "gap", role: "alert" }, fh.shape(), fh.t(`out.${fh.over()}`)));
    const say = (kind, text, role) => rows.push(fh.el("p.fh-banner", { "data-key": text.length + kind, "data-kind": kind, "data-state": SHAPES[kind], role }, fh.shape(), text));
    if (bad.data) say("bad", fh.t("stale.data", { age: words.data }), "alert");
    if (bad.engine) say("bad", fh.t("stale.engine", { age: words.engine }), "alert");
    if (state.snapshot && state.snapshot.engine.error) say("warn", fh.t("stale.error", { error: state.snapshot.engine.error }), "status");
    if (bad.link && !bad.data && !fh.over()) say("warn", fh.t("link.lost_long"), "status");
    if (!bad.link && now - state.recoveredAt < 8000) say("good", fh.t("link.recovered"), "status");
    gateways(say);
    refused(say);
    fh.fill(document.getElementById("fh-banners"), rows);
  }

  function refused(say) {
    const { refused: of } = state.snapshot || {};
    if (!of) return;
    if (of.intake) say("bad", fh.t("rates.refused_intake", { n: of.intake, minutes: of.minutes }), "alert");
    else say("warn", fh.t("rates.refused_other", { n: of.other, minutes: of.minutes }), "status");
  }

  function gateways(say) {
    const known = (state.snapshot && state.snapshot.gateways) || [];
    for (const away of known.filter((gateway) => gateway.kind !== "sms" && !gateway.ok)) {
      say("warn", fh.t(`gateway.${away.kind}`, { time: fh.hourMinute(away.since), error: away.error || "" }), "status");
    }
    const all = known.filter((gateway) => gateway.kind === "sms");
    const dead = all.filter((gateway) => !gateway.ok);
    if (!dead.length) return;
    const names = dead.map((gateway) => `${gateway.name}，${fh.t("gateway.since", { time: fh.hourMinute(gateway.since) })}`).join("；");
    const everyOne = dead.length === all.length;
    say(everyOne ? "bad" : "warn", fh.t(everyOne ? "gateway.dead" : "gateway.some", { names }), everyOne ? "alert" : "status");
  }

  /* ---- what is heard: a new incident once, all gateways dead once ----------------------------- */

  function listen(before, snapshot) {
    const sms = snapshot.gateways.filter((gateway) => gateway.kind === "sms");
    const dead = sms.length > 0 && sms.every((gateway) => !gateway.ok);
    if (dead && !state.gatewaysDead) fh.sound.play("gateway");
    state.gatewaysDead = dead;
    const fresh = snapshot.incidents.filter((incident) => !heard.has(incident.id));
    for (const incident of fresh) heard.add(incident.id);
    if (!before || !fresh.length) return; // what stood there when the page opened is not news
    fh.sound.play("incident");
    const said = document.getElementById("fh-announce");
    if (said) {
      said.textContent = fresh.map((incident) => fh.t("incident.new", {
        unit: incident.unit && incident.unit.level !== "head_office" ? incident.unit.short_name : fh.t("incident.whole_bank"),
        n: incident.clients, severity: fh.t(`severity.${incident.severity}`),
      })).join(" ");
    }
  }

  const heard = new Set();
  let audio = null;
  const TUNES = { incident: [[660, 0, 0.32], [880, 0.2, 0.55]], gateway: [[392, 0, 0.4], [330, 0.3, 0.7]] };

  fh.sound = {
    wanted: () => fh.kept("fh-sound") !== "off",
    /** Play once; a browser that wants a gesture first stays silent, and the switch says so. */
    play(name) {
      if (!fh.sound.wanted()) return;
      const context = open();
      if (!context || context.state !== "running") return;
      for (const [pitch, from, length] of TUNES[name]) note(context, pitch, from, length);
    },
  };

  function open() {
    if (!audio && window.AudioContext) {
      audio = new AudioContext();
      audio.addEventListener("statechange", soundSwitch);
    }
    return audio;
  }

  function note(context, pitch, from, length) {
    const [tone, volume, at] = [context.createOscillator(), context.createGain(), context.currentTime + from];
    tone.frequency.value = pitch;
    tone.type = "sine";
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.22, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + length + 0.05);
  }

  function soundSwitch() {
    const node = document.getElementById("fh-switch-sound");
    if (!node) { setTimeout(soundSwitch, 300); return; }
    const context = fh.sound.wanted() ? open() : null;
    const shown = !fh.sound.wanted() ? "off" : context && context.state === "running" ? "on" : "blocked";
    node.dataset.sound = shown;
    node.setAttribute("aria-pressed", String(shown === "on"));
    node.textContent = fh.t(`head.sound_${shown}`);
  }

  (fh.actions = fh.actions || {})["switch-sound"] = function (node) {
    const context = fh.sound.wanted() ? open() : null;
    if (fh.sound.wanted() && context && context.state !== "running") { context.resume().then(soundSwitch); return; }
    fh.keep("fh-sound", fh.sound.wanted() ? "off" : "on");
    if (fh.sound.wanted() && open()) audio.resume().then(soundSwitch);
    soundSwitch();
  };
  // Any gesture will do to wake a sound that the browser held back.
  document.addEventListener("pointerdown", (event) => {
    if (event.target.id === "fh-switch-sound") return; // its click says what is meant
    if (audio && audio.state === "suspended" && fh.sound.wanted()) audio.resume().then(soundSwitch);
  });
})();
