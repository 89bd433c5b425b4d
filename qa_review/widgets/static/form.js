// The form: a card a behaviour with the rubric's anchors, an answer that is a level, N/A or nothing,
// a comment, and the quotes. The card that is worked on shows its anchors; the others their answer.
class Form {
  constructor(say, on) {
    Object.assign(this, { say, on }); // on: event(event), write(field, event), play(quote), flush()
    this.current = "";
    this.name = `answer-${Math.random().toString(36).slice(2)}`; // radios of two desks are two groups
    this.pressing = false; // a card that grew under a press would move what is pressed away
  }

  // By keyboard the card that has the focus is the one worked on; by mouse, the one clicked.
  focused(target) {
    const card = target.closest(".mark");
    if (card && !this.pressing) this.on.current(card.dataset.behaviour);
  }

  vnodes({ behaviours, form, automatic, problem }) {
    return behaviours.map((behaviour, place) => this.card(behaviour, place, form, automatic, problem));
  }

  card(behaviour, place, form, automatic, problem) {
    const { say } = this;
    const mark = form.marks[behaviour.id];
    const now = this.current === behaviour.id;
    const open = !form.handed_in;
    const lacks = problem && mark.lacks;
    return h("fieldset", { key: behaviour.id, class: `card mark b${place % 8}${now ? " now" : ""}`, "data-behaviour": behaviour.id,
      onpointerdown: () => { this.pressing = true; }, onclick: () => setTimeout(() => { this.pressing = false; this.on.current(behaviour.id); }) },
      h("legend", null, behaviour.title, h("span", { class: "heard-only" }, `. ${this.answered(mark)}`)),
      h("p", { class: "about quiet" }, behaviour.about),
      h("div", { class: "levels" }, [1, 2, 3, 4, 5].map((level) => this.level(behaviour, level, mark, open)), this.absent(behaviour, mark, open)),
      !now && mark.choice ? h("p", { class: "given", "aria-hidden": "true" }, mark.choice === "na" ? behaviour.not_observed : behaviour.anchors[mark.level - 1]) : null,
      mark.choice === "na" ? h("label", { class: "why" }, say("desk.why_na"),
        h("textarea", { rows: 2, value: mark.why_na, disabled: !open, "aria-invalid": lacks === "reason" ? "true" : null,
          oninput: (event) => this.on.write(event.target, { do: "Wrote", behaviour: behaviour.id, field: "why_na" }), onblur: () => this.on.flush() })) : null,
      lacks ? h("p", { class: "problem" }, say(lacks === "answer" ? "desk.lacks_answer" : "desk.lacks_reason")) : null,
      this.quotes(behaviour, mark, open),
      (open && now) || mark.comment ? h("label", { class: "comment" }, say("desk.comment"),
        h("textarea", { rows: 2, value: mark.comment, disabled: !open,
          oninput: (event) => this.on.write(event.target, { do: "Wrote", behaviour: behaviour.id, field: "comment" }), onblur: () => this.on.flush() })) : null,
      automatic ? this.scored(automatic, automatic.scores[behaviour.id]) : null);
  }

  answered(mark) {
    if (!mark.choice) return this.say("desk.unanswered");
    return mark.choice === "na" ? this.say("desk.na") : this.say("desk.level", { n: mark.level });
  }

  level(behaviour, level, mark, open) {
    const chosen = mark.choice === "level" && mark.level === level;
    return h("label", { class: chosen ? "rung chosen" : "rung" },
      h("input", { type: "radio", name: `${this.name}-${behaviour.id}`, value: String(level), checked: chosen, disabled: !open,
        onchange: () => this.on.event({ do: "Rated", behaviour: behaviour.id, level }) }),
      h("b", null, String(level)), h("span", { class: "anchor" }, behaviour.anchors[level - 1]));
  }

  absent(behaviour, mark, open) {
    const chosen = mark.choice === "na";
    return h("label", { class: chosen ? "rung chosen" : "rung" },
      h("input", { type: "radio", name: `${this.name}-${behaviour.id}`, value: "na", checked: chosen, disabled: !open,
        onchange: () => this.on.event({ do: "NotApplicable", behaviour: behaviour.id }) }),
      h("b", null, this.say("desk.na")), h("span", { class: "anchor" }, behaviour.not_observed));
  }

  quotes(behaviour, mark, open) {
    if (!mark.quotes.length) return null;
    return h("ul", { class: "quotes" }, mark.quotes.map((quote) => h("li", { key: `${quote.turn} ${quote.start} ${quote.end}` },
      this.quote(quote),
      open ? h("button", { type: "button", class: "bare remove", "aria-label": this.say("desk.remove_quote", { words: quote.text }),
        onclick: () => this.on.event({ do: "Unquoted", behaviour: behaviour.id, quote: Form.place(quote) }) }, "\u00d7") : null)));
  }

  static place({ stance, turn, start, end, text }) {
    return { stance, turn, start, end, text };
  }

  quote(quote) {
    const sign = quote.stance === "for" ? "\u2713" : "\u2717";
    const stance = this.say(quote.stance === "for" ? "desk.for" : "desk.against");
    return h("button", { type: "button", class: `quote ${quote.stance}`, onclick: () => this.on.play(quote) },
      h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", { class: "heard-only" }, `${stance}: `),
      h("span", { class: "at" }, quote.lost ? this.say("desk.lost") : quote.from === null ? this.say("desk.turn", { n: quote.turn + 1 }) : Course.clock(quote.from)), " ",
      h("q", null, quote.text));
  }

  scored(automatic, score) {
    const { say } = this;
    if (!score) return null;
    const level = score.level === null ? say(score.abstained ? "desk.left_open" : "desk.na") : say("desk.level", { n: score.level });
    return h("div", { class: "scorer" },
      h("p", null, h("b", null, say("desk.scorer", { level })), " ",
        score.level === null ? null : h("span", { class: "quiet" }, say("desk.sure", { share: Math.round(score.confidence * 100) })),
        score.unproven ? h("span", { class: "chip", title: score.unproven }, say("desk.unproven")) : null),
      h("p", { class: "reason" }, score.reason || score.why_none),
      score.quotes.length ? h("details", null, h("summary", null, say("desk.scorer_quotes", { n: score.quotes.length })),
        h("ul", { class: "quotes" }, score.quotes.map((quote) => h("li", null, this.quote(quote))))) : null);
  }
}
