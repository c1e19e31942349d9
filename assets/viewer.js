/* Who is signed in: the seat they act in, what may be offered to them, and how every request says so.
 *
 * The server decides; what is left out here would be refused there. A person of several seats acts
 * in the one chosen in the header, which this browser remembers for this account.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const actions = (fh.actions = fh.actions || {});

  let held; // undefined until it was read, null for nobody
  fh.viewer = function () {
    if (held === undefined) {
      const given = document.getElementById("fh-viewer");
      held = given ? JSON.parse(given.textContent) : null;
    }
    return held;
  };

  /** Whether they have a right (core/rights.py). */
  fh.may = (right) => Boolean(fh.viewer()) && fh.viewer().rights.includes(right);
  /** Whether they may do what is on record under a person and a seat. */
  fh.can = (right) => fh.may(right) && fh.seat() !== null;

  /* ---- the seat ---------------------------------------------------------------------------------- */

  const place = () => `fh-acting:${fh.viewer().id}`;

  /** The seat they act in; null for who has none. */
  fh.seat = function () {
    if (!fh.viewer()) return null;
    const chosen = fh.kept(place());
    return fh.viewer().seats.includes(chosen) ? chosen : fh.viewer().seat;
  };

  /** The header says which seat it is; it must not say another than the one that is sent. */
  function showSeat() {
    const select = document.getElementById("fh-seat");
    const seat = fh.seat();
    if (select && select.value !== seat) select.value = seat;
    for (const said of document.querySelectorAll(".fh-me small")) if (seat && said.textContent !== t(seat)) said.textContent = t(seat);
  }
  document.addEventListener("change", (event) => {
    if (event.target.id !== "fh-seat") return;
    fh.keep(place(), event.target.value);
    showSeat();
    document.dispatchEvent(new CustomEvent("fh:me"));
    fh.toast(t("me.acting", { role: t(fh.seat()) }));
  });
  addEventListener("storage", (event) => {
    if (!fh.viewer() || event.key !== place()) return;
    showSeat(); // chosen in another window
    document.dispatchEvent(new CustomEvent("fh:me"));
  });

  /* ---- asking the server --------------------------------------------------------------------------- */

  /** fetch, as this person in this seat. An answer that the session is over is said here, once. */
  fh.send = async function (path, options = {}) {
    const headers = { "X-Fenghuo": "1", Accept: "application/json", ...options.headers };
    const changes = options.method && options.method !== "GET";
    if (fh.viewer()) headers["X-Fenghuo-Viewer"] = String(fh.viewer().id);
    if (changes && fh.seat()) headers["X-Fenghuo-Seat"] = fh.seat();
    const answer = await fetch(path, { ...options, headers });
    if (answer.status === 401) over("out");
    else if (answer.headers.get("X-Fenghuo-Reload")) over("other");
    else if (said.why === "out") back();
    return answer;
  };

  const said = { why: null, box: null };
  /** Why this page can't act for who is named on it: "out", "other" or null. */
  fh.over = () => said.why;

  /** The session is over, or somebody else signed in here: what to do, without losing what is typed. */
  function over(why) {
    if (said.why === why) return;
    if (said.box) said.box.close();
    const here = encodeURIComponent(location.pathname + location.search);
    const again = why === "out"
      ? [el("a.fh-button.fh-button--main", { href: `/sign-in?next=${here}`, target: "_blank", rel: "noopener" }, t("out.window")),
        el("a.fh-button.fh-button--plain", { href: `/sign-in?next=${here}` }, t("out.here"))]
      : [el("button.fh-button.fh-button--main", { type: "button", "data-action": "reload" }, t("out.reload"))];
    const box = fh.dialog(t(`out.${why}`), el("p", { role: "alert" }, t(`out.${why}_text`)),
      el("div.fh-actions", null, again, el("button.fh-button.fh-button--quiet", { type: "button", "data-action": "close-dialog" }, t("act.close"))));
    box.classList.add("fh-out");
    Object.assign(said, { why, box });
    box.addEventListener("close", () => { said.box = null; });
  }
  actions.reload = () => location.reload();

  /** The same person is signed in again. */
  function back() {
    if (said.box) said.box.close();
    Object.assign(said, { why: null, box: null });
    fh.toast(t("out.back"));
  }

  /** What is typed and not delivered is said first: a draft goes, an undelivered complaint stays. */
  actions["sign-out"] = function () {
    const left = fh.complaints ? fh.complaints.left() : { unsent: 0, draft: false };
    const ticket = fh.tk && fh.tk.drafts.any();
    if (!left.unsent && !left.draft && !ticket) { leave(); return; }
    fh.dialog(t("me.sign_out"),
      el("div", null, left.unsent ? el("p", { role: "alert" }, t("leave.unsent", { n: left.unsent })) : null, left.draft ? el("p", null, t("leave.draft")) : null,
        ticket ? el("p", null, t("tk.draft_left")) : null),
      el("div.fh-actions", null, el("button.fh-button.fh-button--main", { type: "button", "data-action": "sign-out-now" }, t("leave.now")),
        el("button.fh-button.fh-button--plain", { type: "button", "data-action": "close-dialog" }, t("act.cancel"))));
  };
  actions["sign-out-now"] = () => leave();

  function leave() {
    if (fh.complaints) fh.complaints.dropDraft();
    if (fh.tk) fh.tk.drafts.dropAll();
    const form = el("form", { method: "post", action: "/sign-out", hidden: true });
    document.body.appendChild(form);
    form.submit();
  }

  /* ---- the menu in the header ------------------------------------------------------------------------ */

  const menu = () => document.querySelector(".fh-me[open], .fh-more[open]");
  document.addEventListener("click", (event) => { if (menu() && !menu().contains(event.target)) menu().open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu()) return;
    const [open, inside] = [menu(), menu().contains(document.activeElement)];
    open.open = false;
    if (inside) open.querySelector("summary").focus();
  });

  const waiting = new MutationObserver(() => {
    if (!document.querySelector(".fh-me")) return;
    waiting.disconnect(); // the header comes once
    showSeat();
  });
  waiting.observe(document.documentElement, { childList: true, subtree: true });
})();
