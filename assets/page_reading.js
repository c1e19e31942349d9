/* How a page reads its one answer from the server, and keeps it fresh.
 *
 * A page describes itself in a plain object and hands it over when it is mounted; the loop is here:
 *
 *   root     id of the page's element; a page that is not on the screen neither reads nor draws
 *   asked()  the address to read now, or null; an answer to any other address is thrown away
 *   draw()   show page.held; without `stale`, also show that there is nothing yet, or page.failed
 *   again    milliseconds after which it is read again although no revision came
 *   stale    key of the words for a failed read ({reason}): said above the page, with a retry
 *   missing() what is shown instead of the page when the server knows no such thing (404)
 *   read(address) how to ask, if not by fh.json
 *   older(answer) whether an answer was overtaken by page.held
 *   came()   done after each read that succeeded
 *   deaf     a new revision alone is no reason to read
 *
 * page.held is the last good answer: it stays when a read fails, and page.failed says why.
 */
(function () {
  "use strict";
  const fh = (window.fh = window.fh || {});
  const el = (...given) => fh.el(...given);
  const t = (...given) => fh.t(...given);
  const at = (id) => document.getElementById(id);
  const reading = (fh.reading = {});
  const pages = new Map(); // root -> the page; followed by one subscription, however often it opens

  /** The page is laid out anew: nothing held is true of it, except what came with it. */
  reading.open = function (page, first) {
    const revision = fh.snapshot() ? fh.snapshot().revision : null; // what is read from now on is no older
    Object.assign(page, { held: null, failed: null, revision, readAt: -Infinity, taken: (page.taken || 0) + 1 });
    if (!pages.size) subscribe();
    pages.set(page.root, page);
    if (first) reading.take(page, first);
    else show(page);
    if (!first || fh.snapshot()) return reading.again(page);
    return null; // the first snapshot is still to come, and asks for a read
  };

  function subscribe() {
    fh.onSnapshot((snapshot) => { for (const page of pages.values()) follow(page, snapshot); });
    for (const name of ["fh:me", "fh:over"]) document.addEventListener(name, () => pages.forEach(show));
  }

  /** A new snapshot of the bank: what this page shows may have moved too. */
  function follow(page, snapshot) {
    const moved = snapshot.revision !== page.revision && !page.deaf;
    page.revision = snapshot.revision;
    const gone = page.failed && page.failed.status === 404 && page.missing; // it will not come by asking
    if (moved || (page.failed && !gone) || performance.now() - page.readAt > page.again) reading.again(page);
    else show(page); // business time is known now: clocks, today's dates
  }

  /** Read now. A read never overlaps another; whoever asks meanwhile gets one more. */
  reading.again = function (page) {
    if (!at(page.root) || page.asked() === null) return null;
    if (page.reading) page.more = true;
    else page.reading = loop(page);
    return page.reading;
  };

  async function loop(page) {
    try {
      do {
        page.more = false;
        await once(page);
      } while (page.more && at(page.root) && page.asked() !== null);
    } finally {
      page.reading = null;
    }
  }

  async function once(page) {
    const address = page.asked();
    const { taken } = page;
    const overtaken = () => address !== page.asked() || taken !== page.taken;
    page.readAt = performance.now();
    let answer = null;
    let failed = null;
    try {
      answer = await (page.read || fh.json)(address);
    } catch (fault) {
      failed = fault;
    }
    if (overtaken()) {
      page.more = true; // of another thing, or from before what somebody did here
    } else if (failed) {
      page.failed = failed;
      show(page);
    } else {
      reading.take(page, answer);
      if (page.came) page.came();
    }
  }

  /** Hold what a read or a verb answered, and show it; a read under way counts no more. */
  reading.take = function (page, answer) {
    if (page.held && page.older && page.older(answer)) return;
    Object.assign(page, { held: answer, failed: null, taken: page.taken + 1 });
    // It knows the time before the first snapshot does: a time entered must not start in 1970.
    if (answer.now && fh.now() === null) fh.syncClock(answer.now, 1, 0);
    show(page);
  };

  /** Draw the page as it stands, if it is on the screen. */
  reading.show = show;
  function show(page) {
    const root = at(page.root);
    if (!root) return;
    root.toggleAttribute("data-read", page.held !== null);
    if (page.stale) fault(page, root);
    if (page.held || !page.stale) page.draw();
  }

  function fault(page, root) {
    const { failed } = page;
    const none = failed !== null && page.held === null;
    const unknown = none && failed.status === 404 && page.missing;
    root.toggleAttribute("data-none", none);
    fh.fill(at(`${page.root}-fault`), !failed ? [] : unknown ? page.missing() : [el("p.fh-failure", { role: "alert" }, t(page.stale, { reason: failed.message }), " ",
      el("button.fh-button.fh-button--plain", { type: "button", "data-action": "page-again", "data-page": page.root }, t("error.retry")))]);
  }
  (fh.actions = fh.actions || {})["page-again"] = (pressed) => reading.again(pages.get(pressed.dataset.page));

  /* What opened a dialog may be gone when it closes (a client who left, a report now signed): then the
   * keyboard goes on beside it. */
  const CONTROL = "button:not([disabled]), a[href], summary";
  let nearby = [];
  document.addEventListener("focusin", ({ target }) => {
    if (!target.closest(".fh-reading")) return;
    const own = target.closest("[data-key]");
    nearby = own ? [own.nextElementSibling, own.previousElementSibling] : [];
    for (let node = target.parentElement; node; node = node.parentElement) nearby.push(node);
  });
  document.addEventListener("close", () => {
    if (document.activeElement !== document.body) return; // the browser gave it back
    const near = nearby.find((node) => node && node.closest(".fh-reading") && node.isConnected && node.querySelector(CONTROL));
    if (near) near.querySelector(CONTROL).focus();
  }, true);
})();
