// The charts of a board, drawn from figures. A mark is an element that stands for calls: it can be
// reached by key, says its figures in words, and is never told by its colour alone.
class BoardCharts {
  static HEIGHT = 176;
  static TOP = 10;
  static LEFT = 24;
  static RIGHT = 10;
  static BELOW = 50; // period, year, n
  static SLOT = [26, 96]; // the least is what a finger or a pointer needs

  constructor(board) {
    this.board = board;
    this.say = board.say;
  }

  // A behaviour over time: a mark for each period with calls.
  trend(one, by, width) {
    const { HEIGHT, TOP, LEFT, RIGHT, BELOW, SLOT } = BoardCharts;
    const room = (width - LEFT - RIGHT) / one.points.length;
    const slot = Math.min(SLOT[1], Math.max(SLOT[0], room));
    const full = LEFT + RIGHT + slot * one.points.length;
    const at = (level) => TOP + ((5 - level) / 4) * (HEIGHT - TOP - BELOW);
    const places = one.points.map((point, i) => ({ point, x: LEFT + (i + 0.5) * slot, y: at(point.value) }));
    const grid = [1, 2, 3, 4, 5].map((level) => [
      h("line", { class: "grid", x1: LEFT, x2: full - RIGHT, y1: at(level), y2: at(level) }),
      h("text", { class: "tick", x: LEFT - 8, y: at(level) + 4, "text-anchor": "end", "aria-hidden": "true" }, String(level)),
    ]);
    const name = this.say("board.trend_name", { behaviour: one.title });
    return h("div", { class: "scroll" }, h(
      "svg", { width: full, height: HEIGHT, viewBox: `0 0 ${full} ${HEIGHT}`, role: "group", "aria-label": name, ...this.board.roving(`trend ${one.id}`) },
      grid, h("text", { class: "tick", x: LEFT - 8, y: HEIGHT - 4, "text-anchor": "end", "aria-hidden": "true" }, this.say("board.n_row")),
      this.path(places), places.filter(({ point }) => point.n).map((place) => this.point(one, by, place, slot, at)), this.dates(places, by, slot),
    ));
  }

  // Lines between neighbours; dashed where either has too few calls, none over a gap.
  path(places) {
    return places.slice(1).map((next, i) => {
      const last = places[i];
      if (!last.point.n || !next.point.n) return null;
      const sure = last.point.interval && next.point.interval;
      return h("line", { class: sure ? "way" : "way few", x1: last.x, y1: last.y, x2: next.x, y2: next.y });
    });
  }

  dates(places, by, slot) {
    const widest = { week: 46, month: 30, quarter: 26, year: 34 }[by];
    const step = Math.ceil(widest / slot);
    return places.map(({ point, x }, i) => {
      const year = point.first.slice(0, 4);
      const turns = by !== "year" && (i === 0 || places[i - 1].point.first.slice(0, 4) !== year);
      const text = { class: "tick", x, "text-anchor": "middle", "aria-hidden": "true" };
      const y = BoardCharts.HEIGHT - BoardCharts.BELOW;
      return [
        i % step === 0 && h("text", { ...text, y: y + 18 }, this.board.period(point, by, true)),
        turns && h("text", { ...text, y: y + 31 }, year),
        h("text", { ...text, class: "tick count", y: BoardCharts.HEIGHT - 4 }, String(point.n)),
      ];
    });
  }

  point(one, by, { point, x, y }, slot, at) {
    const mark = { kind: "period", behaviour: one.id, first: point.first };
    const [low, high] = (point.interval ?? []).map(at);
    const { TOP, HEIGHT } = BoardCharts;
    return h(
      "g", { ...this.board.mark(`trend ${one.id}`, mark, this.told(one, by, point)), role: "button" },
      h("rect", { class: "hit", x: x - slot / 2, y: TOP - 8, width: slot, height: HEIGHT - TOP + 6, rx: 3 }),
      point.interval && h("path", { class: "whisker", d: `M${x} ${low}V${high}M${x - 4} ${low}h8M${x - 4} ${high}h8` }),
      h("circle", { class: point.interval ? "dot" : "dot few", cx: x, cy: y, r: point.interval ? 4 : 3.5 }),
    );
  }

  told(one, by, point) {
    const gaps = { behaviour: one.title, period: this.board.period(point, by), ...this.board.figures(point) };
    const said = this.say(point.interval ? "board.mark_period" : "board.mark_period_few", gaps);
    const mixed = point.people > 0 && point.people < point.n;
    return mixed ? `${said}, ${this.say("board.mark_people", { people: point.people })}` : said;
  }

  // How many calls have each level; "left open" only where there are some.
  bars(one) {
    const shown = [...one.distribution].reverse().filter(({ level, calls }) => level !== "left open" || calls);
    const ordered = [...shown.filter(({ level }) => typeof level === "number"), ...shown.filter(({ level }) => typeof level !== "number").reverse()];
    const most = Math.max(1, ...ordered.map(({ calls }) => calls));
    const name = this.say("board.spread_name", { behaviour: one.title });
    return h("div", { class: "bars", role: "group", "aria-label": name, ...this.board.roving(`bars ${one.id}`) }, ordered.map(({ level, calls }) => {
      const key = typeof level === "number" ? `level_${level}` : level.replace(" ", "_");
      const said = typeof level === "number" ? "mark_level" : `mark_${key}`;
      const words = this.say(`board.${said}`, { behaviour: one.title, level, calls: this.board.calls(calls) });
      const inside = [
        h("span", { class: "bar-label" }, this.say(`board.${key}`)),
        h("span", { class: "track" }, h("span", { class: typeof level === "number" ? "fill" : "fill none", style: `inline-size: ${(100 * calls) / most}%` })),
        h("span", { class: "count" }, String(calls)),
      ];
      if (!calls) return h("div", { class: "bar", key: key }, inside);
      return h("button", { type: "button", ...this.board.mark(`bars ${one.id}`, { kind: "level", behaviour: one.id, level }, words, "bar") }, inside);
    }));
  }

  // A figure on a line from `low` to `high`: the interval as a bar, the figure as a dot.
  line(value, ends, low, high, width, few) {
    const at = (figure) => 5 + ((figure - low) / (high - low || 1)) * (width - 10);
    return h(
      "svg", { width, height: 18, viewBox: `0 0 ${width} 18`, "aria-hidden": "true", class: "line" },
      h("line", { class: "grid", x1: 5, x2: width - 5, y1: 9, y2: 9 }),
      ends && h("line", { class: "range", x1: at(ends[0]), x2: at(ends[1]), y1: 9, y2: 9 }),
      h("circle", { class: few ? "dot few" : "dot", cx: at(value), cy: 9, r: few ? 3.5 : 4 }),
    );
  }
}
