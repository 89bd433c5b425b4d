// What the parts of the room share: numbers, days and levels in words, and forms that keep what was
// written until the kernel has taken it.
class RoomWords {
  constructor(say, language) {
    this.say = (key, gaps) => say(`room.${key}`, gaps);
    this.language = language === "en" ? "en-GB" : language; // the catalogue is in British English
    const format = (options) => new Intl.NumberFormat(this.language, options);
    this.plain = format({ maximumFractionDigits: 0 });
    this.shares = format({ style: "percent", maximumFractionDigits: 0 });
    this.decimals = format({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" }); // never "-0.00"
    this.signed = format({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
  }

  // "1 call", "3 calls": the phrase KEY_one or KEY_many.
  count(key, n) {
    return this.say(`${key}_${n === 1 ? "one" : "many"}`, { n: this.plain.format(n) });
  }

  level(level, open = false) {
    if (level !== null) return String(level);
    return this.say(open ? "left_open" : "na");
  }

  // A day as it is, a moment in this machine's time.
  when(text) {
    if (!text) return "";
    const day = text.length <= "2026-12-01".length;
    const at = new Date(day ? `${text}T00:00` : text);
    if (Number.isNaN(at.getTime())) return text;
    const options = day ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" };
    return new Intl.DateTimeFormat(this.language, options).format(at);
  }

  over(deadline) {
    if (!deadline) return false;
    const end = deadline.length <= "2026-12-01".length ? `${deadline}T23:59:59` : deadline;
    return new Date(end) < new Date();
  }

  person(name, scorer) {
    return scorer ? [h("bdi", null, name), " ", h("span", { class: "tag" }, this.say("the_scorer"))] : h("bdi", null, name);
  }

  people(names) {
    return new Intl.ListFormat(this.language, { type: "conjunction" }).format(names);
  }

  // A sign with its meaning beside it, for the eye and for the ear.
  sign(sign, kind, text) {
    return [h("span", { class: `sign ${kind}`, "aria-hidden": "true" }, sign), text];
  }
}

class RoomForms {
  constructor(redraw) {
    this.redraw = redraw;
    this.given = new Map(); // by "form.field"
    this.problems = new Map(); // by form
    this.sending = new Set();
  }

  get(key, otherwise = "") {
    return this.given.get(key) ?? otherwise;
  }

  set(key, value) {
    this.given.set(key, value);
    this.redraw();
  }

  // What a text field needs to keep what is written in it.
  text(key, otherwise = "") {
    return { id: key, value: this.get(key, otherwise), oninput: (event) => this.set(key, event.target.value) };
  }

  forget(form) {
    for (const key of [...this.given.keys()]) if (key.startsWith(`${form}.`)) this.given.delete(key);
    this.problems.delete(form);
  }

  // Does a deed once at a time. What was written goes when it is done, and stays when it is refused.
  async send(form, deed) {
    if (this.sending.has(form)) return;
    this.sending.add(form);
    this.problems.delete(form);
    this.redraw();
    try {
      await deed();
      this.forget(form);
    } catch (error) {
      this.problems.set(form, error.message);
    }
    this.sending.delete(form);
    this.redraw();
  }

  problem(form) {
    return h("p", { class: "problem", role: "alert", key: `${form} problem` }, this.problems.get(form) ?? "");
  }

  button(form, label, more = {}) {
    return h("button", { type: "submit", "aria-disabled": this.sending.has(form) ? "true" : null, ...more }, label);
  }

  // A form that is sent by Enter in a line or by its button; `deed` gives a promise.
  form(form, deed, props, ...children) {
    const onsubmit = (event) => {
      event.preventDefault();
      this.send(form, deed);
    };
    return h("form", { key: form, novalidate: true, ...props, onsubmit }, ...children, this.problem(form));
  }

  // Levels 1 to 5 and N/A as radio buttons.
  levels(key, legend, words, start) {
    const chosen = this.given.has(key) ? this.get(key) : start;
    return h("fieldset", { class: "choice" }, h("legend", null, legend),
      h("div", { class: "rungs" }, [1, 2, 3, 4, 5, null].map((level) => h("label", null,
        h("input", { type: "radio", name: key, value: words.level(level), checked: chosen === level, onchange: () => this.set(key, level) }),
        words.level(level)))));
  }
}
