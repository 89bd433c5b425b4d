"use strict";
// When each turn is said: whose a moment is, and which silences can be passed over.
// A turn has `from` and `to` in milliseconds; turns are in the order of their start.
class Course {
  static LEAD_MS = 150; // a quote starts a breath before its first word
  static SILENCE_MS = 1500; // pauses longer than this are skipped when asked for

  constructor(turns) {
    this.timed = turns.filter((turn) => turn.from !== null);
  }

  // m:ss, or h:mm:ss from an hour on
  static clock(ms) {
    const s = Math.floor(ms / 1000);
    const two = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600);
    return h ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
  }

  within(turn, ms) {
    return turn.from <= ms + Course.LEAD_MS && ms < turn.to;
  }

  // The turn being said, or the last one that was; null before the first.
  at(ms) {
    let found = null;
    for (const turn of this.timed) {
      if (turn.from > ms + Course.LEAD_MS) break;
      if (!found || turn.to > ms || turn.to >= found.to) found = turn;
    }
    return found;
  }

  // Where to go on when nobody speaks at `ms` for a while; null when somebody does, or soon will.
  afterSilence(ms) {
    if (this.timed.some((turn) => this.within(turn, ms))) return null;
    const next = this.timed.find((turn) => turn.from > ms);
    return next && next.from - ms > Course.SILENCE_MS ? next.from - 2 * Course.LEAD_MS : null;
  }
}
