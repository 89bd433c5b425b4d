// The page of one call: plays it, follows it in the transcript, and answers to keys.
// Nothing is fetched and no HTML is made here: all words stand in the page already.
(() => {
  const { LEAD_MS, clock } = Course;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  root.classList.add("script");

  const data = JSON.parse(byId("data").textContent);
  const audio = byId("audio");
  const scroller = byId("scroller");
  const filter = byId("filter");
  const follow = byId("follow");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const turns = all(".turn").map((element, number) => ({
    element,
    number,
    from: element.dataset.from === undefined ? null : Number(element.dataset.from),
    to: element.dataset.to === undefined ? null : Number(element.dataset.to),
    places: element.dataset.b.split(" ").filter(Boolean),
    button: element.querySelector("button.at"),
  }));
  const course = new Course(turns);
  const { timed } = course;
  const quotes = all(".quote");
  let current = null; // the turn that is being said, or was last chosen
  let playing = null; // the quote that was last asked for

  const scrolling = () => (calm.matches ? "auto" : "smooth");

  // ---- the transcript ----
  const scrolls = () => getComputedStyle(scroller).overflowY === "auto";

  function bring(turn) {
    const element = turn.element;
    if (element.hidden) return;
    if (scrolls()) {
      const top = element.offsetTop - (scroller.clientHeight - element.offsetHeight) / 3;
      scroller.scrollTo({ top, behavior: scrolling() });
    } else {
      element.scrollIntoView({ block: "center", behavior: scrolling() });
    }
  }

  function inSight() {
    if (!scroller) return false;
    const box = scroller.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  }

  function mark(turn) {
    if (turn === current) return false;
    if (current) {
      current.element.classList.remove("now");
      current.element.removeAttribute("aria-current");
    }
    current = turn;
    if (turn) {
      turn.element.classList.add("now");
      turn.element.setAttribute("aria-current", "true");
      rove(turn);
    }
    return true;
  }

  // One stop for Tab among the turns; j and k or the arrows move it.
  function rove(turn) {
    if (!turn || turn.element.hidden) return;
    for (const other of turns) if (other.button) other.button.tabIndex = other === turn ? 0 : -1;
  }

  function choose(turn) {
    if (filter.value && turn.element.hidden) {
      filter.value = "";
      show();
    }
    mark(turn);
    bring(turn);
  }

  function show() {
    const place = filter.value;
    const fits = turns.map((turn) => !place || turn.places.includes(place));
    turns.forEach((turn, i) => {
      const near = fits[i] || fits[i - 1] || fits[i + 1];
      turn.element.hidden = !near;
      turn.element.classList.toggle("context", !fits[i]);
    });
    for (const piece of all("mark, .label")) {
      piece.classList.toggle("off", Boolean(place) && !piece.dataset.b.split(" ").includes(place));
    }
    const count = fits.filter(Boolean).length;
    byId("shown").textContent = place
      ? `${count} of ${turns.length} turns carry this evidence; their neighbours are shown in grey.`
      : "";
    rove(current && !current.element.hidden ? current : timed.find((turn) => !turn.element.hidden));
    draw();
  }

  // ---- the sound ----
  const nowMs = () => audio.currentTime * 1000;
  let wanted = null; // where to go once the sound can be played

  function seek(ms) {
    const to = Math.max(0, Math.min(data.duration, ms));
    if (audio.readyState === 0) wanted = to;
    audio.currentTime = to / 1000;
    refresh();
  }

  function start() {
    audio.play().catch((error) => {
      if (error.name !== "AbortError") byId("problem").textContent = `The sound can't be played: ${error.message}`;
    });
  }

  const toggle = () => (audio.paused ? start() : audio.pause());

  // A quote on a narrow page is heard where it stands; beside a transcript its turn is shown.
  function said(turn, from, stay) {
    if (stay && audio && !scrolls()) mark(turn);
    else choose(turn);
    if (!audio || from === null) return;
    seek(from - LEAD_MS);
    start();
  }

  function isHeard(button) {
    const ms = nowMs() + LEAD_MS;
    return Number(button.dataset.from) - LEAD_MS <= ms && ms <= Number(button.dataset.to) + 1000;
  }

  // The button of a quote that can be heard just now stops it.
  function askFor(button) {
    const turn = turns[Number(button.dataset.turn)];
    const again = playing === button && audio && !audio.paused && isHeard(button);
    playing = button;
    for (const other of quotes) other.classList.toggle("now", other === button);
    if (again) audio.pause();
    else if (turn) said(turn, button.dataset.from === undefined ? null : Number(button.dataset.from), true);
  }

  function refresh() {
    const ms = wanted ?? nowMs();
    byId("now").textContent = clock(ms);
    const bar = byId("seek");
    bar.value = ms;
    const turn = course.at(ms);
    const who = turn && turn.to > ms ? `, ${turn.element.querySelector(".name").textContent} speaks` : "";
    bar.setAttribute("aria-valuetext", `${clock(ms)} of ${clock(data.duration)}${who}`);
    draw();
    return turn;
  }

  function tick() {
    const turn = refresh();
    const chosen = audio.paused && current && course.within(current, nowMs());
    if (turn && !chosen && mark(turn) && follow.checked && inSight()) bring(turn);
    const next = !audio.paused && byId("skip").checked ? course.afterSilence(nowMs()) : null;
    if (next !== null) seek(next);
  }

  // ---- the waveform ----
  const speakers = ["agent", "customer"];

  function speakerAt(ms) {
    const turn = timed.find((one) => one.from <= ms && ms < one.to);
    return (turn && speakers.find((name) => turn.element.classList.contains(name))) || "unknown";
  }

  const wave = audio && new Waveform(byId("wave"), data, speakerAt);

  function draw() {
    if (wave) wave.draw(wanted ?? nowMs(), filter.value);
  }

  // ---- keys ----
  const keysOn = byId("keys-on");
  const help = byId("keys");

  function step(way) {
    const shownTurns = turns.filter((turn) => !turn.element.hidden);
    if (!shownTurns.length) return;
    const here = shownTurns.indexOf(current);
    const next = shownTurns[Math.max(0, Math.min(shownTurns.length - 1, here < 0 ? 0 : here + way))];
    choose(next);
    if (audio && next.from !== null) seek(next.from - LEAD_MS / 3);
    if (next.button) next.button.focus({ preventScroll: true });
  }

  function stepQuote(way) {
    const played = quotes.filter((quote) => quote.dataset.from !== undefined);
    played.sort((a, b) => a.dataset.from - b.dataset.from);
    const ms = nowMs() + LEAD_MS;
    const next = way > 0
      ? played.find((quote) => Number(quote.dataset.from) > ms + 50)
      : played.findLast((quote) => Number(quote.dataset.from) < ms - 50);
    if (!next) return;
    playing = null;
    askFor(next);
  }

  function speed(way) {
    const select = byId("speed");
    select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + way));
    audio.playbackRate = Number(select.value);
  }

  function flip(box) {
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change"));
  }

  function goTo(target) {
    target.scrollIntoView({ block: "start", behavior: scrolling() });
    target.focus({ preventScroll: true });
  }

  const forSound = {
    " ": toggle,
    ArrowLeft: (event) => seek(nowMs() - (event.shiftKey ? 1000 : 5000)),
    ArrowRight: (event) => seek(nowMs() + (event.shiftKey ? 1000 : 5000)),
    n: () => stepQuote(1),
    p: () => stepQuote(-1),
    "[": () => speed(-1),
    "]": () => speed(1),
    f: () => flip(follow),
    s: () => flip(byId("skip")),
  };
  const always = {
    j: () => step(1),
    k: () => step(-1),
    t: () => goTo(scroller || byId("talk")),
    "?": () => help.showModal(),
  };

  const typed = (target) => target.closest("input:not([type=checkbox]):not([type=range]), select, textarea, [contenteditable]");
  const ownsSpace = (target) => target.closest("button, a, summary, input[type=checkbox]");

  function action(event) {
    const { key, target } = event;
    if (/^[1-9]$/.test(key)) {
      const head = byId(`b${key - 1}`);
      return head && (() => goTo(head));
    }
    if ((key === "ArrowDown" || key === "ArrowUp") && target.closest(".turns")) {
      return () => step(key === "ArrowDown" ? 1 : -1);
    }
    return (audio && forSound[key]) || always[key];
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (help.open) {
      if (event.key === "?") help.close();
      return;
    }
    if (typed(event.target) || (event.key === " " && ownsSpace(event.target))) return;
    if (!keysOn.checked && event.key.length === 1) return;
    const act = action(event);
    if (!act) return;
    event.preventDefault();
    act(event);
  });

  // ---- what the mouse and the controls do ----
  document.addEventListener("click", (event) => {
    const quote = event.target.closest(".quote");
    if (quote) {
      const turn = turns[Number(quote.dataset.turn)];
      if (quote.tagName === "BUTTON") askFor(quote);
      else if (turn) choose(turn);
      return;
    }
    const element = event.target.closest(".turn");
    if (!element || event.target.closest("a") || !getSelection().isCollapsed) return;
    const turn = turns[all(".turn").indexOf(element)];
    const pressed = event.target.closest("button");
    if (pressed && turn === current && audio && !audio.paused) audio.pause();
    else if (audio) said(turn, turn.from, false);
  });

  function unfold() {
    const hit = location.hash && byId(location.hash.slice(1));
    const fold = hit && hit.closest("details");
    if (fold) fold.open = true;
    if (hit) hit.scrollIntoView({ block: "center" });
  }

  function player() {
    audio.removeAttribute("controls");
    byId("play").addEventListener("click", toggle);
    for (const name of ["play", "pause", "ended"]) {
      audio.addEventListener(name, () => {
        byId("play").textContent = audio.paused ? "Play" : "Pause";
        tick();
      });
    }
    audio.addEventListener("timeupdate", tick);
    audio.addEventListener("seeked", tick);
    audio.addEventListener("loadedmetadata", () => {
      if (wanted !== null) audio.currentTime = wanted / 1000;
      wanted = null;
      refresh();
    });
    audio.addEventListener("error", () => {
      byId("problem").textContent = "The sound can't be played: the file is missing or not known to this browser.";
    });
    byId("seek").addEventListener("input", (event) => seek(Number(event.target.value)));
    byId("speed").addEventListener("change", (event) => {
      audio.playbackRate = Number(event.target.value);
    });
    const deck = byId("player");
    const fit = () => {
      const sticks = getComputedStyle(deck).position === "sticky";
      root.style.setProperty("--deck", `${sticks ? deck.offsetHeight : 0}px`);
      draw();
    };
    new ResizeObserver(fit).observe(deck);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      wave.recolour();
      draw();
    });
    rove(timed[0]);
    fit();
    refresh();
  }

  const folds = all("details");
  let openBefore = [];
  addEventListener("beforeprint", () => {
    openBefore = folds.map((fold) => fold.open);
    for (const fold of folds) fold.open = true;
  });
  addEventListener("afterprint", () => folds.forEach((fold, i) => { fold.open = openBefore[i]; }));
  addEventListener("hashchange", unfold);
  filter.addEventListener("change", show);
  byId("keys-open").addEventListener("click", () => help.showModal());
  byId("keys-close").addEventListener("click", () => help.close());
  if (audio) player();
  unfold();
})();
