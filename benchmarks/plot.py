"""The reliability plot: how often a level was right, by how likely it was said to be."""

from __future__ import annotations

from collections.abc import Sequence

SIZE, EDGE = 360, 44


def reliability_svg(points: Sequence[tuple[float, float, int]]) -> str:
    """An SVG of (chance said, share right, number of scores) with the line of full honesty."""

    def place(x: float, y: float) -> tuple[float, float]:
        return EDGE + x * (SIZE - EDGE - 12), SIZE - EDGE - y * (SIZE - EDGE - 12)

    def text(x: float, y: float, said: str, more: str = "") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{said}</text>'

    low, high = place(0, 0), place(1, 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" '
        'role="img" aria-label="Reliability plot" font-family="sans-serif" font-size="11">',
        f'<rect width="{SIZE}" height="{SIZE}" fill="#fff"/>',
        f'<path d="M{low[0]} {high[1]}V{low[1]}H{high[0]}" fill="none" stroke="#444"/>',
        f'<path d="M{low[0]} {low[1]}L{high[0]} {high[1]}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        across, up = place(tick, 0), place(0, tick)
        parts.append(text(across[0], across[1] + 16, f"{tick:g}", 'text-anchor="middle"'))
        parts.append(text(up[0] - 6, up[1] + 4, f"{tick:g}", 'text-anchor="end"'))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(a, b) for a, b, _ in points))
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1d5fa8" stroke-width="2"/>')
    for said, right, count in points:
        x, y = place(said, right)
        title = f"<title>said {said:.2f}, right {right:.2f}, n {count}</title>"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1d5fa8">{title}</circle>')
    middle = (SIZE + EDGE) / 2
    parts.append(text(middle, SIZE - 8, "chance of the level given", 'text-anchor="middle"'))
    turned = f'text-anchor="middle" transform="rotate(-90 12 {SIZE / 2:.0f})"'
    parts.append(text(12, SIZE / 2, "share that was right", turned))
    return "\n".join([*parts, "</svg>"]) + "\n"
