// The sound of a call: fetched in pieces from the kernel, with the waveform of both sides.
// `onplace` is told where it is, several times a second while it plays.
class Player {
  static AT_ONCE = 4; // pieces asked for at a time
  static SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];

  constructor(root, line, say) {
    Object.assign(this, { line, say });
    this.audio = document.createElement("audio");
    this.root = document.createElement("div");
    root.replaceChildren(this.audio, this.root);
    this.seen = new ResizeObserver(() => this.draw()); // it had no width while it was out of sight
    this.seen.observe(root);
    this.audio.preload = "auto";
    this.onplace = () => {};
    this.call = null;
    this.state = "none";
    this.why = "";
    this.skips = false;
    this.until = null; // where a piece that was asked for ends
    this.wanted = null; // where to go as soon as there is sound
    this.shown = { turns: [], finds: [], agent: null, duration: 0 };
    for (const name of ["play", "pause", "ended", "seeked", "timeupdate"]) {
      this.audio.addEventListener(name, () => this.tick());
    }
    this.audio.addEventListener("loadeddata", () => this.arrived());
    this.audio.addEventListener("error", () => this.fail(say("player.unplayable")));
  }

  // Shows a call: `turns` with from and to in ms, `finds` as {b, stance, from, to}, the agent's
  // channel, and its length. The sound comes later, and is waited for by nobody.
  async open(call, shown = {}) {
    this.pause();
    this.call = call;
    this.show(shown);
    this.set("preparing");
    this.audio.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.wave = null;
    try {
      const sound = await this.ready(call);
      if (this.call !== call) return;
      if (sound.state !== "ready") {
        this.why = sound.why ?? "";
        this.set("none");
        return;
      }
      this.sound = sound;
      this.set("loading");
      const blob = new Blob(await this.pieces(call, sound), { type: sound.mime });
      if (this.call !== call) return;
      this.url = URL.createObjectURL(blob);
      this.audio.src = this.url;
    } catch (error) {
      if (this.call === call) this.fail(error.message);
    }
  }

  show(shown) {
    Object.assign(this.shown, shown);
    this.course = new Course(this.shown.turns);
    this.draw();
    this.render();
  }

  async ready(call) {
    for (;;) {
      const { content } = await this.line.ask("look", { call });
      if (content.state !== "preparing" || this.call !== call) return content;
      await new Promise((done) => setTimeout(done, 250));
    }
  }

  async pieces(call, sound) {
    const count = Math.ceil(sound.bytes / sound.chunk);
    const pieces = new Array(count);
    let next = 0;
    const fetcher = async () => {
      while (next < count && this.call === call) {
        const mine = next++;
        const { buffers } = await this.line.ask("chunk", { call, at: mine * sound.chunk });
        pieces[mine] = buffers[0];
      }
    };
    await Promise.all(Array.from({ length: Math.min(Player.AT_ONCE, count) }, fetcher));
    return pieces;
  }

  arrived() {
    this.set("ready");
    if (this.wanted !== null) this.audio.currentTime = this.wanted / 1000;
    this.wanted = null;
    if (this.playsNext) this.start();
    this.playsNext = false;
    this.tick();
  }

  set(state) {
    this.state = state;
    this.render();
  }

  fail(why) {
    this.why = why;
    this.set("none");
  }

  get playing() {
    return !this.audio.paused;
  }

  get nowMs() {
    return this.wanted ?? this.audio.currentTime * 1000;
  }

  get durationMs() {
    return this.sound?.duration || this.shown.duration || 0;
  }

  seek(ms) {
    const to = Math.max(0, Math.min(this.durationMs || ms, ms)); // its length may not be known yet
    this.until = null;
    if (this.state === "ready") this.audio.currentTime = to / 1000;
    else this.wanted = to;
    this.tick();
  }

  // From a breath before `from`; stops a moment after `to` when that is given.
  play(from, to = null) {
    if (from !== undefined && from !== null) this.seek(from - Course.LEAD_MS);
    this.until = to === null ? null : to + 400;
    if (this.state === "ready") this.start();
    else this.playsNext = this.state !== "none";
  }

  start() {
    this.audio.play().catch((error) => {
      if (error.name !== "AbortError") this.fail(this.say("player.refused", { why: error.message }));
    });
  }

  pause() {
    this.playsNext = false;
    this.audio.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else {
      this.until = null;
      this.play();
    }
  }

  faster(way) {
    const speeds = Player.SPEEDS;
    const at = Math.max(0, Math.min(speeds.length - 1, speeds.indexOf(this.audio.playbackRate) + way));
    this.speed(speeds[at]);
  }

  speed(rate) {
    this.audio.defaultPlaybackRate = rate; // else a new source resets it
    this.audio.playbackRate = rate;
    this.render();
  }

  skip(on) {
    this.skips = on;
    this.render();
  }

  tick() {
    const ms = this.nowMs;
    if (this.playing && this.until !== null && ms >= this.until) {
      this.until = null;
      this.pause();
    }
    const next = this.playing && this.skips ? this.course.afterSilence(ms) : null;
    if (next !== null) this.seek(next);
    this.draw();
    this.render();
    this.onplace(ms);
  }

  // ---- what is seen ----
  recolour() {
    this.wave?.recolour();
    this.draw();
  }

  draw() {
    const canvas = this.root.querySelector("canvas");
    if (!canvas?.clientWidth || !this.sound || this.state === "none") return;
    const data = { ...this.shown, peaks: this.sound.peaks, duration: this.durationMs, evidence: this.shown.finds };
    this.wave ??= new Waveform(canvas, data, (ms) => this.speakerAt(ms));
    this.wave.data = data;
    this.wave.draw(this.nowMs, "");
  }

  speakerAt(ms) {
    return this.shown.turns.find((turn) => turn.from !== null && turn.from <= ms && ms < turn.to)?.speaker ?? "unknown";
  }

  sides() {
    if (this.sound?.peaks.length !== 2) return [];
    if (this.shown.agent === null) return [this.say("player.channel", { n: 1 }), this.say("player.channel", { n: 2 })];
    return [this.say("player.agent"), this.say("player.customer")];
  }

  render() {
    const { say } = this;
    const silent = this.state === "none";
    const problem = { none: this.why || say("player.no_sound"), preparing: say("player.preparing"), loading: say("player.loading"), ready: "" };
    patch(this.root, h("section", { class: "player", "aria-label": say("player.title") },
      h("div", { class: "row" },
        h("button", { type: "button", class: "main play", disabled: silent, onclick: () => this.toggle() },
          this.playing ? say("player.pause") : say("player.play")),
        h("span", { class: "clock" }, h("b", null, Course.clock(this.nowMs)), ` / ${Course.clock(this.durationMs)}`),
        h("label", null, `${say("player.speed")} `,
          h("select", { value: String(this.audio.playbackRate), onchange: (event) => this.speed(Number(event.target.value)) },
            Player.SPEEDS.map((rate) => h("option", { value: String(rate) }, `${rate}\u00d7`)))),
        h("label", null, h("input", { type: "checkbox", checked: this.skips, onchange: (event) => this.skip(event.target.checked) }), ` ${say("player.skip")}`),
        h("span", { class: "quiet sound-state", role: "status" }, problem[this.state])),
      silent && !this.sound ? null : h("div", { class: "wave" },
        h("canvas", { "aria-hidden": "true" }),
        h("input", { type: "range", min: 0, max: this.durationMs, step: 100, value: String(Math.round(this.nowMs / 100) * 100), disabled: silent,
          "aria-label": say("player.position"),
          "aria-valuetext": say("player.place", { now: Course.clock(this.nowMs), all: Course.clock(this.durationMs) }),
          oninput: (event) => this.seek(Number(event.target.value)) }),
        this.sides().map((side, at) => h("span", { class: `side side${at}`, "aria-hidden": "true" }, side)))));
  }

  close() {
    this.seen.disconnect();
    this.pause();
    if (this.url) URL.revokeObjectURL(this.url);
    this.call = null;
  }
}
