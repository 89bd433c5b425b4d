// The keys of the desk and the list of them, where each can be given another key or none.
class Keys {
  constructor(say, keys, on) {
    Object.assign(this, { say, keys, on }); // on: what each action does, and choose(action, key)
    this.waits = null; // the action that the next key is for
  }

  static pressed(event) {
    const shift = event.shiftKey && event.key.length > 1 ? "Shift+" : "";
    return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${shift}${event.key}`;
  }

  static writing(target) {
    return target.closest?.("textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=range])");
  }

  // Radios and buttons keep the keys that browsers give them.
  static theirs(target, key) {
    if (target.matches?.("input[type=range]")) return key.startsWith("Arrow") || key.startsWith("Page") || key === "Home" || key === "End";
    if (target.matches?.("input[type=radio]")) return key.startsWith("Arrow") || key === " ";
    if (target.matches?.("input[type=checkbox], button, summary, a")) return key === " ";
    return false;
  }

  down(event) {
    if (this.waits) return this.take(event);
    const key = Keys.pressed(event);
    const ctrl = key.startsWith("Ctrl+");
    if (key === "Escape" && event.target.matches?.(".form textarea")) {
      event.preventDefault();
      return this.on.leave();
    }
    if (event.altKey || (Keys.writing(event.target) && !(ctrl && key === this.keys.hand_in)) || (!ctrl && Keys.theirs(event.target, key))) return;
    const action = Object.keys(this.keys).find((name) => this.keys[name] === key);
    if (!action) return;
    event.preventDefault();
    this.on[action]();
  }

  take(event) {
    if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
    event.preventDefault();
    const action = this.waits;
    this.waits = null;
    this.on.choose(action, event.key === "Escape" ? this.keys[action] : ["Backspace", "Delete"].includes(event.key) ? "" : Keys.pressed(event));
  }

  named(key) {
    if (!key) return this.say("keys.none");
    return key === " " ? this.say("keys.space") : key.replace("ArrowLeft", "\u2190").replace("ArrowRight", "\u2192");
  }

  vnodes() {
    const { say } = this;
    return h("dialog", { class: "shortcuts", "aria-label": say("keys.title"), onclose: () => { this.waits = null; this.on.change(); } },
      h("h3", null, say("keys.title")), h("p", { class: "quiet" }, say("keys.how")),
      h("table", null, h("tbody", null, Object.entries(this.keys).map(([action, key]) => h("tr", { key: action },
        h("th", { scope: "row" }, say(`keys.${action}`)),
        h("td", null, h("button", { type: "button", "aria-label": say("keys.change", { action: say(`keys.${action}`), key: this.named(key) }),
          onclick: () => { this.waits = action; this.on.change(); } },
          this.waits === action ? say("keys.press") : h("kbd", null, this.named(key)))))))),
      h("button", { type: "button", class: "main", onclick: (event) => event.target.closest("dialog").close() }, say("keys.close")));
  }
}
