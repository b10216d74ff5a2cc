import { useSignal } from "@preact/signals";
import type { GraphControl } from "ockham/demo";
import { useId } from "preact/hooks";

const size = 240;
const radius = 88;
const disc = 17;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly both: boolean;
}

const line = /^\s*(\w+)\s*(<->|->)\s*(\w+)\s*$/;

function edgesOf(text: string): Edge[] {
  return text.split("\n").flatMap((each) => {
    const match = line.exec(each);
    return match ? [{ from: match[1]!, to: match[3]!, both: match[2] === "<->" }] : [];
  });
}

/** A small graph to draw: choose two vertices one after the other, or write its lines. Both show the same. */
export function DrawnGraph(props: { control: GraphControl; text: string; onChange: (text: string) => void }) {
  const { control, text, onChange } = props;
  const id = useId();
  const marker = `${id.replace(/\W/g, "")}-arrow`;
  const both = useSignal(false);
  const chosen = useSignal("");
  const edges = edgesOf(text);
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const angle = (i: number): number => (2 * Math.PI * i) / names.length - Math.PI / 2;
  const at = (name: string): readonly [number, number] => {
    const i = names.indexOf(name);
    return [size / 2 + radius * Math.cos(angle(i)), size / 2 + radius * Math.sin(angle(i))];
  };
  const write = (next: readonly Edge[]): void =>
    onChange(next.map(({ from, to, both }) => `${from} ${both ? "<->" : "->"} ${to}`).join("\n"));
  const same = (edge: Edge, from: string, to: string): boolean =>
    edge.both === both.value &&
    ((edge.from === from && edge.to === to) || (edge.both && edge.from === to && edge.to === from));

  const choose = (name: string): void => {
    if (chosen.value === "") chosen.value = name;
    else {
      const from = chosen.value;
      chosen.value = "";
      if (from === name) return;
      const rest = edges.filter((edge) => !same(edge, from, name));
      write(rest.length < edges.length ? rest : [...edges, { from, to: name, both: both.value }]);
    }
  };
  const grow = (): void => {
    const name = "abcdefghijklmnopqrstuvwxyz".split("").find((letter) => !names.includes(letter));
    if (name && names.length < control.maxVertices && names[0])
      write([...edges, { from: names.at(-1)!, to: name, both: false }]);
  };

  return (
    <fieldset class="control drawn">
      <legend>{control.label}</legend>
      <div class="groups">
        {Object.entries(control.examples).map(([name, example]) => (
          <button type="button" class="quiet" key={name} onClick={() => onChange(example)}>
            {name}
          </button>
        ))}
      </div>
      <div class="groups">
        <label>
          <input
            type="checkbox"
            checked={both.value}
            onChange={({ currentTarget }) => {
              both.value = currentTarget.checked;
            }}
          />
          draw correlated errors (↔)
        </label>
        <button type="button" class="quiet" disabled={names.length >= control.maxVertices} onClick={grow}>
          Add a vertex
        </button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture of buttons is no fieldset */}
      <svg
        class="field"
        viewBox={`0 0 ${size} ${size}`}
        role="group"
        aria-label="Graph: choose two vertices to join or part them"
      >
        <defs>
          <marker
            id={marker}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path class="arrow-head" d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        {edges.map(({ from, to, both }) => (
          <path
            key={`${from} ${to} ${both}`}
            class={both ? "edge both" : "edge"}
            d={arc(at(from), at(to), both ? -26 : 14)}
            marker-end={`url(#${marker})`}
            marker-start={both ? `url(#${marker})` : undefined}
          />
        ))}
        {names.map((name) => (
          // biome-ignore lint/a11y/useSemanticElements: a button inside of SVG
          <g
            key={name}
            class={`vertex ${chosen.value === name ? "chosen" : ""}`}
            role="button"
            tabindex={0}
            aria-pressed={chosen.value === name}
            aria-label={`vertex ${name}`}
            onClick={() => choose(name)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              choose(name);
            }}
          >
            <circle cx={at(name)[0]} cy={at(name)[1]} r={disc} />
            <text x={at(name)[0]} y={at(name)[1]} dy="0.35em">
              {name.slice(0, 4)}
            </text>
          </g>
        ))}
      </svg>
      <label for={id}>The same as lines</label>
      <textarea
        id={id}
        rows={Math.min(8, Math.max(3, text.split("\n").length))}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </fieldset>
  );
}

/** A bent line between the discs of two vertices. */
function arc(from: readonly [number, number], to: readonly [number, number], bend: number): string {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const middle = [
    (from[0] + to[0]) / 2 + (bend * -dy) / length,
    (from[1] + to[1]) / 2 + (bend * dx) / length,
  ] as const;
  const edge = (p: readonly [number, number]): string => {
    const [x, y] = [middle[0] - p[0], middle[1] - p[1]];
    const away = (disc + 2) / (Math.hypot(x, y) || 1);
    return `${p[0] + x * away} ${p[1] + y * away}`;
  };
  return `M${edge(from)}Q${middle[0]} ${middle[1]} ${edge(to)}`;
}
