// Talks with the kernel: each ask has an answer. An ask that isn't answered is sent again, and the
// kernel does what it was asked once only, so that a busy or reconnecting notebook loses nothing.
// Each message says from which number on answers are still waited for: those the kernel keeps.
class Line {
  static AGAIN_MS = 4000; // doubled each time, so that a long cell isn't followed by a flood
  static LONGEST_MS = 60000;

  constructor(model) {
    this.model = model;
    this.name = Math.random().toString(36).slice(2); // of this view: a screen can be shown twice
    this.count = 0;
    this.waiting = new Map();
    this.heard = (message, buffers) => this.answered(message, buffers ?? []);
    this.onwait = () => {}; // told whether answers are late: "", "late", or "gone" with the kernel
    this.gone = false;
    model.on("msg:custom", this.heard);
    this.timer = setInterval(() => this.again(), 1000);
  }

  // What the kernel answers: the content, with `buffers` beside it. Rejects with the kernel's words.
  ask(ask, given = {}) {
    const number = ++this.count;
    const id = `${this.name}.${number}`;
    return new Promise((done, failed) => {
      const asked = { number, message: { id, ask, given }, done, failed, first: Date.now(), wait: Line.AGAIN_MS };
      this.waiting.set(id, asked);
      this.send(asked);
    });
  }

  send(asked) {
    asked.sent = Date.now();
    const oldest = Math.min(...[...this.waiting.values()].map((one) => one.number));
    try {
      this.model.send({ ...asked.message, oldest });
    } catch {
      this.gone = true; // the kernel was restarted: nothing that is asked from now on is answered
      this.onwait(this.late());
    }
  }

  answered(message, buffers) {
    const asked = this.waiting.get(message.id);
    if (!asked) return;
    this.waiting.delete(message.id);
    this.onwait(this.late());
    if (message.problem) asked.failed(new Error(message.problem));
    else asked.done({ content: message.content, buffers });
  }

  late() {
    if (this.gone) return "gone";
    const long = Date.now() - 2 * Line.AGAIN_MS;
    return [...this.waiting.values()].some((asked) => asked.first < long) ? "late" : "";
  }

  again() {
    for (const asked of this.waiting.values()) {
      if (Date.now() - asked.sent < asked.wait) continue;
      asked.wait = Math.min(Line.LONGEST_MS, 2 * asked.wait);
      this.send(asked);
    }
    this.onwait(this.late());
  }

  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.heard);
  }
}

// The same line for a part of a screen: its asks have the part's name in front.
class Extension {
  constructor(line, part) {
    Object.assign(this, { line, part });
  }

  ask(ask, given) {
    return this.line.ask(`${this.part}.${ask}`, given);
  }
}
