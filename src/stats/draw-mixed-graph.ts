import { type MixedGraph, requireMixedGraph, vertexLabel } from "./mixed-graph.ts";

/**
 * The graph as a self-contained SVG: vertices on a circle, directed edges as arrows (the two of a 2-cycle
 * bent apart), bidirected edges as dashed arcs with two heads.
 */
export function mixedGraphToSvg(graph: MixedGraph): string {
  requireMixedGraph(graph);
  const { n, directed, bidirected } = graph;
  const labels = Array.from({ length: n }, (_, v) => vertexLabel(graph, v));
  const radius = 12 + 4 * Math.max(1, ...labels.map((label) => label.length));
  const circle = n === 1 ? 0 : Math.max(80, (1.1 * radius * n) / 2);
  const half = circle + radius + 40;
  const places = labels.map((_, v) => {
    const angle = (2 * Math.PI * v) / n - Math.PI / 2;
    return { x: circle * Math.cos(angle), y: circle * Math.sin(angle) };
  });
  const both = new Set(directed.map(([from, to]) => `${from},${to}`));

  const edge = (from: number, to: number, bend: number, style: string): string => {
    const [a, b] = [places[from]!, places[to]!];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const middle = {
      x: (a.x + b.x) / 2 - (bend * (b.y - a.y)) / length,
      y: (a.y + b.y) / 2 + (bend * (b.x - a.x)) / length,
    };
    const start = towards(a, middle, radius + 2);
    const end = towards(b, middle, radius + 2);
    return `<path d="M${at(start)} Q${at(middle)} ${at(end)}" fill="none" stroke-width="1.5" ${style}/>`;
  };
  const lines = [
    ...directed.map(([from, to]) =>
      edge(
        from,
        to,
        both.has(`${to},${from}`) ? 16 : 0,
        `class="directed" stroke="#1f4e79" marker-end="url(#head)"`,
      ),
    ),
    ...bidirected.map(([a, b]) =>
      edge(
        a,
        b,
        -34,
        `class="bidirected" stroke="#b0413e" stroke-dasharray="5 4" marker-start="url(#head)" marker-end="url(#head)"`,
      ),
    ),
  ];
  const vertices = places.map(
    ({ x, y }, v) =>
      `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="white" stroke="#333"/>` +
      `<text x="${round(x)}" y="${round(y)}" text-anchor="middle" dominant-baseline="central">${escaped(labels[v]!)}</text>`,
  );
  const size = round(2 * half);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="${round(-half)} ${round(-half)} ${size} ${size}" font-family="sans-serif" font-size="13">
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#333"/></marker></defs>
<rect x="${round(-half)}" y="${round(-half)}" width="${size}" height="${size}" fill="white"/>
${[...lines, ...vertices].join("\n")}
</svg>
`;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function towards(from: Place, to: Place, distance: number): Place {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return {
    x: from.x + (distance * (to.x - from.x)) / length,
    y: from.y + (distance * (to.y - from.y)) / length,
  };
}

function at({ x, y }: Place): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
