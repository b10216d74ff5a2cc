import { useSignal } from "@preact/signals";
import type { PointGroups, PointsControl } from "ockham/demo";
import { useId, useRef } from "preact/hooks";

const size = 240;
const apart = 7;

/** A field to draw points in: with a pointer, or with arrow keys and Enter. */
export function DrawnPoints(props: {
  control: PointsControl;
  groups: PointGroups;
  onChange: (groups: PointGroups) => void;
}) {
  const { control, groups, onChange } = props;
  const [low, high] = control.range;
  const id = useId();
  const field = useRef<SVGSVGElement>(null);
  const group = useSignal(0);
  const cursor = useSignal<readonly [number, number] | undefined>(undefined);
  const last = useRef<readonly [number, number] | undefined>(undefined);
  const px = (value: number): number => ((value - low) / (high - low)) * size;
  const py = (value: number): number => size - px(value);

  const change = (next: (points: PointGroups[number]) => PointGroups[number]): void =>
    onChange(groups.map((points, g) => (g === group.value ? next(points) : points)));
  const add = (point: readonly [number, number]): void =>
    change((points) => (points.length < control.maxPoints ? [...points, point] : points));

  const draw = (event: PointerEvent): void => {
    if (event.buttons !== 1 || field.current === null) return;
    const box = field.current.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top] as const;
    if (last.current && Math.hypot(at[0] - last.current[0], at[1] - last.current[1]) < apart) return;
    last.current = at;
    const clamp = (share: number): number => low + (high - low) * Math.min(1, Math.max(0, share));
    add([clamp(at[0] / box.width), clamp(1 - at[1] / box.height)]);
  };
  const key = (event: KeyboardEvent): void => {
    const step = (high - low) / (event.shiftKey ? 10 : 40);
    const [x, y] = cursor.value ?? [(low + high) / 2, (low + high) / 2];
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [x - step, y],
      ArrowRight: [x + step, y],
      ArrowUp: [x, y + step],
      ArrowDown: [x, y - step],
    };
    const to = moves[event.key];
    if (to) {
      const within = (value: number): number => Math.min(high, Math.max(low, value));
      cursor.value = [within(to[0]), within(to[1])];
    } else if (event.key === "Enter" || event.key === " ") add([x, y]);
    else if (event.key === "Backspace" || event.key === "Delete") change((points) => points.slice(0, -1));
    else return;
    event.preventDefault();
  };

  return (
    <fieldset class="control drawn">
      <legend>{control.label}</legend>
      <div class="groups">
        {control.groups.map((name, g) => (
          <label key={name} class={`swatch group-${g}`}>
            <input
              type="radio"
              name={id}
              checked={group.value === g}
              onChange={() => {
                group.value = g;
              }}
            />
            {name} <span class="count">{groups[g]!.length}</span>
          </label>
        ))}
        <button type="button" class="quiet" onClick={() => change(() => [])}>
          Clear
        </button>
      </div>
      <svg
        ref={field}
        class="field"
        viewBox={`0 0 ${size} ${size}`}
        tabindex={0}
        role="application"
        aria-label={`${control.label}: draw points of ${control.groups[group.value]}. Arrow keys move, Enter adds, Delete removes the last.`}
        onPointerDown={(event) => {
          last.current = undefined;
          field.current?.setPointerCapture(event.pointerId);
          draw(event);
        }}
        onPointerMove={draw}
        onKeyDown={key}
        onBlur={() => {
          cursor.value = undefined;
        }}
      >
        <path class="axes" d={`M0 ${py(0)}H${size}M${px(0)} 0V${size}`} />
        {groups.map((points, g) =>
          points.map(([x, y], i) => (
            <circle key={`${g} ${i}`} class={`group-${g}`} cx={px(x)} cy={py(y)} r="3" />
          )),
        )}
        {cursor.value && (
          <path class="cursor" d={`M${px(cursor.value[0]) - 7} ${py(cursor.value[1])}h14m-7 -7v14`} />
        )}
      </svg>
      <p class="hint">Drag to draw. Keys: arrows, Enter, Delete.</p>
    </fieldset>
  );
}
