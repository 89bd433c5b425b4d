"use strict";
// The waveform: a row a channel, and a lane that shows where the evidence lies.
class Waveform {
  static LANE = 11; // height of the lane, px
  static STEP = 2; // from one stroke to the next, px

  // `speakerAt` tells who speaks at a time, for sound with one channel.
  constructor(canvas, data, speakerAt) {
    Object.assign(this, { canvas, data, speakerAt });
    this.tones = new Map();
  }

  recolour() {
    this.tones.clear();
  }

  tone(name) {
    if (!this.tones.has(name)) {
      const style = getComputedStyle(this.canvas);
      this.tones.set(name, style.getPropertyValue(`--${name}`).trim());
    }
    return this.tones.get(name);
  }

  // Draws it with what was heard by `nowMs`, and the evidence of one behaviour or of all.
  draw(nowMs, place) {
    const pen = this.cleared();
    const rows = this.rows();
    const gap = rows.length === 2 ? Waveform.LANE : 0;
    const tall = (this.canvas.clientHeight - Waveform.LANE) / Math.max(1, rows.length);
    rows.forEach((row, at) => this.strokes(pen, row, at * (tall + gap) + tall / 2, tall - 4, nowMs));
    pen.globalAlpha = 1;
    const top = gap ? tall : this.canvas.clientHeight - Waveform.LANE;
    const shown = this.data.evidence.filter((find) => place === "" || Number(place) === find.b);
    for (const find of shown) this.evidence(pen, find, top + 1, shown);
  }

  cleared() {
    const { canvas } = this;
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    return pen;
  }

  // The agent's side above; one channel takes the colour of whoever speaks.
  rows() {
    const { peaks, agent } = this.data;
    if (peaks.length !== 2) return peaks.map((values) => ({ values, tone: null }));
    if (agent === null) return peaks.map((values) => ({ values, tone: this.tone("unknown") }));
    return [
      { values: peaks[agent], tone: this.tone("agent") },
      { values: peaks[1 - agent], tone: this.tone("customer") },
    ];
  }

  strokes(pen, { values, tone }, middle, tall, nowMs) {
    const width = this.canvas.clientWidth;
    for (let x = 0; x < width; x += Waveform.STEP) {
      const first = Math.floor((x / width) * values.length);
      const last = Math.max(first + 1, Math.floor(((x + Waveform.STEP) / width) * values.length));
      const height = Math.max(1, (Math.max(...values.slice(first, last)) / 100) * tall);
      const ms = (x / width) * this.data.duration;
      pen.fillStyle = tone ?? this.tone(this.speakerAt(ms));
      pen.globalAlpha = ms <= nowMs ? 1 : 0.7;
      pen.fillRect(x, middle - height / 2, 1.4, height);
    }
  }

  // What speaks for a behaviour is filled, what speaks against it is hollow. Behaviours that
  // quote the same words share the lane's height.
  evidence(pen, find, top, shown) {
    const mates = shown.filter((other) => other.from < find.to && find.from < other.to);
    const places = [...new Set(mates.map((mate) => mate.b))].sort((a, b) => a - b);
    const tall = (Waveform.LANE - 2) / places.length;
    const y = top + places.indexOf(find.b) * tall;
    const x = (ms) => (ms / this.data.duration) * this.canvas.clientWidth;
    const wide = Math.max(3, x(find.to) - x(find.from));
    pen.fillStyle = pen.strokeStyle = this.tone(`d${find.b % 8}`);
    if (find.stance === "for") pen.fillRect(x(find.from), y, wide, tall);
    else pen.strokeRect(x(find.from) + 0.5, y + 0.5, wide - 1, Math.max(1, tall - 1));
  }
}
